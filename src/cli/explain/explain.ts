import { ExplainError } from '../../explain/proc.ts';
import { explainFd, explainProcess } from '../../explain/process.ts';
import { fdText, processText } from '../../explain/process-text.ts';
import { countDiffering, matching, measureAll, readinessJson } from '../../explain/readiness.ts';
import { readinessText } from '../../explain/readiness-text.ts';
import { Failure } from '../failure.ts';
import { visible } from '../text.ts';

export interface ExplainFlags {
  readonly scenario?: RegExp;
  readonly steps?: true;
  readonly check?: true;
  readonly pid?: number;
  readonly fd?: number;
  readonly json?: true;
}

/** Prints what `tripoll explain` was asked for. */
export function explain(flags: ExplainFlags): void {
  try {
    process.stdout.write(visible(explanation(flags)));
  } catch (error) {
    throw error instanceof ExplainError ? new Failure(error.message, 1) : error;
  }
}

function explanation(flags: ExplainFlags): string {
  const { pid, fd, json } = flags;
  // In a file or a pipe, each row is one line.
  const width = Math.max(80, process.stdout.isTTY ? process.stdout.columns : Infinity);
  if (pid !== undefined) {
    const report = explainProcess(pid, fd);
    return json ? jsonText(report) : processText(report, width);
  }
  if (fd !== undefined) {
    const report = explainFd(fd);
    return json ? jsonText(report) : fdText(report, width);
  }
  return tableText(flags, width);
}

function tableText({ scenario, steps, check, json }: ExplainFlags, width: number): string {
  const chosen = matching(scenario);
  if (chosen.length === 0) throw new Failure(`no scenario matches ${scenario?.source}; without it, all are shown`);
  const measured = measureAll(chosen);
  if (check && countDiffering(measured) > 0) process.exitCode = 1;
  return json ? jsonText(readinessJson(measured)) : readinessText(measured, { width, steps: steps === true });
}

function jsonText(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
