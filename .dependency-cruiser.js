// The rules on imports: layers, no circles (type imports count), and who may load what. `npm run lint` checks them.

/** Each layer may import from itself and from the layers before it. */
const layers = [
  ['system'],
  ['select', 'socket'],
  ['selectors'],
  ['server', 'socketserver', 'explain'],
  ['trace', 'publish', 'http'],
  ['watch'],
  ['cli'],
];

const layerRules = layers.slice(0, -1).map((folders, index) => ({
  name: `layer-${folders.join('-')}`,
  comment: 'A module may import only from the layers below its own: see the list of layers in this file.',
  severity: 'error',
  from: { path: `^src/(${folders.join('|')})/` },
  to: {
    path: `^src/(${layers
      .slice(index + 1)
      .flat()
      .join('|')})/`,
  },
}));

export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Two modules that import each other are one module in two files. Move what both need into a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...layerRules,
    {
      name: 'entry-points-are-for-users',
      comment: 'Import from the module that declares the name: the entry points only export it again.',
      severity: 'error',
      from: { path: '^src/[^/]+/' },
      to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'one-file-loads-the-addon',
      comment: 'Only system/native.ts loads the addon.',
      severity: 'error',
      from: { pathNot: '^src/system/native\\.ts$' },
      to: { path: '(^|/)node_modules/bindings/' },
    },
    {
      name: 'the-product-stands-alone',
      comment: 'src imports no tests, benchmarks, examples or lessons.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|benchmarks|examples|labs)/' },
    },
    {
      name: 'the-page-runs-in-a-browser',
      comment:
        'A browser loads the watch page, so its modules import only each other, and the types of the trace format.',
      severity: 'error',
      from: { path: '^src/watch/page/' },
      to: { pathNot: ['^src/watch/page/', '^src/trace/format\\.ts$'] },
    },
    {
      name: 'the-page-imports-only-types-of-the-format',
      comment: 'Type imports are erased. A browser cannot load src/trace/format.ts itself.',
      severity: 'error',
      from: { path: '^src/watch/page/' },
      to: { path: '^src/trace/format\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'the-model-of-the-page-has-no-views',
      comment: 'The model is what the page knows. It does not use the DOM, so that tests can run it in Node.',
      severity: 'error',
      from: { path: '^src/watch/page/model/' },
      to: { path: '^src/watch/page/', pathNot: '^src/watch/page/model/' },
    },
    {
      name: 'nothing-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: ['node_modules', '^dist/'] },
    exclude: { path: '^(dist|build)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
