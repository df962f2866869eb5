let write = (text: string): void => {
  process.stderr.write(text);
};

/** Writes to standard error. */
export function writeStderr(text: string): void {
  write(text);
}

/**
 * Has `writeStderr` call this function from now on. A command that serves passes one that never waits: Node's own stream blocks
 * the thread when nobody reads a terminal.
 */
export function redirectStderr(replacement: (text: string) => void): void {
  write = replacement;
}

/** Writes a sentence to standard error, after 'tripoll: '. */
export function logLine(sentence: string): void {
  writeStderr(`tripoll: ${sentence}\n`);
}
