/** Messages of a worker to its watchdog, one line each. Deadlines are CLOCK_MONOTONIC nanoseconds, which all processes share. */
export type WatchdogMessage =
  | { readonly verb: 'guard'; readonly pgid: number; readonly deadlineNs: bigint; readonly directory: string }
  | { readonly verb: 'extend'; readonly pgid: number; readonly deadlineNs: bigint }
  | { readonly verb: 'release'; readonly pgid: number };

// A group's number is above 1: 0 and 1 would be the watchdog's own group and all processes.
const LINE = /^(?:(guard|extend) ([1-9]\d+|[2-9]) (\d+)(?: (.*))?|release ([1-9]\d+|[2-9]))$/;

/** A message as a line with its newline. */
export function formatMessage(message: WatchdogMessage): string {
  switch (message.verb) {
    case 'guard':
      return `guard ${message.pgid} ${message.deadlineNs.toString()} ${message.directory}\n`;
    case 'extend':
      return `extend ${message.pgid} ${message.deadlineNs.toString()}\n`;
    case 'release':
      return `release ${message.pgid}\n`;
  }
}

/** The message of a line; undefined for anything else. */
export function parseMessage(line: string): WatchdogMessage | undefined {
  const match = LINE.exec(line);
  if (match === null) return undefined;
  const [, verb, group, deadline = '0', directory = '', released] = match;
  if (verb === undefined) return { verb: 'release', pgid: Number(released) };
  const timed = { pgid: Number(group), deadlineNs: BigInt(deadline) };
  return verb === 'guard' ? { verb: 'guard', ...timed, directory } : { verb: 'extend', ...timed };
}
