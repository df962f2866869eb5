/** Why bytes make no message: longer than the limit, or against the rules of the framing. */
export type FramingReason = 'too-large' | 'malformed';

/** What came is no message. Where one ends and the next begins is lost, so the connection cannot go on. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
  /** What is wrong. */
  readonly reason: FramingReason;

  /**
   * A framing function may throw one as well, as 'malformed'.
   * @param reason What is wrong.
   * @param message The same in words.
   */
  constructor(reason: FramingReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * The error of a message that is longer than allowed.
 * @param maxMessageBytes The limit, in bytes.
 * @returns The error.
 */
export function tooLarge(maxMessageBytes: number): FramingError {
  return new FramingError('too-large', `message of more than ${maxMessageBytes} bytes`);
}
