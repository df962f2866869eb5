// Writes the public types of the package into docs/public-types.api.md, which people review; with --check it compares them
// with that file instead, and fails when they differ. `npm run build` has compiled the declarations before.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const entryPoint = join(root, 'dist/src/all-entry-points.d.ts');
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

// API Extractor takes one entry point, so one file exports all of them, each under its name.
const lines = Object.entries(exports)
  .filter(([, path]) => path.endsWith('.js'))
  .map(([name, path]) => {
    const namespace = name === '.' ? 'tripoll' : name.slice('./'.length);
    return `export * as ${namespace} from '${path.replace('./dist/src', '.')}';\n`;
  });
writeFileSync(entryPoint, lines.join(''));

const isCheck = process.argv.includes('--check');
const config = ExtractorConfig.prepare({
  configObject: {
    projectFolder: root,
    mainEntryPointFilePath: entryPoint,
    compiler: { tsconfigFilePath: join(root, 'tsconfig.json') },
    apiReport: {
      enabled: true,
      reportFolder: join(root, 'docs'),
      reportTempFolder: join(root, 'build'),
      reportFileName: 'public-types.api.md',
    },
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    messages: {
      compilerMessageReporting: { default: { logLevel: 'error' } },
      // ESLint and typedoc check the comments.
      tsdocMessageReporting: { default: { logLevel: 'none' } },
      extractorMessageReporting: {
        default: { logLevel: 'error' },
        'ae-missing-release-tag': { logLevel: 'none' },
        'ae-undocumented': { logLevel: 'none' },
        'ae-forgotten-export': { logLevel: 'none' },
        'ae-unresolved-link': { logLevel: 'none' },
      },
    },
  },
  configObjectFullPath: undefined,
  packageJsonFullPath: join(root, 'package.json'),
});

const result = Extractor.invoke(config, {
  localBuild: !isCheck,
  messageCallback(message) {
    if (message.messageId === 'console-preamble' || message.messageId === 'console-compiler-version-notice') {
      message.handled = true;
    }
  },
});
if (!result.succeeded) {
  process.stderr.write(
    'tripoll: the public types differ from docs/public-types.api.md: run `npm run docs:types`, and review it.\n',
  );
  process.exit(1);
}
process.stdout.write(
  `tripoll: the public types are in docs/public-types.api.md${result.apiReportChanged ? ', which has changed' : ''}\n`,
);
