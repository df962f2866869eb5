import { setTimeout } from 'node:timers/promises';

import { Server } from '../../server/server.ts';
import type { Watching } from '../../watch/watching.ts';
import { hostPortText, counted } from '../text.ts';
import { isAlive } from './alive.ts';
import type { Effective } from './configuration.ts';
import { createLog, createReport, type Log } from './log.ts';
import { open, openOutput } from './open.ts';
import type { Output } from './output.ts';
import type { Service } from './service.ts';
import { settings } from './settings.ts';
import { onSignals } from './signals.ts';
import { statusOf, statusText, summary } from './status.ts';
import { notify, watchdogMs } from './systemd.ts';
import { openWatching, startWatching } from './watch.ts';

const FORWARDED_SIGNAL_MS = 100;
const PROGRESS_MS = 1000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Serves until a signal ends it.
 * @param effective The settings.
 * @param traceFile The file that a trace is written to, if any.
 * @throws {OSError} Where it cannot listen, or the listener breaks.
 * @throws {Failure} Where a file or the metrics' address cannot be opened, or settings do not fit together.
 */
export async function run(effective: Effective, traceFile?: string): Promise<void> {
  const { values } = effective;
  const log = await createLog(values.log, values.logLevel);
  const report = await createReport(values.log);
  const output = openOutput(values, (error) => {
    log('error', 'output', `--file: ${error.message}; what was to be written is lost`);
    process.exitCode = 1;
    service.shutdown();
  });
  const watching = await openWatching(values, traceFile, (error) => {
    log('error', 'output', `${error.message}; the trace ends here`);
    process.exitCode = 1;
  });
  const service = open(values, log, report, output, watching?.recorder);
  // An object, since TypeScript does not see that signals change it.
  const end = { beganMs: 0, hurried: false, over: false };
  onSignals({
    drain: (signal) => {
      end.beganMs = performance.now();
      startDrain(service, log, signal, values.drainSeconds);
    },
    endNow: (exitCode) => {
      process.exitCode = exitCode;
      if (end.over) process.exit();
      end.hurried = true;
      service.close();
    },
    status: () => {
      report('status', statusText(service), { ...service.stats(), connections: statusOf(service) });
    },
    reopen: values.file === undefined ? undefined : reopener(output, log),
  });
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => {
      service.shutdown();
    });
  }
  try {
    await serve(service, effective, log, watching);
  } finally {
    end.over = true;
  }
  log('info', 'ended', `ended: ${summary(service)}`, { ...service.stats() });
  if (!end.hurried) await finish(output, log, leftMs(values.drainSeconds, end.beganMs || performance.now()));
  // npm's copy of the signal may still be on its way, and no handler takes it once the process is ending.
  await setTimeout(FORWARDED_SIGNAL_MS);
  if (end.hurried) process.exit();
}

// Waits for whoever reads the output. The timer goes on, for whoever reads the log: that is written while Node ends.
async function finish(output: Output | undefined, log: Log, atMostMs: number): Promise<void> {
  let written = false;
  globalThis
    .setTimeout(() => {
      if (!written) {
        log('error', 'output', 'nobody reads the output; what was to be written is lost');
        process.exitCode = 1;
      }
      process.exit();
    }, atMostMs)
    .unref();
  await output?.close();
  written = true;
}

// Of the time to drain; an instant for a reader that is there, however late it is.
function leftMs(drainSeconds: number, beganMs: number): number {
  const left = (drainSeconds || Infinity) * 1e3 - (performance.now() - beganMs);
  return Math.min(Math.max(left, FORWARDED_SIGNAL_MS), LONGEST_TIMER_MS);
}

async function serve(
  service: Service,
  { values, origins }: Effective,
  log: Log,
  watching: Watching | undefined,
): Promise<void> {
  const served = service.serveForever();
  // Awaited below; until then a failure waits.
  served.catch(() => undefined);
  const alive = (): boolean => isAlive(service, values);
  const where = hostPortText(service.address());
  const limits = [...origins.keys()].filter((key) => settings[key].group === 'limits');
  const sentence = `listening on ${where}, ${values.backend} with a timeout of ${values.timeout} s; Ctrl-C ends it`;
  log('info', 'listening', sentence, {
    ...{ address: where, backend: values.backend, timeoutSeconds: values.timeout },
    limits: Object.fromEntries(limits.map((key) => [key, values[key]])),
  });
  let monitor;
  let watchdog;
  try {
    if (watching !== undefined) await startWatching(watching, service, values, log);
    if (values.metrics !== undefined) {
      const { startMonitor } = await import('./monitor.ts');
      monitor = await startMonitor(service, alive, values.metrics);
      log('info', 'metrics', `metrics on ${monitor.url}/metrics`, { url: monitor.url });
    }
    tellSystemd('READY=1', log);
    watchdog = startWatchdog(alive, log);
    await served;
  } finally {
    service.close();
    clearInterval(watchdog);
    monitor?.close();
    await watching?.close();
  }
}

function startWatchdog(isAlive: () => boolean, log: Log): NodeJS.Timeout | undefined {
  const everyMs = watchdogMs(process.env);
  if (everyMs === undefined) return undefined;
  // Half the time: sd_watchdog_enabled(3).
  return setInterval(() => {
    if (isAlive()) tellSystemd('WATCHDOG=1', log);
  }, everyMs / 2);
}

function startDrain(service: Service, log: Log, signal: NodeJS.Signals, drainSeconds: number): void {
  service.shutdown();
  tellSystemd('STOPPING=1', log);
  if (!(service instanceof Server)) return;
  const endMs = performance.now() + drainSeconds * 1e3;
  const tell = (): void => {
    const { size } = service.connections;
    if (size === 0) return;
    const seconds = Math.max(0, Math.ceil((endMs - performance.now()) / 1e3));
    const atMost = drainSeconds === 0 ? '' : `, at most ${seconds} s`;
    log('info', 'drain', `${signal}: finishing with ${counted(size, 'client')}${atMost}; once more ends it now`, {
      clients: size,
    });
  };
  setInterval(tell, PROGRESS_MS).unref();
}

function reopener(output: Output | undefined, log: Log): () => void {
  return () => {
    try {
      output?.reopen();
      log('info', 'reopened', 'SIGHUP: the file was opened anew');
    } catch (error) {
      log('error', 'reopened', `SIGHUP: ${(error as Error).message}; the file that was open stays in use`);
    }
  };
}

function tellSystemd(state: string, log: Log): void {
  try {
    notify(state, process.env);
  } catch (error) {
    log('warn', 'systemd', `NOTIFY_SOCKET: ${(error as Error).message}`);
  }
}
