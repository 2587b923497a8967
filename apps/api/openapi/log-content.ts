const LINE = {
  cursor: '1763836306123-0',
  at: '2026-11-22T18:31:46.123Z',
  source: 'stdout',
  step: 'create',
  text: 'Creating Cloud Formation stack hello-v1.. OK',
};

/** The forms of a job's log for the OpenAPI document, which cannot describe lines of JSON by a schema. */
export const logContent = {
  'application/x-ndjson': { schema: { type: 'string' as const }, example: `${JSON.stringify(LINE)}\n` },
  'text/plain': { schema: { type: 'string' as const }, example: `${LINE.text}\n` },
};
