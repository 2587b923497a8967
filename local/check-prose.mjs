// `npm run check:prose`: finds words in comments, texts and documents that are not plain technical English. Vale cannot be
// installed from the npm and Python registries without a download from elsewhere, hence this check.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import ts from 'typescript';

/** Wording to avoid, and what to write instead. */
const RULES = [
  [/\bsee(?:s|ing)? to it\b/i, 'ensures'],
  [/\b(?:go(?:es|ing)?|went) on (?:with|after|as|for|until|when|while)\b/i, 'continues'],
  [/\bat hand\b/i, 'current, running'],
  [/\bfor good\b/i, 'permanently'],
  [/\b(?:whoever|somebody|nobody)\b/i, 'the caller, another process, no one'],
  [/\bput(?:s|ting)? off\b/i, 'defers'],
  [/\b(?:not )?begun\b/i, 'started'],
  [/\b(?:is|are|was|were) away\b/i, 'is unavailable'],
  [/\bunder way\b/i, 'in progress'],
  [/\b(?:wish(?:es)? to|wished)\b/i, 'request'],
  [/\ba look at\b|\blooks? (?:again|once more)\b/i, 'observation, observe'],
  [/\btells? (?:so|of|whether|why|which|what|how)\b/i, 'reports, returns'],
  [/\b(?:what|that|as it|as they|stack) stands?\b/i, 'current state, exists'],
  [/\bgo(?:es)? away\b|\bgone away\b/i, 'become unavailable, disconnect'],
  [/\bgo(?:es)? on (?:at|by|from|in|to|waiting|where|elsewhere)\b/i, 'continues'],
  [/\bwaits on\b|\bworks on\b/i, 'keeps waiting, continues'],
  [/\bwhat tells\b|\bholds? up\b|\bheld up\b/i, 'delays'],
  [/\b(?:left|leaves?|leave) alone\b/i, 'not changed'],
  [/\bgiven? back\b|\bgives? back\b/i, 'released'],
  [/\bput to wait\b|\bis told\b|\btold so\b/i, 'delayed, gets an error'],
  [/\bfor ever\b/i, 'forever, permanently'],
  [/\bvouch(?:es)?\b/i, 'authenticates'],
  [/\bunfit\b/i, 'unsuitable'],
  [/\b(?:it|reading|may|can|then|jobs?|commands?) go(?:es)? on\b/i, 'continues'],
  [
    /\b(?:next|first|second|last|a|each|every) looks?\b(?!-)|\blooks (?:first|at the stack)\b/i,
    'observation, observes',
  ],
  [/\btrue end\b/i, 'final state'],
  [/\b(?:a|the|its) wish\b/i, 'request'],
  [/\bmade good\b/i, 'compensated'],
  [/\bkept any more\b/i, 'expired, no longer kept'],
  [/\banswer(?:s|ed) strangely\b|\bin trouble\b/i, 'what is wrong'],
  [
    /\bafter so (?:many|long)\b|\bso many (?:at|of|others|milliseconds|seconds|days|jobs)\b/i,
    'the number, the limit, the interval',
  ],
  [/\bin words\b/i, 'as text, as a sentence'],
  [/\b(?:is|are|was|were) gone\b/i, 'no longer exists, was deleted, has exited'],
  [/\b(?:comes?|came|coming) back (?:empty|from|to|with)\b/i, 'is restored, is available again'],
  [/\bcarr(?:y|ies|ied|ying) out\b/i, 'execute'],
  [/\b(?:exist|kept|needed|answer|respond|named|known)s? any ?more\b/i, 'no longer'],
  [/\bway back\b/i, 'rollback'],
  [/\b(?:worker|process|agent|api)s? (?:has |have )?(?:die|dies|died)\b/i, 'crash, exit, is killed'],
  [/\bhalf[- ]way\b|\bhalf[- ]done\b/i, 'partially applied'],
  [/\b(?:is|are|was) (?:asked\b(?! to\b)|done with\b)/i, 'requested, queried, handled'],
  [/\bhas not (?:the|a)\b|\bthat (?:is|are) none\b/i, 'does not have the; invalid'],
  [/\bbecomes? of\b/i, 'outcome'],
  [/\bthrice\b|\bhence(?:forth)\b|\bhitherto\b/i, 'modern English'],
];

const files = execFileSync('git', ['ls-files', '*.ts', '*.mjs', '*.py', '*.md', '*.yml'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && file !== 'local/check-prose.mjs');

/** The comments and texts of a TypeScript or JavaScript file, with all else blanked out, so that lines keep their numbers. */
function proseOf(file, text) {
  const extension = extname(file);
  if (extension === '.md')
    return text.replace(/```(?!mermaid)[\s\S]*?```|`[^`\n]*`/g, (code) => code.replace(/[^\n]/g, ' '));
  if (extension !== '.ts' && extension !== '.mjs') return text;
  const kept = new Uint8Array(text.length);
  const visit = (node) => {
    const comments = [
      ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.getEnd()) ?? []),
    ];
    for (const { pos, end } of comments) kept.fill(1, pos, end);
    if (ts.isStringLiteral(node) || ts.isTemplateLiteralToken(node)) kept.fill(1, node.getStart(), node.getEnd());
    // Includes the closing tokens, which may carry comments.
    for (const child of node.getChildren(source)) visit(child);
  };
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  visit(source);
  return Array.from(text, (character, index) => (kept[index] === 1 || character === '\n' ? character : ' ')).join('');
}

let findings = 0;
for (const file of files) {
  const lines = proseOf(file, readFileSync(file, 'utf8')).split('\n');
  for (const [index, line] of lines.entries())
    for (const [pattern, better] of RULES) {
      const found = pattern.exec(line)?.[0];
      if (found === undefined) continue;
      findings += 1;
      console.error(`${file}:${index + 1}: "${found}": write "${better}" or the like`);
    }
}
if (findings > 0) process.exitCode = 1;
