import tseslint from 'typescript-eslint';

/** What a module may not import, with the reason that the linter prints. */
const homes = [
  { name: 'bullmq', home: ['libs/jobs/**'], message: 'bullmq lives in libs/jobs.' },
  { name: 'execa', home: ['libs/senza/**'], message: 'Processes are started by libs/senza.' },
  { name: 'ioredis', home: ['libs/redis/**'], message: 'Connections to Redis are made by libs/redis.' },
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.venv/', '.venv-lizzy-client/', '.local/', 'coverage/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
        { selector: 'TSEnumDeclaration', message: 'Use a union of strings.' },
      ],
      // Libraries use classes as types of plain options (Nest) or of what another class makes (winston).
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    // `as const` is not an assertion about a value; typescript-eslint allows it under "never".
    files: ['**/*.spec.ts', 'test/**/*.ts'],
    rules: { '@typescript-eslint/no-floating-promises': 'error' },
  },
  // Command line programs talk to a terminal.
  { files: ['local/**/*.ts', 'apps/client/**/*.ts', 'bench/**/*.ts'], rules: { 'no-console': 'off' } },
  ...homes.map(({ name, home, message }) => ({
    files: ['apps/**/*.ts', 'libs/**/*.ts'],
    ignores: home,
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { paths: [{ name, message, allowTypeImports: name === 'ioredis' }] },
      ],
    },
  })),
);
