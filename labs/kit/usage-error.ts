/** Something that whoever called can mend: a wrong argument, a file that cannot be run. */
export class UsageError extends Error {}
