/** Why bytes are not a message: it would be longer than the limit, or they break the rules of the framing. */
export type FramingReason = 'too-large' | 'malformed';

/** The bytes of a client are not a message. Nobody can tell where the next message starts, so the connection ends. */
export class FramingError extends Error {
  /** Tells this class apart from other errors in logs. */
  override readonly name = 'FramingError';
  /** 'too-large' when the message would be longer than the limit, else 'malformed'. */
  readonly reason: FramingReason;

  /**
   * A framing function of yours may throw this error, too, with the reason 'malformed'.
   * @param reason 'too-large' or 'malformed'.
   * @param message A sentence for people.
   */
  constructor(reason: FramingReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

export function tooLarge(maxMessageBytes: number): FramingError {
  return new FramingError('too-large', `message of more than ${maxMessageBytes} bytes`);
}
