import { bare, failing, weighted } from '../../support/definitions.js';
import { pick } from '../../support/random.js';
import { type LizzyClient } from '#client';
import { type Change } from './client.js';

/** The purpose of a job, which determines its permitted outcomes. */
export type Purpose = 'create' | 'fail' | 'cancel' | 'switch' | 'delete';

/** A change that was accepted: its job, and every id that was returned for its key. */
export interface Accepted {
  readonly purpose: Purpose;
  readonly stack: string;
  readonly ids: readonly string[];
}

const APPLICATIONS = ['shop', 'blog'] as const;
/** How often a change is the retry of a failed job, if there is one; and how often a change is requested twice. */
const RETRIED = 0.1;
const REPEATED = 0.3;
/** How often a stack is created by `POST /api/stacks`. */
const BY_LIZZY_2 = 0.5;
const HIGHEST_VERSION = 254;

/** The stream of changes that pipelines request; reproducible by the seed. */
export class Work {
  private count = 0;
  private readonly versions = new Map<string, number>();
  private readonly made: string[] = [];
  private readonly failing: { stack: string; id: string }[] = [];

  constructor(
    private readonly client: LizzyClient,
    private readonly random: () => number,
  ) {}

  /** Submits the next change; resolves when it was accepted. Some changes are requested twice at the same moment. */
  async next(): Promise<Accepted> {
    this.count += 1;
    const { purpose, stack, change } = this.retried() ?? this.choose();
    const copies = this.random() < REPEATED ? 2 : 1;
    const { method, path, body, key } = change;
    const ids = await Promise.all(
      Array.from({ length: copies }, () => this.client.submit(method, path, body, { idempotencyKey: key })),
    );
    if (purpose === 'create' && change.method === 'POST') this.made.push(stack);
    if (purpose === 'fail') this.failing.push({ stack, id: ids[0] ?? '' });
    // It may have finished.
    if (purpose === 'cancel') await this.client.cancel(ids[0] ?? '').catch(() => undefined);
    return { purpose, stack, ids };
  }

  /** A retry of a failed job; polls until that has failed. */
  private retried(): { purpose: Purpose; stack: string; change: Change } | null {
    const failed = this.random() < RETRIED ? this.failing.shift() : undefined;
    if (failed === undefined) return null;
    const path = `/api/jobs/${failed.id}/retry`;
    const change: Change = { method: 'POST', path, body: {}, key: `change-${this.count}` };
    return { purpose: 'fail', stack: failed.stack, change };
  }

  private choose(): { purpose: Purpose; stack: string; change: Change } {
    const key = `change-${this.count}`;
    const chance = this.random();
    if (chance < 0.35) return this.switching(key, pick(this.random, APPLICATIONS));
    const doomed = chance > 0.85 ? this.made.shift() : undefined;
    if (doomed !== undefined) {
      return {
        purpose: 'delete',
        stack: doomed,
        change: { method: 'DELETE', path: `/api/stacks/${doomed}`, body: {}, key },
      };
    }
    const purpose = chance < 0.6 ? 'create' : chance < 0.7 ? 'fail' : chance < 0.85 ? 'cancel' : 'create';
    const name = `${purpose}${this.count}`;
    const body = { senza_yaml: purpose === 'fail' ? failing(name) : bare(name), stack_version: 'v1' };
    // Some by Lizzy 2's call, which does not wait for the stack: it cannot report that one fails.
    const path = purpose === 'create' && this.random() < BY_LIZZY_2 ? '/api/stacks' : '/api/deployments';
    return { purpose, stack: `${name}-v1`, change: { method: 'POST', path, body, key } };
  }

  /** A new version of an application with all traffic and the old ones cleaned up, or traffic back to an existing one. */
  private switching(key: string, name: string): { purpose: Purpose; stack: string; change: Change } {
    const last = this.versions.get(name) ?? 0;
    if (last > 1 && this.random() < 0.3) {
      const stack = `${name}-${last}`;
      const body = { new_traffic: pick(this.random, [50, 100]) };
      return { purpose: 'switch', stack, change: { method: 'PATCH', path: `/api/stacks/${stack}`, body, key } };
    }
    const version = String(Math.min(HIGHEST_VERSION, last + 1));
    this.versions.set(name, Number(version));
    const body = { senza_yaml: weighted(name), stack_version: version, new_traffic: 100, keep_stacks: 1 };
    const change: Change = { method: 'POST', path: '/api/deployments', body, key };
    return { purpose: 'switch', stack: `${name}-${version}`, change };
  }
}
