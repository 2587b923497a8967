/** The development OAuth2 server as a process of its own, for docker-compose.yml: `CLIENTS=ID=SECRET,...`. */
import { startTokenServer } from './token-server.js';

const { PORT = '0', HOST = '127.0.0.1', CLIENTS = '' } = process.env;
const clients = Object.fromEntries(
  CLIENTS.split(',').map((pair): [string, string] => {
    const [id = '', secret = ''] = pair.split('=');
    return [id, secret];
  }),
);
const server = await startTokenServer({ host: HOST, port: Number(PORT), clients });
console.log(`OAuth2 server for development on ${HOST}:${server.port}, clients: ${Object.keys(clients).join(', ')}`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void server.stop().then(() => process.exit(0));
  });
}
