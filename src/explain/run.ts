import { isDeepStrictEqual } from 'node:util';

import type { Socket } from '../socket/socket.ts';
import { OSError } from '../system/errors.ts';
import { maskOf } from './mask.ts';
import { measure } from './measure.ts';
import { operations } from './operations.ts';
import {
  type Call,
  error,
  failureOf,
  type Measured,
  type Operation,
  type Outcome,
  type Readiness,
  type Step,
  type Value,
} from './step.ts';
import { World } from './world.ts';

export interface After {
  readonly step: Step;
  readonly gave: Outcome;
  readonly expected: Outcome;
}

/** A scenario and its results on this machine. */
export interface Row {
  readonly scenario: Readiness;
  /** Missing if the fds could not be made. */
  readonly measured?: Measured;
  /** The reason why the fds could not be made. */
  readonly failure?: string;
  readonly after: readonly After[];
  /** Whether any result differs from what is expected. */
  readonly differs: boolean;
}

/** Makes the fds of a scenario, and asks select, poll and epoll about the target. */
export function run(scenario: Readiness): Row {
  const world = new World();
  try {
    prepare(world, scenario);
    const measured = measure(world.object(scenario.target) as Socket | number);
    const after = (scenario.after ?? []).map(([step, expected]) => ({ step, gave: outcomeOf(world, step), expected }));
    const differs = [[measured, scenario.expected], ...after.map(({ gave, expected }) => [gave, expected])].some(
      ([one, other]) => !isDeepStrictEqual(one, other),
    );
    return { scenario, measured, after, differs };
  } catch (error) {
    return { scenario, failure: (error as Error).message, after: [], differs: true };
  } finally {
    world.end();
  }
}

function prepare(world: World, { steps, fails }: Readiness): void {
  for (const step of fails === undefined ? steps : steps.slice(0, -1)) perform(world, step);
  if (fails === undefined) return;
  const outcome = outcomeOf(world, steps.at(-1)!);
  if (!isDeepStrictEqual(outcome, error(fails))) throw new Error(`${steps.at(-1)![0]} does not fail with ${fails}`);
}

function outcomeOf(world: World, step: Step): Outcome {
  try {
    const result = perform(world, step);
    if (result instanceof Uint8Array) return { bytes: Buffer.from(result).toString('latin1') };
    return (result as Value | undefined) ?? null;
  } catch (error) {
    if (error instanceof OSError) return failureOf(error);
    throw error;
  }
}

function perform(world: World, step: Step): unknown {
  return isCall(step) ? call(world, step) : operate(world, step);
}

function isCall(step: Step): step is Call {
  return step[0].includes('.');
}

function operate(world: World, [name, ...args]: Operation): unknown {
  return (operations[name] as (world: World, ...args: unknown[]) => unknown)(world, ...args);
}

function call(world: World, [path, ...args]: Call): unknown {
  const [name = '', method = ''] = path.split('.');
  const socket = world.object(name) as Record<string, (...args: unknown[]) => unknown>;
  // Converts Python's name to ours: connect_ex becomes connectEx.
  const ourName = method.replace(/_(\w)/, (_, letter: string) => letter.toUpperCase());
  return socket[ourName]!(...args.map((value) => decode(world, value)));
}

function decode(world: World, value: Value): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('bits' in value) return maskOf(value.bits);
  if ('bytes' in value) return Buffer.from(value.bytes, 'latin1');
  return (world.object(value.address) as Socket).getsockname();
}
