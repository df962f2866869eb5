/** An error that the user can correct: a wrong argument, or a file that cannot run. */
export class UsageError extends Error {}
