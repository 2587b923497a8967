/** Definitions that are made to cost much. They have at most 256 KiB, the limit of a request. */
const LIMIT = 250_000;

const head = (name: string, parameters = ''): string => `SenzaInfo:\n  StackName: ${name}\n${parameters}`;
const component =
  'SenzaComponents:\n  - Configuration: {Type: Senza::Configuration}\nResources:\n  Queue: {Type: AWS::SQS::Queue}\n';
const fill = (part: string, length = LIMIT): string => part.repeat(Math.floor(length / part.length));

/** Templates within a quoted text. */
export const openTemplates = `${head('templates')}  Description: "${fill('{{')}"\n${component}`;

/** Many anchors, a list with an alias of each, and aliases of that list. */
export const aliases = (): string => {
  const names = Array.from({ length: 8000 }, (_, index) => `a${index}`);
  return `${head('aliases')}${component}Anchors:\n${names.map((name) => `  - &${name} x\n`).join('')}All: &all [${names.map((name) => `*${name}`).join(', ')}]\nAgain: *all\n`;
};

/** Many values, which are accepted: Senza reads and writes them three times. */
export const manyValues = (name: string): string =>
  `${head(name)}${component}Metadata: {Values: [${fill('1,', 60_000)}1]}\n`;

export const openBrackets = `${head('brackets')}${component}Deep: ${fill('[')}`;
export const commas = `${head('commas')}${component}Flow: [${fill('a,')}]\n`;

/** Senza's error quotes the type of the component: much output for each pattern that is applied to it. */
export const longError = (name: string): string =>
  `${head(name)}SenzaComponents:\n  - Configuration: {Type: "Senza::${fill('Stack [ConnectionConnection', 200_000)}"}\n`;

/** Six nested loops over a list of 100. */
export const nestedLoops = (name: string): string => {
  const items = Array.from({ length: 100 }, (_, index) => String(index)).join(',');
  const loop = (depth: number): string => (depth === 0 ? 'x' : `{{#Mappings.a}}${loop(depth - 1)}{{/Mappings.a}}`);
  return `${head(name)}  Description: "${loop(6)}"\nMappings: {a: [${items}]}\n${component}`;
};

/** Two nested loops around 100 KB. */
export const largeLoops = (name: string): string =>
  `${head(name)}  Description: "{{#a}}{{#a}}${fill('x', 100_000)}{{/a}}{{/a}}"\na: [${Array.from({ length: 100 }, () => '1').join(',')}]\n${component}`;

/** A template that makes 10^8 of one value by using values that double. */
export const doubling = (name: string): string => {
  const levels = Array.from({ length: 24 }, (_, index) => `l${index + 1}: &l${index + 1} [*l${index}, *l${index}]\n`);
  return `${head(name)}${component}l0: &l0 [xxxxxxxx]\n${levels.join('')}`;
};

/** As many parameters with secret values as a definition can have, and a log that repeats them. */
export const manySecrets = (name: string): string => {
  const parameters = Array.from({ length: 200 }, (_, index) => `    - P${index}: {Description: p, NoEcho: true}\n`);
  return `${head(name, `  Parameters:\n${parameters.join('')}`)}${component}`;
};

/** A definition with 70,000 errors. */
export const manyErrors = (): string => `${head('errors')}  Parameters:\n${fill('    - 1\n', 240_000)}${component}`;

/** A definition of a stack that is created at once. */
export const small = (name: string): string => `${head(name)}${component}`;
