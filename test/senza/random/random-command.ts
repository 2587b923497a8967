import { pick } from '../../support/random.js';
import { bare, scalable, weighted } from '../../support/definitions.js';
import { REGION } from '../../../local/stack/lizzy.js';

/** One command of Senza: its arguments, the files of its directory, and what its environment has besides. */
export interface RandomCommand {
  readonly arguments: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

type Random = () => number;

const VERSIONS = ['1', '2', '3', '17'];
/** A stack of each kind; the last one is never created. */
const NAMES = ['plain', 'web', 'scaled', 'conf', 'nosuch'];
const VALUES = [
  '1.0',
  'it\'s: "#1"',
  '{{Arguments.X}}',
  '{{> file}}',
  'ünï ☃',
  '****',
  '',
  '{',
  '[]',
  '12345678901',
  '~',
];
const DEFINITIONS: Readonly<Record<string, string>> = {
  plain: bare('plain'),
  web: weighted('web'),
  scaled: scalable('scaled'),
  conf: `SenzaInfo:
  StackName: conf
  Parameters:
    - Image: {Description: image}
    - Secret: {Description: secret, NoEcho: true, Default: '{{AccountInfo.Region}}'}
SenzaComponents:
  - Configuration: {Type: "Senza::Configuration"}
Resources:
  Queue: {Type: "AWS::SQS::Queue", Properties: {QueueName: "{{SenzaInfo.StackName}}-{{SenzaInfo.StackVersion}}"}}
`,
};
const OPTIONS = ['--dry-run', '--disable-rollback', '--force', '--tag=a=b', '--tag=a=b=c', '--tag=Team=x y', '--nope'];
const CHARACTERS = Array.from('{}[]:\'"\n -#&*!|>%@`\\\t0é');

/** A command that Senza may accept or refuse, for some stack. */
export function randomCommand(random: Random): RandomCommand {
  const environment = randomEnvironment(random);
  if (random() < 0.45) return { ...creation(random), environment };
  return { arguments: change(random), files: {}, environment };
}

/** `create`, `update` or `print`, with a definition that is sometimes damaged. */
function creation(random: Random): Omit<RandomCommand, 'environment'> {
  const name = pick(random, Object.keys(DEFINITIONS));
  const whole = DEFINITIONS[name] ?? '';
  const definition = random() < 0.3 ? damaged(random, whole) : whole;
  const parameters = name === 'scaled' ? { ImageVersion: pick(random, VALUES) } : { Image: pick(random, VALUES) };
  const takesParameters = name === 'scaled' || name === 'conf' ? random() < 0.85 : random() < 0.1;
  const command = pick(random, ['create', 'create', 'create', 'update', 'print']);
  const options = OPTIONS.filter(() => random() < 0.12);
  return {
    arguments: [
      command,
      region(random),
      ...(command === 'create' ? ['--force'] : []),
      ...options,
      ...(takesParameters ? ['--parameter-file=parameters.yaml'] : []),
      '--',
      'definition.yaml',
      random() < 0.9 ? pick(random, VERSIONS) : 'not.valid',
    ],
    files: {
      'definition.yaml': definition,
      ...(takesParameters ? { 'parameters.yaml': JSON.stringify(parameters) } : {}),
    },
  };
}

/** A command for a stack that may or may not exist. */
function change(random: Random): string[] {
  const [name, version] = [pick(random, NAMES), pick(random, VERSIONS)];
  const at = region(random);
  const percentage = String(Math.floor(random() * 101));
  const size = String(Math.floor(random() * 4));
  return pick(random, [
    ['list', at, '--output=json'],
    ['list', at, '--output=json', name],
    ['domains', at, '--output=json', name],
    ['traffic', at, '--output=json', name],
    ['traffic', at, '--output=json', '--', name, version, percentage],
    ['traffic', at, '--output=json', '--', 'web', version, percentage],
    ['delete', at, '--', name, version],
    ['delete', at, '--force', '--', name, version],
    ['delete', at, '--dry-run', '--', name, version],
    ['scale', at, '--force', '--', name, version, size],
    ['patch', at, `--image=${pick(random, ['latest', 'ami-0aa0000000000001a', 'nosuch'])}`, '--', name, version],
    ['respawn-instances', at, '--', name, version],
    ['resources', at, '--output=json', name, version],
    ['instances', at, '--output=json', name],
    ['health', at, '--output=json', name],
    ['--version'],
    ['--help'],
    ['create', '--help'],
    ['traffic', at, '--output=nope', name],
  ]);
}

function region(random: Random): string {
  return `--region=${random() < 0.92 ? REGION : pick(random, ['eu-central-1', 'eu-nowhere-1', ''])}`;
}

function randomEnvironment(random: Random): Record<string, string> {
  return {
    ...(random() < 0.2 ? { TZ: pick(random, ['Europe/Berlin', 'America/New_York', 'UTC']) } : {}),
    ...(random() < 0.05 ? { AWS_ACCESS_KEY_ID: '' } : {}),
    ...(random() < 0.1 ? { AWS_MAX_ATTEMPTS: '1' } : {}),
    ...(random() < 0.1 ? { LANG: 'de_DE.UTF-8' } : {}),
  };
}

/** The text with one character replaced, or one line missing. */
function damaged(random: Random, text: string): string {
  if (random() < 0.5) {
    const lines = text.split('\n');
    return lines.toSpliced(Math.floor(random() * lines.length), 1).join('\n');
  }
  const at = Math.floor(random() * text.length);
  return text.slice(0, at) + pick(random, CHARACTERS) + text.slice(at + 1);
}
