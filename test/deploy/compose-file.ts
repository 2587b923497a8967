import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { inProject } from '../../local/services/index.js';

const source = z.strictObject({ file: z.string() });
const healthcheck = z.union([
  z.strictObject({ disable: z.literal(true) }),
  z.strictObject({
    test: z.tuple([z.literal('CMD')], z.string()),
    interval: z.string(),
    timeout: z.string(),
    start_period: z.string(),
    start_interval: z.string(),
  }),
]);

// Strict: a key that the tests do not support must not be in the file unnoticed.
const service = z.strictObject({
  image: z.string(),
  build: z.strictObject({ context: z.literal('.'), target: z.string() }).optional(),
  profiles: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  user: z.string().optional(),
  expose: z.array(z.string()).default([]),
  ports: z.array(z.string().regex(/^127\.0\.0\.1:[0-9]+:[0-9]+$/)).default([]),
  volumes: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
  configs: z.array(z.strictObject({ source: z.string(), target: z.string() })).default([]),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.literal('service_healthy') })).default({}),
  healthcheck: healthcheck.optional(),
  restart: z.enum(['unless-stopped', 'no']),
  stop_grace_period: z.string().optional(),
  read_only: z.literal(true),
  tmpfs: z.array(z.string()),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  mem_limit: z.string(),
  logging: z.strictObject({
    driver: z.literal('json-file'),
    options: z.strictObject({ 'max-size': z.string(), 'max-file': z.string() }),
  }),
  stdin_open: z.boolean().optional(),
});
const composeFile = z.looseObject({
  services: z.record(z.string(), service),
  secrets: z.record(z.string(), source),
  configs: z.record(z.string(), source),
  volumes: z.record(z.string(), z.null()),
});

export type ComposeService = z.output<typeof service>;
export type ComposeFile = z.output<typeof composeFile>;

/** Reads docker-compose.yml with `${NAME:-default}` replaced from these variables. */
export function readComposeFile(variables: Readonly<Record<string, string>>): ComposeFile {
  const interpolate = (_key: unknown, value: unknown): unknown =>
    typeof value === 'string'
      ? value.replaceAll(/\$\{(\w+):-([^}]*)\}/g, (_, name: string, otherwise: string) => {
          const given = variables[name] ?? '';
          return given === '' ? otherwise : given;
        })
      : value;
  return composeFile.parse(parse(readFileSync(inProject('docker-compose.yml'), 'utf8'), interpolate, { merge: true }));
}
