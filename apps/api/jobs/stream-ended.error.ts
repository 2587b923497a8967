/** Why a stream ends before its last event. */
export const END_REASONS = {
  slow_reader: 'The client did not read for 10 seconds; reconnect with the last event ID',
  token_expired: 'The token is no longer valid; reconnect with a new one',
  token_service_unavailable: 'The token service is unavailable',
  stopping: 'The process stops; request it again',
} as const;
export type EndReason = keyof typeof END_REASONS;

/** A stream ends before it is complete although nothing has failed; its response is aborted. */
export class StreamEndedError extends Error {
  override readonly name = 'StreamEndedError';

  constructor(readonly reason: EndReason) {
    super(END_REASONS[reason]);
  }
}
