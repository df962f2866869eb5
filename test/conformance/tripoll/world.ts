import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { closeScenarioFds } from './fd-range.ts';

/** What a scenario has named, the fds of it, and a folder for its files. */
export class World {
  readonly objects = new Map<string, unknown>();
  // Both outlive what had the fd: scenarios speak of closed ones.
  readonly #fds = new Map<string, number>();
  readonly #nameOfFd = new Map<number, string>();
  #folder: string | undefined;

  name(name: string, object: unknown): void {
    this.objects.set(name, object);
    const fd = filenoOf(object);
    if (fd < 0) return;
    this.#fds.set(name, fd);
    this.#nameOfFd.set(fd, name);
  }

  object(name: string): unknown {
    if (!this.objects.has(name)) throw new Error(`the scenario has no ${name}`);
    return this.objects.get(name);
  }

  fd(name: string): number {
    const fd = this.#fds.get(name);
    if (fd === undefined) throw new Error(`${name} has no fd`);
    return fd;
  }

  nameOf(object: object): string | undefined {
    for (const [name, named] of this.objects) if (named === object) return name;
    return undefined;
  }

  nameOfFd(fd: number): string | undefined {
    return this.#nameOfFd.get(fd);
  }

  path(relative: string): string {
    this.#folder ??= mkdtempSync(join(tmpdir(), 'tripoll-'));
    return join(this.#folder, relative);
  }

  end(): void {
    closeScenarioFds();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true });
  }
}

function filenoOf(object: unknown): number {
  if (typeof object === 'number') return object;
  // Not of objects that the scenario makes up: their fileno() may do anything.
  const file = object as { fileno?: unknown; close?: unknown } | null | undefined;
  if (typeof file?.fileno !== 'function' || typeof file.close !== 'function') return -1;
  return (file as { fileno(): number }).fileno();
}
