import { counted } from './text.ts';

const MAX_UNREAD_BYTES = 2 ** 20;

/**
 * Makes a function that writes to standard error and never waits. While more than 1 MiB is unread, it drops texts; once
 * everything is read, it calls `onDropped` with the number of texts that it dropped.
 */
export function stderrWriter(onDropped: (dropped: number) => void): (text: string) => void {
  let dropped = 0;
  return (text) => {
    const { stderr } = process;
    if (stderr.writableLength <= MAX_UNREAD_BYTES) {
      stderr.write(text);
    } else if (dropped++ === 0) {
      stderr.once('drain', () => {
        const count = dropped;
        dropped = 0;
        onDropped(count);
      });
    }
  };
}

export function droppedText(dropped: number): string {
  return `${counted(dropped, 'event')} of the log dropped: nobody was reading it`;
}

export const writeStderr = stderrWriter((dropped) => {
  logLine(droppedText(dropped));
});

/** Writes a sentence to standard error, after 'tripoll: '. */
export function logLine(sentence: string): void {
  writeStderr(`tripoll: ${sentence}\n`);
}
