// The worker's script of `ninzu/sql/worker`.
import { serve } from './serve.js';
import { Release } from './sql.js';

serve(Release);
