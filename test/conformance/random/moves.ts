import fc from 'fast-check';

import type { Step } from '../scenario.ts';
import { files } from './files.ts';
import { type Move, Plan } from './plan.ts';
import { pollers, waits } from './pollers.ts';

const moves: Record<string, Move> = { ...files, ...pollers, ...waits };
/** The names of all moves. */
export const moveNames = Object.keys(moves);

/** A random scenario: the names of its moves that were possible, and their steps. */
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

/** Lists of moves that fit the files and objects that exist. */
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

// Returns the names of the moves that were made.
function makeMove(plan: Plan, name: string): string[] {
  const { possible, from, make } = moves[name]!;
  const isMissing = possible?.(plan) === false;
  if (isMissing && from === undefined) return [];
  const before = isMissing && from !== undefined ? makeMove(plan, from) : [];
  make(plan);
  return [...before, name];
}
