import { InvalidArgumentError } from 'commander';

/**
 * Reads a whole number from the command line.
 * @param least The smallest that is allowed.
 * @param most The largest that is allowed.
 * @returns A parser for commander, which throws InvalidArgumentError with what would be right.
 */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/**
 * Reads a number of seconds from the command line.
 * @param least The smallest that is allowed.
 * @param most The largest that is allowed.
 * @returns A parser for commander, which throws InvalidArgumentError with what would be right.
 */
export function seconds(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^(\d+\.?\d*|\.\d+)$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a number of seconds from ${least} to ${most}.`);
  };
}
