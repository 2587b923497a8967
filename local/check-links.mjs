// `npm run check:links`: the links of all documents lead to files and headings that exist, and the scripts that documents
// run with `npm run` are in package.json. Addresses of the web are not requested.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import GithubSlugger from 'github-slugger';
import { marked } from 'marked';

const files = execFileSync('git', ['ls-files', '*.md'], { encoding: 'utf8' }).trim().split('\n');
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));

/** The links and images of a document, and the anchors that GitHub gives to its headings. */
function readDocument(file) {
  const slugger = new GithubSlugger();
  const links = [];
  const anchors = new Set();
  const text = (tokens) => tokens.map((token) => (token.tokens ? text(token.tokens) : (token.text ?? ''))).join('');
  marked.walkTokens(marked.lexer(readFileSync(file, 'utf8')), (token) => {
    if (token.type === 'link' || token.type === 'image') links.push(token.href);
    if (token.type === 'heading') anchors.add(slugger.slug(text(token.tokens)));
  });
  return { links, anchors };
}

const documents = new Map(files.map((file) => [file, readDocument(file)]));
const problems = [];
for (const [file, { links }] of documents) {
  for (const link of links.filter((each) => !/^[a-z]+:/.test(each))) {
    const [path, anchor] = link.split('#');
    const target = path === '' ? file : normalize(join(dirname(file), decodeURIComponent(path)));
    if (!existsSync(target)) problems.push(`${file}: ${link}: there is no file ${target}`);
    else if (anchor && !documents.get(target)?.anchors.has(anchor)) {
      problems.push(`${file}: ${link}: ${target} has no such heading`);
    }
  }
  for (const [, script] of readFileSync(file, 'utf8').matchAll(/npm run ([a-z][\w-]*(?::[\w-]+)*)/g)) {
    if (!(script in scripts)) problems.push(`${file}: package.json has no script ${script}`);
  }
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
