import { DockerfileParser, type Instruction as DockerfileInstruction, ModifiableInstruction } from 'dockerfile-ast';
import { z } from 'zod';

/** One instruction of a Dockerfile: `RUN`, and everything after it on one line. */
interface Instruction {
  readonly keyword: string;
  readonly flags: Readonly<Record<string, string>>;
  readonly text: string;
}

/** One stage (`FROM base AS name`) with its instructions in order. */
export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** What a container of an image runs, and as whom. */
export interface ImageConfig {
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly user: string;
  readonly workdir: string;
  readonly healthcheck: readonly string[] | null;
  readonly ports: readonly string[];
}

const strings = z.array(z.string());

/** Reads the stages of a Dockerfile. */
export function readStages(text: string): readonly Stage[] {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const each of DockerfileParser.parse(text).getInstructions()) {
    const instruction = readInstruction(each);
    const [base = '', , name = base] = instruction.text.split(/\s+/);
    if (instruction.keyword === 'FROM') stages.push({ name, base, instructions: [] });
    else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

/** Finds the stage of a target. */
export function stageOf(stages: readonly Stage[], target: string): Stage {
  const stage = stages.find(({ name }) => name === target);
  if (stage === undefined) throw new Error(`the Dockerfile has no target ${target}`);
  return stage;
}

/** The configuration of a target's image, with all that it inherits from the stages below it. */
export function imageConfig(stages: readonly Stage[], target: string): ImageConfig {
  const stage = stageOf(stages, target);
  const inherited = stages.some(({ name }) => name === stage.base) ? imageConfig(stages, stage.base) : NODE_IMAGE;
  return stage.instructions.reduce(applyInstruction, inherited);
}

/** What the base image node:24-trixie-slim says. */
export const NODE_IMAGE: ImageConfig = {
  env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  entrypoint: [],
  command: [],
  user: '0',
  workdir: '/',
  healthcheck: null,
  ports: [],
};

function applyInstruction(image: ImageConfig, { keyword, text }: Instruction): ImageConfig {
  switch (keyword) {
    case 'ENV':
      return { ...image, env: { ...image.env, ...readEnv(text, image.env) } };
    case 'USER':
      return { ...image, user: text };
    case 'WORKDIR':
      return { ...image, workdir: text };
    case 'EXPOSE':
      return { ...image, ports: [...image.ports, ...text.split(/\s+/)] };
    case 'ENTRYPOINT':
      return { ...image, entrypoint: strings.parse(JSON.parse(text)), command: [] };
    case 'CMD':
      return { ...image, command: strings.parse(JSON.parse(text)) };
    case 'HEALTHCHECK':
      return { ...image, healthcheck: strings.parse(JSON.parse(text.replace(/^CMD\s+/, ''))) };
    default:
      return image;
  }
}

/** `NAME=VALUE ...`, with `$NAME` replaced by what the image has already. */
export function readEnv(text: string, env: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = [...text.matchAll(/([A-Za-z_]\w*)=("[^"]*"|\S*)/g)];
  return Object.fromEntries(
    pairs.map(([, name = '', value = '']) => [
      name,
      value.replaceAll('"', '').replaceAll(/\$\{?(\w+)\}?/g, (_, variable: string) => env[variable] ?? ''),
    ]),
  );
}

function readInstruction(instruction: DockerfileInstruction): Instruction {
  const flags = instruction instanceof ModifiableInstruction ? instruction.getFlags() : [];
  return {
    keyword: instruction.getKeyword(),
    flags: Object.fromEntries(flags.map((flag) => [flag.getName(), flag.getValue() ?? ''])),
    text: instruction.getArgumentsContent() ?? '',
  };
}
