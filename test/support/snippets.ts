import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';

import { dist, root } from './child.ts';
import type { Block } from './markdown.ts';

/** The exit code and the output of a program. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

const TIMEOUT_MS = 20_000;

// The imports that the guide tells its readers to write, and those that the tests add.
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

/** Returns a whole program: the block, with its imports and the code of its comments. */
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

/** TypeScript blocks, type-checked and compiled into a temporary folder under dist/, where Node finds 'tripoll/…'. */
export class CompiledSnippets {
  readonly #folder = mkdtempSync(join(dist, 'snippets-'));
  /** The messages of the compiler; empty if there are none. */
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

/** Runs a Python block. */
export function runPython(block: Block): Promise<Outcome> {
  return run('python3', ['-X', 'utf8', '-c', programOf(block)]);
}

// Compiles with the options of the project, except that a block may have unused names.
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
