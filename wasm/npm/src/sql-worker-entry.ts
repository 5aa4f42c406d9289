// The worker's script of `ninzu/sql/worker`.
import { startServer } from './worker/server.js';
import { Release } from './sql.js';

startServer(Release);
