// The direction of imports (docs/architecture.md): apps import libs, never each other; a lib knows no other lib's domain.
const only = (name, comment, from, ...allowed) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: '\\.(spec|fixture)\\.ts$' },
  to: { path: '^(apps|libs|local|test)/', pathNot: [from, ...allowed] },
});
const home = (technology, pattern, where) => ({
  name: `home-of-${technology}`,
  comment: `${technology} has one home: ${where}`,
  severity: 'error',
  from: { path: '^(apps|libs)/', pathNot: [where, '\\.spec\\.ts$'] },
  to: { path: pattern, dependencyTypesNot: ['type-only'] },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependency',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '\\.(spec|fixture)\\.ts$' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    only(
      'api',
      'the API imports libs, but neither Senza nor AWS',
      '^apps/api/',
      '^libs/(auth|config|definition|fairness|formats|jobs|process|redis|telemetry)/',
    ),
    only(
      'worker',
      'the worker imports libs',
      '^apps/worker/',
      '^libs/(aws|aws-errors|config|definition|fairness|jobs|process|redis|senza|telemetry)/',
    ),
    only('lib-auth', 'libs/auth knows no other domain', '^libs/auth/'),
    only('lib-aws', 'libs/aws knows no other domain', '^libs/aws/', '^libs/(aws-errors|formats|network)/'),
    only('lib-aws-errors', 'libs/aws-errors knows no other domain', '^libs/aws-errors/'),
    only('lib-client', "libs/client knows only the API's documents, no code of Lizzy", '^libs/client/'),
    only('lib-config', 'libs/config knows no other domain', '^libs/config/', '^libs/formats/'),
    only('lib-definition', 'libs/definition knows no other domain', '^libs/definition/', '^libs/(fairness|formats)/'),
    only('lib-fairness', 'libs/fairness knows no other domain', '^libs/fairness/'),
    only('lib-formats', 'libs/formats knows no other domain', '^libs/formats/'),
    only(
      'lib-jobs',
      'libs/jobs knows neither HTTP nor Senza nor AWS',
      '^libs/jobs/',
      '^libs/(definition|formats|redis|telemetry)/',
    ),
    only('lib-network', 'libs/network knows no other domain', '^libs/network/'),
    only('lib-process', 'libs/process knows no other domain', '^libs/process/', '^libs/(config|telemetry)/'),
    only('lib-redis', 'libs/redis knows no other domain', '^libs/redis/', '^libs/(config|network|telemetry)/'),
    only('lib-senza', 'libs/senza knows no other domain', '^libs/senza/', '^libs/(aws-errors|formats)/'),
    only('lib-telemetry', 'libs/telemetry knows no other domain', '^libs/telemetry/'),
    home('bullmq', 'node_modules/bullmq/', '^libs/jobs/'),
    home('execa', 'node_modules/execa/', '^libs/senza/'),
    home('ioredis', 'node_modules/ioredis/', '^libs/redis/'),
    home('aws-sdk', 'node_modules/@aws-sdk/', '^libs/aws/'),
    {
      name: 'ec2-when-needed',
      comment: "EC2's client takes 40 MB of memory: it is imported dynamically, when a job needs it",
      severity: 'error',
      from: { pathNot: '\\.spec\\.ts$' },
      to: { path: 'node_modules/@aws-sdk/client-ec2/', dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    home('child-process', '^(node:)?child_process$', '^libs/senza/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.check.json' },
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.mjs'],
    },
  },
};
