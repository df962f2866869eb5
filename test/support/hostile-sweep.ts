/**
 * Passes hostile values to every native function. It runs as a child process, because a call may crash it.
 * `hostile-sweep.js LOG values` passes each value of the list at each position;
 * `hostile-sweep.js LOG random SEED RUNS` passes random values. It writes each call into the file LOG before it
 * makes the call, and prints its findings as JSON.
 */
import { closeSync, openSync, readdirSync, writeSync } from 'node:fs';

import fc from 'fast-check';

import { native } from '../../src/system/native.ts';
import * as sys from '../../src/sys.ts';
import { cleanUp, type Name, recipes, SKIPPED, tamed } from './hostile-recipes.ts';
import { conversions, hostileValues } from './hostile-values.ts';
import { Fds } from './fds.ts';

/** The findings, which the child prints. */
export interface Findings {
  calls: number;
  returned: number;
  threw: number;
  skipped: number;
  faults: string[];
}

const LABEL_BYTES = 240;
const findings: Findings = { calls: 0, returned: 0, threw: 0, skipped: 0, faults: [] };

const functions = Object.keys(native).filter((name): name is Name => typeof native[name as Name] === 'function');
const positions = functions.flatMap((name) => recipes[name].kinds.map((_, index) => [name, index] as const));

const log = openSync(process.argv[2]!, 'w');

function announce(label: string): void {
  writeSync(log, label.slice(0, LABEL_BYTES).padEnd(LABEL_BYTES), 0);
}

// Only the errors of the functions that read the arguments are allowed.
function isArgumentError(error: unknown): boolean {
  return (
    (error instanceof TypeError && 'code' in error && error.code === 'ERR_INVALID_ARG_TYPE') ||
    (error instanceof RangeError && 'code' in error && error.code === 'ERR_OUT_OF_RANGE')
  );
}

function isResult(result: unknown): boolean {
  return typeof result === 'number' || typeof result === 'string' || result === null || Array.isArray(result);
}

// Calls a function with one hostile argument. Returns a sentence when no caller would expect the outcome.
function attempt(name: Name, index: number, hostile: unknown): string | undefined {
  const { kinds, args: make } = recipes[name];
  const value = tamed(kinds[index]!, hostile);
  if (value === SKIPPED) {
    findings.skipped++;
    return undefined;
  }
  using fds = new Fds();
  const args = make(fds);
  const sound = args[0];
  args[index] = value;
  findings.calls++;
  let result: unknown;
  try {
    result = (native[name] as (...args: unknown[]) => unknown)(...args);
    findings.returned++;
    return isResult(result) ? undefined : `returned a ${typeof result}`;
  } catch (error) {
    findings.threw++;
    return isArgumentError(error) ? undefined : `threw ${String(error)}`;
  } finally {
    cleanUp(name, args, result, sound);
  }
}

function sweep(): void {
  for (const [name, index] of positions) {
    for (const [label, make] of hostileValues) {
      const call = `${name}, argument ${index}: ${label}`;
      announce(call);
      const fault = attempt(name, index, make());
      if (fault !== undefined) findings.faults.push(`${call}: ${fault}`);
    }
  }
}

function random(seed: number, runs: number): void {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  const property = fc.property(fc.constantFrom(...positions), anything, ([name, index], value) => {
    announce(`${name}, argument ${index}: ${fc.stringify(value)}`);
    const fault = attempt(name, index, value);
    if (fault !== undefined) throw new Error(fault);
  });
  const details = fc.check(property, { seed, numRuns: runs });
  if (details.failed) findings.faults.push(fc.defaultReportMessage(details) ?? 'failed');
}

// Calls each function without arguments.
function withOtherCounts(): void {
  for (const name of functions.filter((each) => recipes[each].kinds.length > 0)) {
    announce(`${name} without arguments`);
    try {
      (native[name] as () => unknown)();
      findings.faults.push(`${name} without arguments threw nothing`);
    } catch (error) {
      if (!isArgumentError(error)) findings.faults.push(`${name} without arguments threw ${String(error)}`);
    }
  }
}

function state(): { fds: string; flags: number[] } {
  return {
    fds: readdirSync('/proc/self/fd').join(),
    flags: [0, 1, 2].map((fd) => sys.fcntl(fd, sys.F_GETFL, 0)),
  };
}

const before = JSON.stringify(state());
if (process.argv[3] === 'random') {
  random(Number(process.argv[4]), Number(process.argv[5]));
} else {
  sweep();
  withOtherCounts();
}
const after = JSON.stringify(state());
if (before !== after) findings.faults.push(`the process's fds have changed: before ${before}, after ${after}`);
if (conversions.count > 0) findings.faults.push(`${conversions.count} values were converted`);
closeSync(log);
console.log(JSON.stringify(findings));
