import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

import * as sys from '../../src/sys.ts';
import { type Cleanup, close, pipePair } from '../support/fds.ts';

/** The line that a talking child writes ten times. */
export const LINE = 'testing...\n';

/** Returns the read end of a pipe. A child writes ten lines into the pipe, one every 50 ms. */
export function talkingChild(t: Cleanup): number {
  const [readEnd, writeEnd] = pipePair(t);
  const script = 'for i in 0 1 2 3 4 5 6 7 8 9; do echo testing...; sleep 0.05; done';
  spawn('sh', ['-c', script], { stdio: ['ignore', writeEnd, 'inherit'] });
  close(writeEnd);
  return readEnd;
}

/** Reads at most `length` bytes as text; returns '' at the end of input. */
export function readText(fd: number, length: number): string {
  const buffer = Buffer.alloc(length);
  const count = sys.read(fd, buffer, 0, length);
  assert.ok(count >= 0, sys.errorCode(count));
  return buffer.toString('latin1', 0, count);
}

/** Returns one of the items at random. */
export function anyOf<T>(items: T[]): T {
  const item = items[Math.floor(Math.random() * items.length)];
  assert.ok(item !== undefined, 'nothing is ready');
  return item;
}

/**
 * Starts a program that acts while this process is blocked; `fd` becomes its fd 3. Resolves to the program's standard
 * output when it has ended with status 0.
 */
export async function peer([program, ...args]: [string, ...string[]], fd?: number): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit', fd ?? 'ignore'] });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [status] = (await once(child, 'close')) as [number | null];
  assert.equal(status, 0, `the peer's status`);
  return output;
}
