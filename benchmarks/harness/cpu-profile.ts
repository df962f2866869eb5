import { fileURLToPath } from 'node:url';

import { root } from './paths.ts';

/** A file that `node --cpu-prof` writes: https://nodejs.org/api/inspector.html, Profiler.Profile. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** How long the program was in a chain of calls, the outermost function first. */
export interface Stack {
  readonly frames: readonly string[];
  readonly weight: number;
}

/** The name of a function with its file and line. */
export function functionName({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const file = url.startsWith('file:')
    ? fileURLToPath(url)
        .replace(root, '')
        .replace(/^dist\//, '')
    : url;
  return `${name} ${file}:${lineNumber + 1}`;
}

/** The stacks of a profile with their times in µs, without the time in which the thread had nothing to do. */
export function stacksOfProfile({ nodes, samples, timeDeltas }: CpuProfile): Stack[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const weights = new Map<number, number>();
  for (const [index, id] of samples.entries()) weights.set(id, (weights.get(id) ?? 0) + timeDeltas[index]!);
  return [...weights].flatMap(([leaf, weight]) => {
    const frames: string[] = [];
    for (let id: number | undefined = leaf; id !== undefined; id = parents.get(id)) {
      frames.unshift(functionName(byId.get(id)!.callFrame));
    }
    return frames.includes('(idle)') ? [] : [{ frames: frames.slice(1), weight }];
  });
}

/** The stacks that `perf script` prints: a line about the sample, its frames from the innermost one, and an empty line. */
export function stacksOfPerf(script: string): Stack[] {
  return script
    .split(/\n\s*\n/)
    .map((block) => [...block.matchAll(/^\s+[0-9a-f]+ (.+?)(?:\+0x[0-9a-f]+)? \([^)]*\)$/gm)].map(([, name]) => name!))
    .filter((frames) => frames.length > 0)
    .map((frames) => ({ frames: frames.reverse(), weight: 1 }));
}
