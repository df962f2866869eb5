import { World as FileWorld } from '../../../src/explain/world.ts';
import { closeScenarioFds } from './fd-range.ts';

/** The named objects of a scenario, their fds, and a folder for its files. */
export class World extends FileWorld {
  // Entries stay after their file is closed, because scenarios also use closed files.
  readonly #fds = new Map<string, number>();
  readonly #nameOfFd = new Map<number, string>();

  override name(name: string, object: unknown): void {
    super.name(name, object);
    const fd = filenoOf(object);
    if (fd < 0) return;
    this.#fds.set(name, fd);
    this.#nameOfFd.set(fd, name);
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

  protected override closeFiles(): void {
    closeScenarioFds();
  }
}

function filenoOf(object: unknown): number {
  if (typeof object === 'number') return object;
  // Not for objects that the scenario makes itself: their fileno() may do anything.
  const file = object as { fileno?: unknown; close?: unknown } | null | undefined;
  if (typeof file?.fileno !== 'function' || typeof file.close !== 'function') return -1;
  return (file as { fileno(): number }).fileno();
}
