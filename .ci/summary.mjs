// `node summary.mjs DIRECTORY EXIT_CODE`: what failed, then the line that counts. DIRECTORY has Jest's report and, of each step, its
// output as NAME.passed or NAME.failed; EXIT_CODE is that of `npm test`.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const MAX_FAILURES = 30;
const MAX_LINES = 12;
const MAX_LINES_OF_STEP = 30;
const MAX_CHARACTERS = 200; // of a line

const linesOf = (text) =>
  stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.includes('/node_modules/'));
const indented = (lines) => lines.map((line) => `    ${line.slice(0, MAX_CHARACTERS)}\n`).join('');
const beginning = (message) => indented(linesOf(message).slice(0, MAX_LINES));
const end = (output) => indented(linesOf(output).slice(-MAX_LINES_OF_STEP));

/** The failures of a file. One that does not even load has no failed test in it. */
const failuresOf = ({ name, message, assertionResults }) => {
  const file = relative(process.cwd(), name);
  const tests = assertionResults.filter(({ status }) => status === 'failed');
  if (tests.length === 0) return [`${file}\n${beginning(message)}`];
  return tests.map((test) => `${file}: ${test.fullName}\n${beginning(test.failureMessages.join('\n'))}`);
};

const [directory, exitCode] = process.argv.slice(2);
const report = join(directory, 'report.json');
const jest = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : { testResults: [], numPassedTests: 0 };
const failures = jest.testResults.filter(({ status }) => status === 'failed').flatMap(failuresOf);
// Jest may fail as a whole (nothing to run, a set-up that broke) without a failed test.
if (exitCode !== '0' && failures.length === 0) failures.push('npm test\n');

const steps = readdirSync(directory).sort();
for (const file of steps.filter((name) => name.endsWith('.failed')))
  failures.push(`${file.replace('.failed', '')}\n${end(readFileSync(join(directory, file), 'utf8'))}`);
for (const failure of failures.slice(0, MAX_FAILURES)) process.stdout.write(`FAILED ${failure}`);

const passed = jest.numPassedTests + steps.filter((file) => file.endsWith('.passed')).length;
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
