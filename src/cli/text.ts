import { escapeControlCharacters } from '../system/control-characters.ts';

export { hostPortText } from '../socket/address-text.ts';

// What may wait for the reader of standard error.
const MOST_UNREAD_BYTES = 2 ** 20;

/**
 * Makes a function that writes to standard error and waits for nobody: while 1 MiB is unread, what comes is dropped.
 * @param tell Called once all is read again, with how many calls were dropped.
 * @returns The function.
 */
export function errorWriter(tell: (dropped: number) => void): (text: string) => void {
  let dropped = 0;
  return (text) => {
    const { stderr } = process;
    if (stderr.writableLength <= MOST_UNREAD_BYTES) {
      stderr.write(text);
    } else if (dropped++ === 0) {
      stderr.once('drain', () => {
        const count = dropped;
        dropped = 0;
        tell(count);
      });
    }
  };
}

/**
 * Says that events of the log were dropped.
 * @param dropped How many.
 * @returns A sentence.
 */
export function droppedText(dropped: number): string {
  return `${counted(dropped, 'event')} of the log dropped: nobody was reading it`;
}

/** Writes to standard error, and drops what nobody reads. */
export const writeError = errorWriter((dropped) => {
  log(droppedText(dropped));
});

/**
 * Writes a line of the log, to standard error.
 * @param line The line, without its end.
 */
export function log(line: string): void {
  writeError(`tripoll: ${line}\n`);
}

/**
 * A number with its noun.
 * @param count How many.
 * @param noun The noun, in the singular.
 * @returns '1 client', '2 clients'.
 */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/**
 * Makes a client's text safe to show: control characters could move a terminal's cursor, or do worse.
 * @param text The text.
 * @returns It, with each control character but tab and newline as `\x1b`.
 */
export function visible(text: string): string {
  return escapeControlCharacters(text, '\t\n');
}
