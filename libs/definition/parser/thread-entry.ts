/** The module that threads start with. Jest replaces this file (jest.config.js), since threads cannot load TypeScript. */
export const threadEntry = new URL('./parse-thread.js', import.meta.url);
