import { expect } from '@jest/globals';
import { z } from 'zod';
import { type JobProgress } from '#jobs';
import { ExternalActor, weightedTemplate } from '../support/external-actor.js';
import { TestEnvironment } from '../support/test-environment.js';
import { type Shares, trafficShares } from '../support/traffic-shares.js';

const job = z.object({ id: z.string() });

/** Applications whose traffic is switched and rolled back, by an API and a worker. Tests use one each, at the same time. */
export class RollbackTest {
  private constructor(
    readonly lizzy: TestEnvironment,
    readonly actor: ExternalActor,
  ) {}

  static async start(): Promise<RollbackTest> {
    const options = { apis: 1, workers: 1, lag: true, stackSeconds: 0.3, concurrentTests: true };
    const lizzy = await TestEnvironment.start(options);
    return new RollbackTest(lizzy, new ExternalActor(lizzy.aws));
  }

  /** Creates versions with these shares of the application's domain, without Lizzy. */
  async versions(name: string, shares: Shares): Promise<void> {
    for (const [version, share] of Object.entries(shares)) {
      await this.actor.createStack(name, version, weightedTemplate(name, version, share));
    }
  }

  /** Submits a change of the traffic. @returns the ID of its job */
  async submitSwitch(name: string, version: string, share: number, more = {}): Promise<string> {
    const options = { body: { new_traffic: share, ...more }, headers: { Prefer: 'respond-async' } };
    const { status, text, json } = await this.lizzy.call('PATCH', `/api/stacks/${name}-${version}`, options);
    if (status !== 202) throw new Error(text);
    return job.parse(json).id;
  }

  /** Changes the traffic, which must succeed. */
  async switchTo(name: string, version: string, share: number): Promise<string> {
    const id = await this.submitSwitch(name, version, share);
    expect((await this.lizzy.ended(id)).progress).toMatchObject({ status: 'succeeded' });
    return id;
  }

  /** How many PATCHes of a version there have been. */
  async patchesOf(name: string, version: string): Promise<number> {
    const path = `/api/jobs?kind=patch_stack&stack_name=${name}&stack_version=${version}`;
    return z.object({ items: z.array(job) }).parse((await this.lizzy.call('GET', path)).json).items.length;
  }

  /** Submits a rollback. @returns the ID of its job */
  async submit(name: string, body?: object, headers = {}): Promise<string> {
    const path = `/api/applications/${name}/rollback`;
    const { status, text, json } = await this.lizzy.call('POST', path, { body, headers });
    if (status !== 202) throw new Error(text);
    return job.parse(json).id;
  }

  /** Rolls back. @returns the finished job */
  async rollBack(name: string, body?: object, headers = {}): Promise<{ id: string } & JobProgress> {
    const id = await this.submit(name, body, headers);
    return { id, ...(await this.lizzy.ended(id)).progress };
  }

  /** The shares of the domains of these stacks. */
  async weights(...stacks: string[]): Promise<Record<string, Shares>> {
    return await trafficShares(this.lizzy, ...stacks);
  }
}
