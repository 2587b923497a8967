import { EOL } from 'node:os';
import { Transform } from 'node:stream';

// Where winston's formats leave the finished line (`MESSAGE` of its package triple-beam).
const MESSAGE = Symbol.for('message');

/** Turns what winston hands on into lines of text. */
export function lineStream(): Transform {
  return new Transform({
    writableObjectMode: true,
    transform: (info: object, _encoding, done) => {
      done(null, `${String(Reflect.get(info, MESSAGE))}${EOL}`);
    },
  });
}
