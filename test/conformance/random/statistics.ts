import type { Outcome } from '../outcome.ts';
import { moveNames, type RandomScenario } from './moves.ts';

const WAIT = /(^select\.select|^[pe]\d+\.poll|^q\d+\.select)$/;

/** Counts the moves and outcomes of random scenarios: the counts reveal a generator that no longer reaches a move. */
export class Statistics {
  readonly moves = new Map(moveNames.map((name) => [name, 0]));
  scenarios = 0;
  steps = 0;
  errors = 0;
  waits = 0;
  waitsThatFound = 0;

  add({ moves, steps }: RandomScenario, outcomes: Outcome[]): void {
    this.scenarios += 1;
    this.steps += steps.length;
    for (const move of moves) this.moves.set(move, (this.moves.get(move) ?? 0) + 1);
    this.errors += outcomes.filter(isError).length;
    const waits = outcomes.filter((outcome, index) => WAIT.test(steps[index]![0]) && !isError(outcome));
    this.waits += waits.length;
    this.waitsThatFound += waits.filter((outcome) => !/^\[(\[\],?)*\]$/.test(JSON.stringify(outcome))).length;
  }

  toString(): string {
    const moves = [...this.moves].map(([name, count]) => `${name} ${count}`).join(', ');
    return (
      `${this.scenarios} scenarios, ${this.steps} steps, ${this.errors} of them errors, ` +
      `${this.waits} waits, ${this.waitsThatFound} of them found something; ${moves}`
    );
  }
}

function isError(outcome: Outcome): boolean {
  return typeof outcome === 'object' && outcome !== null && 'error' in outcome;
}
