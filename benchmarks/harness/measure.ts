import { Child, printedJson } from './child.ts';
import { watchMachine } from './disturbance.ts';
import type { LoadReport } from './load.ts';
import { bytesPerConnection } from './memory.ts';
import type { Run } from './plan.ts';
import type { Cell, Sample } from './results.ts';
import { errorTexts, PATIENCE_MS, serveLoad, type Setup } from './serve-load.ts';
import type { Counters } from './server.ts';
import { quantile } from './statistics.ts';
import { callSeconds } from './window.ts';

const BUSY_SHARE = 0.9;

export type Figures = Omit<Sample, 'cell' | 'driver' | 'repetition' | 'disturbance' | 'errors'>;

/** Carries out a run. When it fails, the sample has `errors` and no figures. */
export async function measure(run: Run, setup: Setup): Promise<Sample> {
  const { cell, program, repetition } = run;
  const sample = { cell: cell.name, driver: program.driver.name, repetition };
  const watched = (setup.watch ?? watchMachine)();
  try {
    const measured = await kinds[cell.kind](run, setup);
    return { ...sample, ...measured, disturbance: watched() };
  } catch (error) {
    return { ...sample, errors: errorTexts(error) };
  }
}

const kinds: Record<Cell['kind'], (run: Run, setup: Setup) => Promise<Figures>> = {
  async load({ cell, program }, setup) {
    const { report, counters } = await serveLoad(cell, program, setup);
    return { ...figures(report, counters), ...crowdFigures(report, counters), ...receiverFigures(report, counters) };
  },

  async memory({ cell, program }, setup) {
    return { bytesPerConnection: await bytesPerConnection(cell, program, setup) };
  },

  async call({ cell, program: { driver, command } }, { cpus, window }) {
    const args = [driver.name, 'call', ...cell.load, String(callSeconds(window))];
    const child = new Child([...command, ...args], { name: driver.name, cpu: cpus.server });
    const { microseconds } = (await printedJson(child, PATIENCE_MS)) as { microseconds: number };
    return { cpuMicrosecondsPerCall: microseconds };
  },
};

function figures(report: LoadReport, { turns, events }: Counters): Figures {
  const { seconds, messages, serverCpuSeconds, loadCpuSeconds, latencyUs, serviceUs, histogram, unanswered } = report;
  const [serverBusy, loadBusy] = [serverCpuSeconds / seconds, loadCpuSeconds / seconds];
  return {
    seconds,
    messages,
    messagesPerSecond: messages / seconds,
    ...perMessage(report),
    serverBusy,
    loadBusy,
    limitedByLoad: loadBusy > BUSY_SHARE && serverBusy < BUSY_SHARE,
    ...(latencyUs ? { latencyUs } : {}),
    ...(serviceUs ? { serviceUs } : {}),
    // A closed loop does not send while it waits for a slow answer, so its percentiles are enough.
    ...(histogram && serviceUs ? { histogram } : {}),
    ...(unanswered === undefined ? {} : { unanswered }),
    ...(turns === null ? {} : { turns }),
    ...(events === null ? {} : { events }),
  };
}

// A timer counts when it was due in the window, even when it fired long after that.
function crowdFigures({ crowd }: LoadReport, { timer = [] }: Counters): Figures {
  if (!crowd) return {};
  const lateness = timer
    .filter(([dueUs]) => dueUs >= crowd.openedUs && dueUs <= crowd.closedUs)
    .map(([, latenessUs]) => latenessUs);
  const timerUs = { p99: quantile(lateness, 0.99), max: Math.max(...lateness), count: lateness.length };
  return {
    ...(lateness.length > 0 ? { timerUs } : {}),
    peakBytesAboveRest: crowd.peakBytes - crowd.restBytes,
    closedClients: crowd.closed,
  };
}

// The load generator sees the CPU time of one process. The messages of a server with more are those of the whole run.
function receiverFigures({ total }: LoadReport, { peakBytes, brokenLines, cpuSeconds }: Counters): Figures {
  return {
    ...(peakBytes === undefined ? {} : { peakBytes }),
    ...(brokenLines === undefined ? {} : { brokenLines }),
    ...(cpuSeconds === undefined ? {} : { cpuMicrosecondsPerMessage: (cpuSeconds * 1e6) / total.messages }),
  };
}

function perMessage({ messages, serverCpuSeconds, serverUserSeconds, serverSystemSeconds }: LoadReport): Figures {
  if (messages === 0) return {};
  const microseconds = (seconds: number): number => (seconds * 1e6) / messages;
  return {
    cpuMicrosecondsPerMessage: microseconds(serverCpuSeconds),
    ...(serverUserSeconds === undefined ? {} : { userMicrosecondsPerMessage: microseconds(serverUserSeconds) }),
    ...(serverSystemSeconds === undefined ? {} : { systemMicrosecondsPerMessage: microseconds(serverSystemSeconds) }),
  };
}
