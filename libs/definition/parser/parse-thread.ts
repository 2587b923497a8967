import { parentPort } from 'node:worker_threads';
import { DefinitionError } from '../errors/definition-error.js';
import { parseDefinition } from '../parse-definition.js';
import { type Answer } from './messages.js';
import { currentThreadId } from './thread-clock.js';

// The entry of a thread of ParseThread: parses one text after another.
const port = parentPort;
if (port === null) throw new Error('This module is the entry of a thread');

function answer(text: unknown): Answer {
  try {
    return { type: 'parsed', definition: parseDefinition(String(text)) };
  } catch (error) {
    if (error instanceof DefinitionError) {
      const { code, message, position, pointer } = error;
      return { type: 'refused', code, message, position, pointer };
    }
    return { type: 'failed', message: String(error) };
  }
}

port.on('message', (text: unknown) => {
  port.postMessage(answer(text));
});
port.postMessage({ type: 'ready', threadId: currentThreadId() } satisfies Answer);
