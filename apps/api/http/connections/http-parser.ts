import { type Socket } from 'node:net';

/** Node's parser of the requests of a connection, which is not public; null: it has none, or this version of Node has another one. */
export function parserOf(socket: Socket): object | null {
  const parser: unknown = Reflect.get(socket, 'parser');
  return typeof parser === 'object' && parser !== null && 'onIncoming' in parser ? parser : null;
}
