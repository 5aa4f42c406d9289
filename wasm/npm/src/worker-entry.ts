// The worker's script of `ninzu/worker`.
import { Release } from './index.js';
import { serve } from './serve.js';

serve(Release);
