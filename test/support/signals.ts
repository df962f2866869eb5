import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, readSync } from 'node:fs';

import * as sys from '../../src/sys.ts';

/** A child process that acts while this process is blocked. */
export interface Sender {
  /** Ends the child. */
  stop(): Promise<void>;
}

export interface SenderOptions {
  /** The seconds before each signal. */
  everySeconds?: number;
  /**
   * The number of signals. The child then sleeps, because its end would send SIGCHLD. By default it goes on for longer
   * than any upper bound of a test, which finds a wait that starts anew at each signal.
   */
  times?: number;
  /** The child writes a byte to this fd right after the last signal. */
  thenWriteTo?: number;
}

/** Starts a shell that sends signals to this process; returns when the shell runs. */
export function sendSignals(signal: string, options: SenderOptions = {}): Sender {
  const { everySeconds = 0.05, times = 200, thenWriteTo } = options;
  return start(
    `i=0
while [ $i -lt ${times} ]; do
  sleep ${everySeconds}
  kill -${signal} ${process.pid} || exit
  i=$((i + 1))
done
${thenWriteTo === undefined ? '' : 'echo >&3'}`,
    thenWriteTo,
  );
}

/** Starts a shell that writes a byte to an fd; returns when the shell runs. */
export function writeLater(fd: number, afterSeconds: number): Sender {
  return start(`sleep ${afterSeconds}; echo >&3`, fd);
}

function start(script: string, fd: number | undefined): Sender {
  const pipe = new Int32Array(2);
  if (sys.pipe2(pipe, sys.O_CLOEXEC) < 0) throw new Error('no pipe');
  const [readEnd, writeEnd] = [pipe[0]!, pipe[1]!];
  const child = spawn('sh', ['-c', `echo >&4; exec 4>&-\n${script}\nexec sleep 10`], {
    stdio: ['ignore', 'ignore', 'inherit', fd ?? 'ignore', writeEnd],
  });
  closeSync(writeEnd);
  readSync(readEnd, new Uint8Array(1));
  closeSync(readEnd);
  return { stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/**
 * Blocks this process while a child acts. The clock starts before the child does.
 * @param afterwards What to wait for before the child is ended.
 * @returns What `wait` returned, and after how many milliseconds.
 */
export async function during<T>(
  startChild: () => Sender,
  wait: () => T,
  afterwards?: () => Promise<void>,
): Promise<{ result: T; ms: number }> {
  const startMs = performance.now();
  const sender = startChild();
  try {
    const result = wait();
    const ms = performance.now() - startMs;
    await afterwards?.();
    return { result, ms };
  } finally {
    await sender.stop();
  }
}
