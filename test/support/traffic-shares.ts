import { REGION, type TestEnvironment } from './test-environment.js';

/** Percentages by version, or by the identifiers of records. */
export type Shares = Readonly<Record<string, number>>;

/** The shares of all records of the domains of these stacks, by the first label of the domain, with the kind of records that differ. */
export async function trafficShares(lizzy: TestEnvironment, ...stacks: string[]): Promise<Record<string, Shares>> {
  const domains = await lizzy.awsReader.weights(REGION, stacks);
  return Object.fromEntries(
    domains.map(({ domain, variant, weights }) => [
      [domain.split('.')[0], ...(variant === null ? [] : [variant])].join(' '),
      Object.fromEntries(weights),
    ]),
  );
}
