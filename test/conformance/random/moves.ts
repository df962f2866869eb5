import fc from 'fast-check';

import type { Step } from '../scenario.ts';
import { files } from './files.ts';
import { Plan } from './plan.ts';
import { pollers, waits } from './pollers.ts';

/** One thing that happens in a random scenario. */
export interface Move {
  /** Whether what it needs is there; always where absent. */
  possible?: (plan: Plan) => boolean;
  /** The move that makes what it needs; without one, it is left out where it is not possible. */
  from?: string;
  /** Adds its steps. */
  make: (plan: Plan) => void;
}

const moves: Record<string, Move> = { ...files, ...pollers, ...waits };
/** The names of all moves. */
export const moveNames = Object.keys(moves);

/** A random scenario: its moves by name, as far as they were possible, and the steps that they came to. */
export interface RandomScenario {
  moves: string[];
  steps: Step[];
}

const choice = fc.record({
  move: fc.oneof(
    { arbitrary: fc.constantFrom(...Object.keys(files)), weight: 5 },
    { arbitrary: fc.constantFrom(...Object.keys(pollers)), weight: 5 },
    { arbitrary: fc.constantFrom(...Object.keys(waits)), weight: 3 },
  ),
  choices: fc.array(fc.nat(1000), { minLength: 8, maxLength: 16 }),
});

/** Lists of moves that make sense for what is alive. */
export const randomScenario: fc.Arbitrary<RandomScenario> = fc
  .array(choice, { minLength: 1, maxLength: 40, size: 'max' })
  .map((chosen) => {
    const plan = new Plan();
    const made: string[] = [];
    for (const { move, choices } of chosen) {
      plan.choose(choices);
      made.push(...makeMove(plan, move));
    }
    return { moves: made, steps: plan.steps };
  });

// The names of the moves that it took.
function makeMove(plan: Plan, name: string): string[] {
  const { possible, from, make } = moves[name]!;
  const isMissing = possible?.(plan) === false;
  if (isMissing && from === undefined) return [];
  const before = isMissing && from !== undefined ? makeMove(plan, from) : [];
  make(plan);
  return [...before, name];
}
