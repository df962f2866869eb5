import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

import { UsageError } from './usage-error.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
// This folder is inside the package, so that imports of 'tripoll/…' find the package itself.
const FOLDERS = fileURLToPath(new URL('../.answers/', import.meta.url));
const TYPESCRIPT = ['.ts', '.mts'];
const JAVASCRIPT = ['.js', '.mjs', '.cjs'];

const folders = new Set<string>();
process.on('exit', () => {
  folders.forEach(remove);
});

/** A learner's file, compiled into a temporary folder of its own. Disposing removes the folder. */
export class AnswerFile {
  /** The path of the file to run. */
  readonly program: string;
  /** The name of the learner's file, without the folder. */
  readonly name: string;
  readonly #source: string;
  readonly #folder: string;

  /** @throws {UsageError} When the file does not exist, is neither TypeScript nor JavaScript, or has a syntax error. */
  constructor(path: string) {
    this.#source = resolve(path);
    this.name = basename(path);
    const extension = extname(path);
    if (!existsSync(path)) throw new UsageError(`There is no file ${path}.`);
    if (![...TYPESCRIPT, ...JAVASCRIPT].includes(extension)) {
      throw new UsageError(`${path} is neither TypeScript (.ts) nor JavaScript (.js, .mjs).`);
    }
    const isTypeScript = TYPESCRIPT.includes(extension);
    const compiled = isTypeScript ? compile(this.#source) : undefined;
    mkdirSync(FOLDERS, { recursive: true });
    this.#folder = mkdtempSync(`${FOLDERS}${process.pid}-`);
    folders.add(this.#folder);
    const name = basename(path, extension);
    this.program = join(this.#folder, `${name}${isTypeScript ? '.mjs' : extension}`);
    if (compiled === undefined) copyFileSync(this.#source, this.program);
    else writeFileSync(this.program, compiled);
  }

  /** Returns one line for each type error. It needs seconds, so call it only to show the result. */
  typeErrors(): string[] {
    if (!TYPESCRIPT.includes(extname(this.#source))) return [];
    const copy = join(this.#folder, basename(this.#source));
    copyFileSync(this.#source, copy);
    const options: ts.CompilerOptions = {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
    };
    const program = ts.createProgram([copy], options);
    return program.getSemanticDiagnostics(program.getSourceFile(copy)).map((each) => lineOf(each, this.#source));
  }

  [Symbol.dispose](): void {
    remove(this.#folder);
  }
}

function remove(folder: string): void {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true });
}

function compile(path: string): string {
  const { outputText, diagnostics = [] } = ts.transpileModule(readFileSync(path, 'utf8'), {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      inlineSourceMap: true,
      inlineSources: true,
      sourceRoot: `${dirname(path)}/`,
    },
  });
  if (diagnostics.length === 0) return outputText;
  throw new UsageError(diagnostics.map((each) => lineOf(each, path)).join('\n'));
}

function lineOf({ file, start = 0, messageText }: ts.Diagnostic, path: string): string {
  const { line, character } = file?.getLineAndCharacterOfPosition(start) ?? { line: 0, character: 0 };
  return `${basename(path)}:${line + 1}:${character + 1}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
}
