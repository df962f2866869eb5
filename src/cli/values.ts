import { InvalidArgumentError } from 'commander';

/** What a value may be, in words and as a parser. */
export interface Kind<Value> {
  /** How JSON writes it. */
  readonly json: 'number' | 'string' | 'boolean';
  /** What is right: 'a whole number from 0 to 65535'. */
  readonly wants: string;
  /**
   * Reads it.
   * @param text As on the command line.
   * @returns The value, or `undefined` where the text is not right.
   */
  parse(text: string): Value | undefined;
}

/**
 * A parser for commander.
 * @param kind The kind of the option's value.
 * @returns It; it throws InvalidArgumentError with what would be right.
 */
export function parser<Value>(kind: Kind<Value>): (text: string) => Value {
  return (text) => {
    const value = kind.parse(text);
    if (value === undefined) throw new InvalidArgumentError(`It must be ${kind.wants}.`);
    return value;
  };
}

/**
 * A whole number.
 * @param least The smallest that is allowed.
 * @param most The largest that is allowed.
 * @returns The kind.
 */
export function wholeNumber(least: number, most: number): Kind<number> {
  return number(`a whole number from ${least} to ${most}`, /^\d+$/, least, most);
}

/**
 * A number of seconds, fractions included.
 * @param least The smallest that is allowed.
 * @param most The largest that is allowed.
 * @returns The kind.
 */
export function seconds(least: number, most: number): Kind<number> {
  return number(`a number of seconds from ${least} to ${most}`, /^(\d+\.?\d*|\.\d+)$/, least, most);
}

function number(wants: string, form: RegExp, least: number, most: number): Kind<number> {
  const isRight = (text: string): boolean => form.test(text) && Number(text) >= least && Number(text) <= most;
  return { json: 'number', wants, parse: (text) => (isRight(text) ? Number(text) : undefined) };
}

/**
 * One of a few words.
 * @param words The words.
 * @returns The kind.
 */
export function oneOf<const Word extends string>(...words: Word[]): Kind<Word> {
  return {
    json: 'string',
    wants: `one of ${words.join(', ')}`,
    parse: (text) => words.find((word) => word === text),
  };
}

/**
 * A text that is not empty.
 * @param wants What it is.
 * @param isRight Whether a text is one; any is, where this is left out.
 * @returns The kind.
 */
export function text(wants: string, isRight: (text: string) => boolean = () => true): Kind<string> {
  return { json: 'string', wants, parse: (text) => (text !== '' && isRight(text) ? text : undefined) };
}

/** On or off: an option without an argument. */
export const onOff: Kind<boolean> = {
  json: 'boolean',
  wants: 'true or false',
  parse: (text) => (/^(true|1)$/.test(text) ? true : /^(false|0)$/.test(text) ? false : undefined),
};
