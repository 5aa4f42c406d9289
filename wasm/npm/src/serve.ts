// The address of this file in the package is older than its folders, and is imported by others.
export { startServer as serve } from './worker/server.js';
