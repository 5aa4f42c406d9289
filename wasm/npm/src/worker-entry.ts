// The worker's script of `ninzu/worker`.
import { Release } from './index.js';
import { startServer } from './worker/server.js';

startServer(Release);
