import eslint from '@eslint/js';
import jsdoc from 'eslint-plugin-jsdoc';
import tseslint from 'typescript-eslint';

/** Imports point one way: a layer may import those before it. `watch` and `explain` may import all but `cli`, which may all. */
const layers = [
  ['native', 'constants/*'],
  ['errors', 'constants', 'timeout', 'fileobj', 'integer'],
  ['sys'],
  ['poll-table', 'node-loop'],
  ['select', 'select-tables', 'poll', 'epoll', 'socket', 'socket/*'],
  ['selectors', 'selectors/*'],
  ['server/framing/*', 'server/*', 'sender', 'socketserver', 'socketserver/*'],
  ['watch/*', 'explain/*'],
  ['cli/*', 'index'],
];

function importsOnlyBelow(index) {
  const above = layers.slice(index + 1).flat();
  return {
    files: layers[index].map((name) => `src/${name}.ts`),
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: layers[index].includes('native')
            ? []
            : [{ name: 'bindings', message: 'Only native.ts loads the addon.' }],
          patterns: [
            ...above.map((name) => ({
              regex: `^\\.{1,2}(/\\.\\.)*/${name.replace('/*', '/.*')}\\.ts$`,
              message: 'Imports point one way: see layers in eslint.config.js.',
            })),
            {
              regex: '/(test|benchmarks|examples|labs)/',
              message: 'src imports neither tests nor benchmarks nor lessons.',
            },
          ],
        },
      ],
    },
  };
}

export default tseslint.config(
  { ignores: ['dist/', 'build/', 'docs/api/', 'node_modules/'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Typed-array elements within a checked bound: a fallback value there would only hide a mistake.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `test` and `describe` of node:test return promises that the runner itself awaits.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'describe', 'it', 'suite'] },
          ],
        },
      ],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ...jsdoc.configs['flat/recommended-typescript-error'],
    rules: {
      ...jsdoc.configs['flat/recommended-typescript-error'].rules,
      'jsdoc/require-jsdoc': [
        'error',
        {
          publicOnly: true,
          require: { FunctionDeclaration: true, MethodDefinition: true, ClassDeclaration: true },
          contexts: ['TSInterfaceDeclaration', 'TSTypeAliasDeclaration', 'TSPropertySignature'],
          checkConstructors: false,
        },
      ],
      'jsdoc/require-throws-type': 'off',
      'jsdoc/require-returns': ['error', { checkGetters: false }],
      'jsdoc/tag-lines': 'off',
    },
  },
  { files: ['src/native.ts', 'src/constants/*.ts'], rules: { 'jsdoc/require-jsdoc': 'off' } },
  ...layers.map((_, index) => importsOnlyBelow(index)),
  {
    files: ['src/watch/page/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^(?!\\./)', message: 'A browser loads the page: it has what is in its folder.' }] },
      ],
    },
  },
  {
    files: ['**/*.mjs', 'eslint.config.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        performance: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
);
