import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { inProject } from '../../local/services/index.js';
import { bare } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';

/** Debian's; another one may be named. */
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
/** Where the pictures are left, for people. */
const PICTURES = inProject('.local', 'browser');
const STEP_TIMEOUT_MS = 20_000;

let lizzy: TestEnvironment;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  lizzy = await TestEnvironment.start({ apis: 1, workers: 1 });
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
  page.setDefaultTimeout(STEP_TIMEOUT_MS);
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
});
afterAll(async () => {
  await browser.close();
  await lizzy.stop();
});

/** Opens a call in the console and makes it editable. */
async function tryOut(operation: string): Promise<Locator> {
  const block = page.locator(`[id$="-${operation}"]`);
  await block.locator('.opblock-summary-control').click();
  await block.getByRole('button', { name: 'Try it out' }).click();
  return block;
}

/** Sends the call and answers with what the console shows of the answer: its status and its body. */
async function execute(block: Locator): Promise<{ status: string; body: string }> {
  // What an earlier call was answered stands there until it is cleared.
  const clear = block.getByRole('button', { name: 'Clear', exact: true });
  if (await clear.isVisible()) await clear.click();
  await block.getByRole('button', { name: 'Execute' }).click();
  const answer = block.locator('.live-responses-table .response');
  return {
    status: (await answer.locator('.response-col_status').innerText()).trim(),
    body: await answer.locator('.highlight-code').first().innerText(),
  };
}

describe('the console', () => {
  it('shows every call, in sections, and nothing that a browser complains about', async () => {
    await page.goto(`${lizzy.api.url}/api/ui/`);
    await page.locator('#operations-tag-deployments').waitFor();

    expect(await page.locator('.opblock-tag a.nostyle').allInnerTexts()).toEqual(
      expect.arrayContaining(['deployments', 'jobs', 'Lizzy 2', 'health']),
    );
    await page.screenshot({ path: `${PICTURES}/console.png`, fullPage: true });
    expect(complaints).toEqual([]);
  });

  it('answers 401 before one has authorised', async () => {
    const { status, body } = await execute(await tryOut('listStacks'));
    expect([status, body]).toEqual([expect.stringMatching(/^401/), expect.stringContaining('No authorization token')]);
  });

  it('takes a token', async () => {
    await page.getByRole('button', { name: 'Authorize', exact: true }).first().click();
    const dialogue = page.locator('.dialog-ux');
    await dialogue.locator('input[type=text], input[type=password]').fill(lizzy.token);
    await dialogue.getByRole('button', { name: 'Apply credentials' }).click();
    await page.screenshot({ path: `${PICTURES}/authorised.png` });
    await dialogue.locator('.btn-done').click();
  });

  it('submits a deployment and shows its job', async () => {
    const block = await tryOut('submitDeployment');
    const deployment = { senza_yaml: bare('console'), stack_version: 'v1' };
    await block.locator('textarea').fill(JSON.stringify(deployment));
    const { status, body } = await execute(block);
    await block.screenshot({ path: `${PICTURES}/deployment.png` });

    expect(status).toMatch(/^202/);
    expect(body).toContain('"stack_name": "console"');
  });

  it('creates a stack as Lizzy 2 did, and shows it', async () => {
    const block = await tryOut('createStack');
    const stack = { senza_yaml: bare('old'), stack_version: '1' };
    await block.locator('textarea').fill(JSON.stringify(stack));
    const { status, body } = await execute(block);
    await block.screenshot({ path: `${PICTURES}/stack.png` });

    expect([status, body]).toEqual([expect.stringMatching(/^201/), expect.stringContaining('CREATE_COMPLETE')]);
    const list = page.locator('[id$="-listStacks"]');
    expect((await execute(list)).status).toMatch(/^200/);
    expect(await list.locator('.live-responses-table').innerText()).toContain('"stack_name": "old"');
  });
});
