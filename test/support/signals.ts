import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A child that acts while this process is blocked. */
export interface Sender {
  /** Ends the child; nothing of its comes after. */
  stop(): Promise<void>;
}

/** What a sender does. */
export interface SenderOptions {
  /** The seconds before each signal. */
  everySeconds?: number;
  /**
   * After so many signals it goes to sleep: a child that ended would send SIGCHLD. Without a number it goes on for
   * longer than any upper bound of a test, so that a wait that starts anew at each signal is found out.
   */
  times?: number;
  /** An fd into which it writes a byte after the last signal. */
  thenWriteTo?: number;
}

/**
 * Starts a shell that sends signals to this process while a wait blocks it.
 * @param signal The signal's name without SIG; whoever is to survive it has a handler, or it is ignored by default.
 * @param options What it does.
 * @returns The sender; its fork is over, so that the caller can block at once.
 */
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

/**
 * Starts a shell that makes an fd's other end readable while a wait blocks this process.
 * @param fd Where it writes a byte.
 * @param afterSeconds When.
 * @returns The shell.
 */
export function writeLater(fd: number, afterSeconds: number): Sender {
  return start(`sleep ${afterSeconds}; echo >&3`, fd);
}

function start(script: string, fd: number | undefined): Sender {
  const child = spawn('sh', ['-c', `${script}\nexec sleep 10`], {
    stdio: ['ignore', 'ignore', 'inherit', fd ?? 'ignore'],
  });
  return { stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/**
 * Blocks this process while a child acts.
 * @param begin Starts the child; the clock starts just before.
 * @param wait The blocking call.
 * @returns What the call returned, and after how many milliseconds; the child is gone by then.
 * @throws What the call threw.
 */
export async function during<T>(begin: () => Sender, wait: () => T): Promise<{ result: T; ms: number }> {
  const startMs = performance.now();
  const sender = begin();
  try {
    const result = wait();
    return { result, ms: performance.now() - startMs };
  } finally {
    await sender.stop();
  }
}
