import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { until } from '../../local/services/index.js';

const run = promisify(execFile);
const jobs = z.object({ items: z.array(z.object({ status: z.string(), stack_name: z.string() })) });

/** Runs shell commands; returns what they print. */
export async function shell(commands: string): Promise<string> {
  return (await run('/bin/bash', ['-euo', 'pipefail', '-c', commands])).stdout;
}

/** The commands of the printed next steps, by the sentence that introduces them. */
export function commandsUnder(steps: string, title: string): string {
  const [, behind = ''] = steps.split(`${title}\n\n`);
  return behind.split('\n\n')[0] ?? '';
}

/** Follows the printed next steps: deploys, then lists the jobs until the deployment has succeeded. */
export async function followNextSteps(steps: string): Promise<void> {
  const deploy = commandsUnder(steps, 'Deploy a queue:');
  const [token = ''] = deploy.split('\n  curl');
  await shell(deploy);
  await until('the deployment to succeed', async () => {
    const { items } = jobs.parse(JSON.parse(await shell(`${token}\n${commandsUnder(steps, 'List the jobs:')}`)));
    return items.some(({ status, stack_name }) => stack_name === 'hello' && status === 'succeeded');
  });
}
