/** Where the lines of a trace go. */
export interface Sink {
  /**
   * Takes a line.
   * @param text The line, without its end.
   */
  write(text: string): void;
}
