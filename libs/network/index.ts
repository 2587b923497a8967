/** What Node's sockets and resolver report, whichever service they were used for. */
export { isConnectionError } from './connection-error.js';
