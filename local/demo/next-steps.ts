import { readFileSync } from 'node:fs';
import type { LocalStack } from '../stack/local-stack.js';
import { inProject } from '../services/index.js';

/** Where everything runs, and three commands that work when they are pasted into a shell. */
export function nextSteps({ url, token, awsUrl, logs }: LocalStack): string {
  const definition = readFileSync(inProject('examples', 'hello.yaml'), 'utf8').replace(/^#.*\n/gm, '');
  const body = JSON.stringify({ senza_yaml: definition, stack_version: 'v2' });
  const authorization = `-H 'Authorization: Bearer ${token}'`;
  const newestId = `curl -sS ${authorization} '${url}/api/jobs?limit=1' | grep -o '"id":"[^"]*"' | head -n 1 | cut -d '"' -f 4`;
  return `
Lizzy      ${url}   (console: ${url}/api/ui/)
Token      ${token}
AWS        ${awsUrl}   (what reached it: ${awsUrl}/lizzy-emulator/calls)
Logs       ${logs}

Try:

  # What has been deployed, newest first
  curl -sS ${authorization} '${url}/api/jobs?limit=5'

  # Deploy another version
  curl -sS ${authorization} -H 'Content-Type: application/json' -d ${quoted(body)} '${url}/api/deployments'

  # Wait for it and see how it ends
  curl -sS ${authorization} "${url}/api/jobs/$(${newestId})?wait=55"
`;
}

/** One word for a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
