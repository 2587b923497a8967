import { type AwsCall } from '../../local/services/index.js';

const CHANGES = ['CreateStack', 'UpdateStack', 'DeleteStack'];

/**
 * Where AWS's record shows two changes of one stack version, or two updates or deletions of one stack name, asked for
 * at the same time. Versions have no hyphen.
 */
export function overlaps(calls: readonly AwsCall[]): string[] {
  const changes = calls.filter(({ kind, action }) => kind === 'call' && CHANGES.includes(action));
  const ofVersions = groups(changes, ({ stack }) => stack ?? '');
  const ofNames = groups(
    changes.filter(({ action }) => action !== 'CreateStack'),
    ({ stack }) => stack?.replace(/-[^-]+$/, '') ?? '',
  );
  return [...ofVersions, ...ofNames].flatMap(([scope, each]) => {
    const sorted = each.toSorted((one, other) => one.t - other.t);
    return sorted.flatMap((call, index) => {
      const before = sorted[index - 1];
      return before === undefined || call.t >= before.end
        ? []
        : [`${scope}: ${before.action} ${before.seq} and ${call.action} ${call.seq}`];
    });
  });
}

function groups(calls: readonly AwsCall[], scopeOf: (call: AwsCall) => string): Map<string, AwsCall[]> {
  const found = new Map<string, AwsCall[]>();
  for (const call of calls) found.set(scopeOf(call), [...(found.get(scopeOf(call)) ?? []), call]);
  return found;
}
