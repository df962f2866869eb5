import { InvalidArgumentError, Option } from 'commander';

import { Failure } from './failure.ts';

/** Turns the text of an option or of a variable into its value. Throws InvalidArgumentError when the text is not valid. */
export interface ValueParser<Value> {
  (text: string): Value;
  /** The valid values in words: 'a whole number from 0 to 65535'. */
  readonly wants: string;
}

/** Makes a parser from a function that returns `undefined` for an invalid text. */
export function valueParser<Value>(
  wants: string,
  parse: (text: string) => Value | undefined,
): ValueParser<Exclude<Value, undefined>> {
  const parser = (text: string): Exclude<Value, undefined> => {
    const value = parse(text);
    if (value === undefined) throw new InvalidArgumentError(`It must be ${wants}.`);
    return value as Exclude<Value, undefined>;
  };
  return Object.assign(parser, { wants });
}

/** Parses a value. When it is not valid, throws a Failure whose sentence begins with `errorStart`. */
export function parseOrFail(parse: (text: string) => unknown, text: string, errorStart: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw error instanceof InvalidArgumentError ? new Failure(`${errorStart} ${error.message}`) : error;
  }
}

export function wholeNumber(min: number, max: number): ValueParser<number> {
  return numberFrom(`a whole number from ${min} to ${max}`, /^\d+$/, min, max);
}

/** A number of seconds; fractions are allowed. */
export function seconds(min: number, max: number): ValueParser<number> {
  return numberFrom(`a number of seconds from ${min} to ${max}`, /^(\d+\.?\d*|\.\d+)$/, min, max);
}

function numberFrom(wants: string, pattern: RegExp, min: number, max: number): ValueParser<number> {
  return valueParser(wants, (text) => {
    const value = pattern.test(text) ? Number(text) : NaN;
    return value >= min && value <= max ? value : undefined;
  });
}

/** A text that is not empty and that passes the check. */
export function text(wants: string, isValid: (text: string) => boolean = () => true): ValueParser<string> {
  return valueParser(wants, (text) => (text !== '' && isValid(text) ? text : undefined));
}

/** The value of a flag, in a variable or in the configuration file. */
export const onOff = valueParser('true or false', (text) => {
  if (/^(true|1)$/.test(text)) return true;
  return /^(false|0)$/.test(text) ? false : undefined;
});

/** A commander option, with the type of its value: `valueType` exists for the compiler only. */
export type TypedOption<Value> = Option & { readonly valueType?: Value };

/**
 * An option that takes a value, such as `--port <number>`. Without a default, its value is `undefined` unless it is set.
 * The value of `--watch [port]` without a port is 'true'.
 */
export function valueOption<Value, Default extends Value | undefined = undefined>(
  flags: string,
  help: string,
  parse: ValueParser<Value>,
  defaultValue?: Default,
): TypedOption<Value | Default> {
  const option = new Option(flags, help).argParser(parse).default(defaultValue);
  return option.optional ? option.preset('true') : option;
}

/** An option whose value is one of a few words. */
export function choiceOption<const Choice extends string>(
  flags: string,
  help: string,
  choices: readonly Choice[],
  defaultValue: NoInfer<Choice>,
): TypedOption<Choice> {
  return new Option(flags, help).choices(choices).default(defaultValue);
}

/** A flag such as `--echo`, which is off by default. */
export function flagOption(flags: string, help: string): TypedOption<boolean> {
  return new Option(flags, help).default(false);
}
