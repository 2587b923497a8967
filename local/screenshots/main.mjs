// `npm run docs:screenshots`: takes the pictures in docs/images: of `npm run local` in a terminal, and of its console in a
// browser. Needs Chromium and `script` (util-linux), and port 8080, which the pictures show.
import { chromium } from 'playwright-core';
import { terminalPage } from './terminal-page.mjs';
import { startInTerminal } from './terminal.mjs';

const IMAGES = new URL('../../docs/images/', import.meta.url).pathname;
const VIEWPORT = { width: 1100, height: 860 };

const terminal = startInTerminal('node local/bootstrap.mjs local --port 8080', { columns: 118, rows: 46 });
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  await terminal.until('Press Ctrl-C');
  const page = await browser.newPage({ viewport: VIEWPORT });
  await page.setContent(terminalPage(terminal.html()));
  await page.locator('main').screenshot({ path: `${IMAGES}local-stack.png` });

  await page.goto('http://127.0.0.1:8080/api/ui/');
  await page.locator('#operations-tag-deployments').waitFor();
  await page.screenshot({ path: `${IMAGES}console.png` });
} finally {
  await browser.close();
  await terminal.stop();
}
