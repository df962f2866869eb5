import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';

import { dist, root } from './child.ts';
import type { Block } from './markdown.ts';

/** How a program ended. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

const TIMEOUT_MS = 20_000;

// What the guide tells its readers to import, and what the tests add of their own.
const IMPORTS: Readonly<Record<string, string>> = {
  select: "import * as select from 'tripoll/select';",
  socket: "import * as socket from 'tripoll/socket';",
  selectors: "import * as selectors from 'tripoll/selectors';",
  socketserver: "import * as socketserver from 'tripoll/socketserver';",
  assert: "import assert from 'node:assert/strict';",
};
const ERRORS = ['OSError', 'BlockingIOError', 'ConnectionError', 'ConnectionRefusedError'];
const TS_HELPERS = `function caught(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}`;
const PYTHON_MODULES = ['errno', 'select', 'selectors', 'socket', 'socketserver', 'time'];
const PYTHON_HELPERS = `
def caught(call):
    try:
        return call()
    except Exception as error:
        return error
`;

/** The text of a snippet as a program. */
export function programOf({ language, setup, code, then }: Block): string {
  const body = `${setup}\n${code}\n${then}\n`;
  const uses = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(body);
  if (language === 'python') {
    const imports = PYTHON_MODULES.filter((name) => body.includes(`${name}.`)).map((name) => `import ${name}`);
    return [...imports, PYTHON_HELPERS, body].join('\n');
  }
  const imports = Object.entries(IMPORTS).flatMap(([name, line]) => (uses(`${name}[.(]`) ? line : []));
  const errors = ERRORS.filter(uses).map((name) => `import { ${name} } from 'tripoll';`);
  return [...imports, ...errors, uses('caught') ? TS_HELPERS : '', body, 'export {};'].join('\n');
}

/** The snippets of ours, type-checked and compiled in a folder of their own under dist/, where 'tripoll/…' is found. */
export class CompiledSnippets {
  readonly #folder = mkdtempSync(join(dist, 'snippets-'));
  /** What the compiler says of them. */
  readonly errors: string;

  constructor(blocks: readonly Block[]) {
    const names = blocks.map((block) => {
      const name = join(this.#folder, `line-${block.line}.ts`);
      writeFileSync(name, programOf(block));
      return name;
    });
    this.errors = compile(names);
  }

  run(block: Block): Promise<Outcome> {
    return run(process.execPath, [join(this.#folder, `line-${block.line}.js`)]);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** Runs a Python snippet. */
export function runPython(block: Block): Promise<Outcome> {
  return run('python3', ['-X', 'utf8', '-c', programOf(block)]);
}

// With the project's own options, except that a snippet need not use all that it names.
function compile(names: string[]): string {
  const config: unknown = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config;
  const { compilerOptions } = config as { compilerOptions: Record<string, unknown> };
  const { options } = ts.convertCompilerOptionsFromJson(compilerOptions, root);
  for (const name of ['outDir', 'rootDir', 'tsBuildInfoFile', 'incremental', 'declaration', 'sourceMap']) {
    options[name] = undefined;
  }
  Object.assign(options, { noUnusedLocals: false, noUnusedParameters: false, noEmitOnError: false });
  const program = ts.createProgram(names, options);
  const diagnostics = ts.getPreEmitDiagnostics(program);
  program.emit();
  return ts.formatDiagnostics(diagnostics, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => root,
    getNewLine: () => '\n',
  });
}

function run(program: string, args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd: root, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' } as const;
    execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}
