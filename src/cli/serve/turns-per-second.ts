import { wholeNumber } from '../values.ts';

/** What `--turns-per-second` may be, of all commands that have it. */
export const turnsPerSecondKind = wholeNumber(0, 1_000_000);

/** What it is for. */
export const turnsPerSecondHelp = 'how many turns of the loop a second are recorded, where it is watched; 0 for all';
