// The outputs of programs that receive lines: a file, a file that is moved away repeatedly, a pipe with a fast or a slow reader,
// and /dev/null.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, createReadStream, createWriteStream, existsSync, openSync, renameSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const REOPEN_INTERVAL_MS = 100;
const SLOW_READ_BYTES = 65_536;
const SLOW_READ_INTERVAL_MS = 20;

/** Where a receiver writes, and what happens to that place meanwhile. */
export interface LineOutput {
  /** A file, a FIFO or /dev/null. */
  readonly path: string;
  /** Called when the receiver runs. */
  start?(receiver: ChildProcess): void;
  /** Called when the receiver has ended. Returns the files that hold all lines, in order. */
  end(): Promise<readonly string[]> | readonly string[];
}

export type OutputKind = 'file' | 'reopened' | 'pipe' | 'slow-pipe' | 'null';

export function makeOutput(kind: OutputKind, folder: string): LineOutput {
  switch (kind) {
    case 'file':
      return { path: join(folder, 'out'), end: () => [join(folder, 'out')] };
    case 'reopened':
      return reopenedFile(join(folder, 'out'));
    case 'pipe':
      return pipe(folder, fastReader);
    case 'slow-pipe':
      return pipe(folder, slowReader);
    case 'null':
      return { path: '/dev/null', end: () => [] };
  }
}

function reopenedFile(path: string): LineOutput {
  const moved: string[] = [];
  let timer: NodeJS.Timeout;
  return {
    path,
    start(receiver) {
      timer = setInterval(() => {
        // The receiver may not have opened it again yet.
        if (!existsSync(path)) return;
        moved.push(`${path}.${moved.length}`);
        renameSync(path, moved.at(-1)!);
        receiver.kill('SIGHUP');
      }, REOPEN_INTERVAL_MS);
    },
    end() {
      clearInterval(timer);
      return existsSync(path) ? [...moved, path] : moved;
    },
  };
}

type Reader = (fifo: string, file: string) => Promise<unknown>;

// Node would make a pair of sockets for a child; a FIFO is a pipe.
function pipe(folder: string, read: Reader): LineOutput {
  const path = join(folder, 'fifo');
  const file = join(folder, 'out');
  spawnSync('mkfifo', [path]);
  const done = read(path, file);
  // This end, which writes nothing, keeps the reader until the receiver has ended.
  const writer = openSync(path, 'r+');
  return {
    path,
    async end() {
      closeSync(writer);
      await done;
      return [file];
    },
  };
}

// The reader may use each CPU; this process and the receiver have one together.
const fastReader: Reader = (fifo, file) => {
  const output = openSync(file, 'w');
  const everyCpu = `0-${cpus().length - 1}`;
  const cat = spawn('taskset', ['-c', everyCpu, ...withParent(['cat', fifo])], {
    stdio: ['ignore', output, 'inherit'],
  });
  closeSync(output);
  return once(cat, 'close');
};

const slowReader: Reader = async (fifo, file) => {
  const output = createWriteStream(file);
  for await (const chunk of createReadStream(fifo, { highWaterMark: SLOW_READ_BYTES })) {
    output.write(chunk);
    await setTimeout(SLOW_READ_INTERVAL_MS);
  }
  output.end();
  await once(output, 'close');
};

/** The command of a program that is killed when this process ends in any way. */
export function withParent(command: readonly string[]): string[] {
  return ['setpriv', '--pdeathsig', 'KILL', ...command];
}
