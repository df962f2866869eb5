// From the start of `tripoll serve` to the end of its process.
import { setTimeout } from 'node:timers/promises';

import { hostPortText } from '../../socket/address-text.ts';
import { Server } from '../../server/server.ts';
import type { TurnRecord } from '../../server/turns/turn-record.ts';
import { traceText } from '../../trace/trace-text.ts';
import type { Watching } from '../../watch/watching.ts';
import { counted } from '../text.ts';
import { type AnyServer, createServer, pauseAll } from './create-server.ts';
import type { EffectiveSettings } from './effective-settings.ts';
import { endProcess, FORWARDED_SIGNAL_MS, writeRest } from './ending.ts';
import type { Log } from './log.ts';
import { type LogAndReports, openLog } from './open-log.ts';
import { limitOptions, type ServeSettings, type SettingName } from './options.ts';
import { type MessageOutput, openMessageOutput } from './output/message-output.ts';
import { logWarnings } from './process-warnings.ts';
import { ServiceManager } from './service-manager.ts';
import { handleSignals } from './signals.ts';
import { connectionStates, isAlive, peerStates, statusText, summaryText } from './status.ts';
import { prepareRecording, startRecording } from './turn-recording.ts';
import { endOnUnexpectedError } from './unexpected-errors.ts';

const PROGRESS_INTERVAL_MS = 1000;

/** Serves until a signal ends the server. Throws an OSError or a Failure when something cannot be opened. */
export async function runServer(settings: EffectiveSettings, traceFile?: string): Promise<void> {
  const { values } = settings;
  const logAndReports = openLog(values);
  const { log, report } = logAndReports;
  logWarnings(log);
  endOnUnexpectedError(logAndReports);
  const output = await openMessageOutput(values, {
    // A message that cannot be written is not read either: its client learns that it was not received.
    stopped: (exitCode) => {
      process.exitCode = exitCode;
      server.close();
    },
    overflowing: (isOverflowing) => {
      if (server instanceof Server) pauseAll(server, isOverflowing);
    },
    report: (level, sentence) => {
      log(level, 'output', sentence);
    },
  });
  const recording = await prepareRecording(values, traceFile, (error) => {
    fail(log, `${error.message}; the trace ends here`);
  });
  const onTurn = (turn: TurnRecord): void => {
    report('turn', traceText(turn), { ...turn });
  };
  const receivers = { log, output, recorder: recording?.recorder, onTurn: values.trace ? onTurn : undefined };
  const server = createServer(values, receivers);
  const manager = new ServiceManager(log);
  const end = installHandlers(server, values, logAndReports, manager, output);
  try {
    await serve(server, settings, log, manager, output, recording);
  } finally {
    end.loopHasEnded = true;
    manager.close();
  }
  log('info', 'ended', `ended: ${summaryText(server)}`, { ...server.stats() });
  const drainStartMs = end.drainStartMs || performance.now();
  if (!end.isImmediate) await writeRest(output, logAndReports, values.drainSeconds, drainStartMs);
  // npm may still be about to forward the signal, and it would kill a process that no longer has handlers.
  await setTimeout(FORWARDED_SIGNAL_MS);
  if (end.isImmediate) await endProcess(output);
}

/** Handles signals. Returns the state of the shutdown, which the handlers change. */
function installHandlers(
  server: AnyServer,
  values: ServeSettings,
  { log, report }: LogAndReports,
  manager: ServiceManager,
  output: MessageOutput | undefined,
) {
  const end = { drainStartMs: 0, isImmediate: false, loopHasEnded: false };
  handleSignals({
    drain: (signal) => {
      end.drainStartMs = performance.now();
      startDrain(server, log, signal, values.drainSeconds);
      manager.notify('STOPPING=1');
    },
    endNow: (exitCode) => {
      process.exitCode = exitCode;
      if (end.loopHasEnded) void endProcess(output);
      end.isImmediate = true;
      server.close();
    },
    status: () => {
      const states = { connections: connectionStates(server), peers: peerStates(server) };
      report('status', statusText(server), { ...server.stats(), ...states });
    },
    reopen: values.file === undefined ? undefined : fileReopener(output, log),
  });
  return end;
}

function fileReopener(output: MessageOutput | undefined, log: Log): () => void {
  return () => {
    output?.reopen().then(
      () => {
        log('info', 'reopened', 'SIGHUP: reopened the file');
      },
      (error: unknown) => {
        log('error', 'reopened', `SIGHUP: ${(error as Error).message}; the open file stays in use`);
      },
    );
  };
}

async function serve(
  server: AnyServer,
  settings: EffectiveSettings,
  log: Log,
  manager: ServiceManager,
  output: MessageOutput | undefined,
  recording?: Watching,
): Promise<void> {
  const { values } = settings;
  const served = server.serveForever();
  // A failure is reported by the `await` below. Until then it must not count as unhandled.
  served.catch(() => undefined);
  logListening(server, settings, log);
  let metrics;
  try {
    if (recording !== undefined) await startRecording(recording, server, log);
    if (values.metrics !== undefined) {
      const { startMetricsServer } = await import('./metrics-server.ts');
      metrics = await startMetricsServer(server, values, undefined, { settings: values, output });
      log('info', 'metrics', `metrics on ${metrics.url}/metrics`, { url: metrics.url });
    }
    manager.notify('READY=1');
    manager.startWatchdog(() => isAlive(server, values));
    await served;
  } finally {
    server.close();
    metrics?.close();
    await recording?.close();
  }
}

function logListening(server: AnyServer, { values, origins }: EffectiveSettings, log: Log): void {
  const { backend, timeout: timeoutSeconds } = values;
  const address = hostPortText(server.address());
  const limits = Object.keys(limitOptions).filter((name) => origins.has(name as SettingName));
  const sentence = `listening on ${address}, ${backend} with a timeout of ${timeoutSeconds} s; Ctrl-C ends it`;
  log('info', 'listening', sentence, {
    ...{ address, backend, timeoutSeconds },
    limits: Object.fromEntries(limits.map((name) => [name, values[name as SettingName]])),
  });
}

function fail(log: Log, sentence: string): void {
  log('error', 'output', sentence);
  process.exitCode = 1;
}

function startDrain(server: AnyServer, log: Log, signal: NodeJS.Signals, drainSeconds: number): void {
  server.shutdown();
  if (!(server instanceof Server)) return;
  const deadlineMs = performance.now() + drainSeconds * 1e3;
  const logProgress = (): void => {
    const { size } = server.connections;
    if (size === 0) return;
    const seconds = Math.max(0, Math.ceil((deadlineMs - performance.now()) / 1e3));
    const atMost = drainSeconds === 0 ? '' : `, at most ${seconds} s`;
    const sentence = `${signal}: finishing with ${counted(size, 'client')}${atMost}; a second signal ends the server now`;
    log('info', 'drain', sentence, { clients: size });
  };
  setInterval(logProgress, PROGRESS_INTERVAL_MS).unref();
}
