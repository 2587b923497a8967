import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The path of something in the project. */
export const inRoot = (...parts) => join(root, ...parts);
