import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { DefinitionError } from '../errors/definition-error.js';
import { parseDefinition } from '../parse-definition.js';
import { type Answer } from './messages.js';
import { currentThreadId } from './thread-clock.js';

// The entry of a thread of ParseThread: parses one text after another.
const port = parentPort;
if (port === null) throw new Error('This module is the entry of a thread');

/** Requests and jobs that need no parsing come first: this gives the thread a third of what others get of a busy processor. */
const NICENESS = 5;

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
const threadId = currentThreadId();
// Linux changes the calling thread only (setpriority(2)); other systems would change the whole process.
if (threadId !== null) setPriority(NICENESS);
port.postMessage({ type: 'ready', threadId } satisfies Answer);
