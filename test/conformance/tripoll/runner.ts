import type { Outcome } from '../outcome.ts';
import type { Call, Operation, Step } from '../scenario.ts';
import type { Value } from '../values.ts';
import { call } from './call.ts';
import { operations } from './operations.ts';
import { failure } from './results.ts';
import { World } from './world.ts';

/** Runs steps on tripoll, with a pause after each, and returns their outcomes. */
export function run(steps: Step[], pauseMs = 0): Outcome[] {
  const world = new World();
  try {
    return steps.map((step) => {
      const outcome = perform(world, step);
      if (pauseMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
      return outcome;
    });
  } finally {
    world.end();
  }
}

function perform(world: World, step: Step): Outcome {
  try {
    return isCall(step) ? call(world, step) : operate(world, step);
  } catch (error) {
    return failure(world, error);
  }
}

function isCall(step: Step): step is Call {
  return step[0].includes('.');
}

function operate(world: World, [name, ...args]: Operation): Value {
  const operation = operations[name] as (world: World, ...args: unknown[]) => Value | undefined;
  return operation(world, ...args) ?? null;
}
