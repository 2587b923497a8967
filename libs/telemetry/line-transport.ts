import { EOL } from 'node:os';
import winston from 'winston';

// Where winston's formats leave the finished line (`MESSAGE` of its package triple-beam).
const MESSAGE = Symbol.for('message');

/** Writes finished lines to a stream. */
export class LineTransport extends winston.Transport {
  constructor(private readonly stream: NodeJS.WritableStream) {
    super();
  }

  override log(info: object, next: () => void): void {
    this.stream.write(`${String(Reflect.get(info, MESSAGE))}${EOL}`);
    next();
  }
}
