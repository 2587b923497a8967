/** `npm run local [-- --once]`: a whole Lizzy on this machine, with deployments to look at. */
import { deployAndShow, type Deployment } from './demo/deploy-and-show.js';
import { howToGoOn } from './demo/next-steps.js';
import { LizzyClient } from './demo/lizzy-client.js';
import { startLocalStack } from './stack/local-stack.js';
import { aborted, shutdownSignal } from './stack/shutdown.js';

/** What a shell gives for a program that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130;
const DEPLOYMENTS: readonly Deployment[] = [
  { example: 'hello.yaml', version: 'v1' },
  { example: 'shop.yaml', version: '1', options: { new_traffic: 100 } },
  { example: 'shop.yaml', version: '2', options: { new_traffic: 100, keep_stacks: 0 } },
];

const once = process.argv.includes('--once');
const shutdown = shutdownSignal();

try {
  console.log('Starting ...');
  const stack = await startLocalStack(console.log);
  try {
    const client = new LizzyClient(stack.url, stack.token);
    let succeeded = true;
    for (const deployment of DEPLOYMENTS) {
      succeeded = (await deployAndShow(client, deployment, shutdown)) && succeeded;
    }
    process.exitCode = succeeded ? 0 : 1;
    console.log(howToGoOn(stack));
    if (!once) {
      console.log('Ctrl-C ends it.');
      await aborted(shutdown);
    }
  } finally {
    console.log('Stopping ...');
    await stack.stop();
  }
} catch (error) {
  if (!shutdown.aborted) console.error(error instanceof Error ? error.message : error);
  process.exitCode = shutdown.aborted ? EXIT_INTERRUPTED : 1;
}
process.exit();
