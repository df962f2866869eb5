import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as constants from '../../src/constants.ts';
import { errorCode } from '../../src/errors.ts';
import { poll } from '../../src/select.ts';
import * as sys from '../../src/sys.ts';
import type { Outcome } from './scenario.ts';

// The longest that a step waits, in both runners.
const WAIT_MS = 5000;

/** The fds of one run by their names, and a folder for its files. */
export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'tripoll-'));
  readonly #fds = new Map<string, number>();

  fd(name: string): number {
    const fd = this.#fds.get(name);
    if (fd === undefined) throw new Error(`the scenario has no ${name}`);
    return fd;
  }

  // Names the fd that a call has made; what it gave may be an errno.
  add(name: string, result: number): Outcome {
    if (result >= 0) this.#fds.set(name, result);
    return done(result);
  }

  // Names the two fds that a call has written.
  addPair(names: [string, string], make: (fds: Int32Array) => number): Outcome {
    const fds = new Int32Array(2);
    const result = make(fds);
    if (result >= 0) names.forEach((name, index) => this.#fds.set(name, fds[index]!));
    return done(result);
  }

  close(name: string): Outcome {
    const fd = this.fd(name);
    this.#fds.delete(name);
    return done(sys.close(fd));
  }

  end(): void {
    for (const name of [...this.#fds.keys()]) this.close(name);
    rmSync(this.folder, { recursive: true });
  }
}

/** The flags of these names, joined by |. */
export function bits(names: string[], values: Readonly<Record<string, number>> = constants): number {
  return names.reduce((mask, name) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no constant ${name}`);
    return mask | value;
  }, 0);
}

/** The outcome of a call that returns a count or an errno. */
export function count(result: number): Outcome {
  return result < 0 ? { error: errorCode(result) } : result;
}

/** The outcome of a call that returns nothing of interest, or an errno. */
export function done(result: number): Outcome {
  return result < 0 ? count(result) : null;
}

/** Tries until it succeeds or the time is up. */
export function within(attempt: (remainingMs: number) => boolean): Outcome {
  const deadlineMs = performance.now() + WAIT_MS;
  for (let remainingMs = WAIT_MS; remainingMs > 0; remainingMs = deadlineMs - performance.now()) {
    if (attempt(remainingMs)) return null;
  }
  return { error: 'ETIMEDOUT' };
}

/** The events of an fd that is polled alone; 0 when the time is up. */
export function pollOnce(fd: number, mask: number, timeoutMs: number): number {
  const poller = poll();
  poller.register(fd, mask);
  return poller.poll(timeoutMs)[0]?.[1] ?? 0;
}
