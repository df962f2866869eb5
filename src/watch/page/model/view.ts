import type { Ticks } from './prediction.ts';
import type { TurnState } from './timeline.ts';

/** What the page shows of a turn. */
export interface View {
  /** The turn. */
  readonly state: TurnState;
  /** How much of the wait has passed; below 1 the result is not shown yet. */
  readonly progress: number;
  /** Whether the learner is to say what will come back, or has just said. */
  readonly prediction: 'none' | 'open' | 'judged';
  /** The ticks. */
  readonly ticks: Ticks;
}

/** The fds that have a row, and the entries of a list that are shown; of more, nobody would read each. */
export const MOST_ROWS = 16;

/**
 * Whether the call has returned.
 * @param view The view.
 * @returns Whether its result may be shown.
 */
export function hasReturned(view: View): boolean {
  return view.progress >= 1 && view.prediction !== 'open';
}
