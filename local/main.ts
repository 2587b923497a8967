/** `npm run local`: all parts of Lizzy on this machine, with demo deployments. */
import { deployAndShow, type Deployment } from './demo/deploy-and-show.js';
import { LizzyClient } from '#client';
import { nextSteps } from './demo/next-steps.js';
import { EXIT_USAGE, type LocalOptions, readOptions, USAGE } from './options.js';
import { startLocalStack } from './stack/local-stack.js';
import { aborted, shutdownSignal } from './stack/shutdown.js';

/** The exit code of a shell for a program that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130;
const DEPLOYMENTS: readonly Deployment[] = [
  { example: 'hello.yaml', version: 'v1' },
  { example: 'shop.yaml', version: '1', options: { new_traffic: 100 } },
  { example: 'shop.yaml', version: '2', options: { new_traffic: 100, keep_stacks: 0 } },
];

function optionsOrExit(): LocalOptions {
  try {
    const options = readOptions(process.argv.slice(2), process.env);
    if (options !== 'help') return options;
    console.log(USAGE);
    process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(EXIT_USAGE);
  }
}

const { once, port } = optionsOrExit();
const shutdown = shutdownSignal();

try {
  console.log('Starting ...');
  const stack = await startLocalStack({ report: console.log, port });
  try {
    const client = new LizzyClient({ url: stack.url, token: stack.token });
    let succeeded = true;
    for (const deployment of DEPLOYMENTS) {
      succeeded = (await deployAndShow(client, deployment, shutdown)) && succeeded;
    }
    process.exitCode = succeeded ? 0 : 1;
    if (!once) {
      console.log(nextSteps(stack));
      console.log('Press Ctrl-C to stop. All state is in memory: jobs and stacks are lost then.');
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
