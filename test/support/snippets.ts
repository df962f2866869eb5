import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';

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
  readonly #blocks: readonly Block[];
  readonly #outcomes = new Map<Block, Promise<Outcome>>();
  /** The messages of the compiler; empty if there are none. */
  readonly errors: string;

  /** One program of all blocks: most of the time is that of the first, for the types of Node. */
  constructor(blocks: readonly Block[]) {
    this.#blocks = blocks;
    for (const block of blocks) writeFileSync(this.#path(block, 'ts'), programOf(block));
    this.errors = compile(blocks.map((block) => this.#path(block, 'ts')));
  }

  /** Runs a block once, when its outcome is needed for the first time. */
  run(block: Block): Promise<Outcome> {
    const path = this.#path(block, 'js');
    // A worker starts faster than a process. A block that has to do with its process needs its own.
    const outcome =
      this.#outcomes.get(block) ?? (/\bprocess\b/.test(programOf(block)) ? runNode(path) : runWorker(path));
    this.#outcomes.set(block, outcome);
    return outcome;
  }

  #path(block: Block, extension: string): string {
    return join(this.#folder, `block-${this.#blocks.indexOf(block)}-of-line-${block.line}.${extension}`);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** Runs Python blocks in one process, one after the other. */
export async function runPython(blocks: readonly Block[]): Promise<Map<Block, Outcome>> {
  const script = join(root, 'test/support/python-blocks.py');
  const { code, stdout, stderr } = await run('python3', ['-X', 'utf8', script], JSON.stringify(blocks.map(programOf)));
  if (code !== 0) throw new Error(`python3 ended with ${code}\n${stderr}`);
  const outcomes = JSON.parse(stdout) as Outcome[];
  return new Map(blocks.map((block, index) => [block, outcomes[index]!]));
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

async function runWorker(path: string): Promise<Outcome> {
  const worker = new Worker(path, { stdout: true, stderr: true });
  const output = Promise.all([text(worker.stdout), text(worker.stderr)]);
  const errors: unknown[] = [];
  worker.on('error', (error) => errors.push(error));
  const watchdog = setTimeout(() => void worker.terminate(), TIMEOUT_MS);
  const [code] = (await once(worker, 'exit')) as [number];
  clearTimeout(watchdog);
  const [stdout, stderr] = await output;
  return { code, stdout, stderr: stderr + errors.map((error) => String((error as Error).stack)).join('\n') };
}

const runNode = (path: string): Promise<Outcome> => run(process.execPath, [path]);

function run(program: string, args: string[], input = ''): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd: root, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' } as const;
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
    child.stdin?.end(input);
  });
}
