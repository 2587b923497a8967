import { type AwsCall, type AwsEmulatorOptions, NO_LAG } from '../../local/services/index.js';

/** An AWS without limits of rates and without lag: warm commands are faster, and would be throttled more often. */
export const UNLIMITED_AWS: AwsEmulatorOptions = {
  settings: { ...NO_LAG, cloudformation_calls_per_second: 0, route53_calls_per_second: 0 },
};

/** What can differ between two runs of the same command: ids that the emulator makes up, paths, and times. */
const VARIABLE_PARTS: readonly (readonly [RegExp, string])[] = [
  [/-AppServer-\w+/g, '-AppServer-ID'],
  [/\b(i|subnet|sg|vpc)-[0-9a-f]{17}\b/g, '$1-ID'],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UUID'],
  [/"(creation_time|create_time|created_time|launch_time)": [\d.]+/g, '"$1": 0'],
  [/\/\S*\/run-\w+/g, 'DIRECTORY'],
];

/** An output without what differs between two runs of the same command on two emulators. */
export function normalize(output: string): string {
  return VARIABLE_PARTS.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), output);
}

/** What matters of a call that reached AWS. */
export function essence({ service, action, stack, region, status, stack_parameters: parameters }: AwsCall): unknown {
  return { service, action, stack, region, status, parameters };
}
