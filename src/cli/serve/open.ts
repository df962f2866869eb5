import type { ListenAddress } from '../../server/listener/listen.ts';
import type { TurnRecord } from '../../server/turns/turn-record.ts';
import type { Recorder } from '../../trace/recorder.ts';
import { traceText } from '../../trace/trace-text.ts';
import { Failure } from '../failure.ts';
import type { Log, Report } from './log.ts';
import { forms } from './form.ts';
import { FileOutput, type Output, StreamOutput } from './output.ts';
import { openService, type Service } from './service.ts';
import type { Configuration } from './settings.ts';
import { activatedFd } from './systemd.ts';

/**
 * Opens where messages go.
 * @param values The settings.
 * @param failed Called where a file cannot be written to any more.
 * @returns The output; `undefined` where nothing is to be printed.
 * @throws {Failure} Where the file cannot be opened.
 */
export function openOutput(values: Configuration, failed: (error: Error) => void): Output | undefined {
  const { file, output, quiet } = values;
  if (file !== undefined) {
    try {
      return new FileOutput(file, forms[output], failed);
    } catch (error) {
      throw new Failure(`--file: ${(error as Error).message}`, 1);
    }
  }
  const form = output === 'text' && process.stdout.isTTY ? 'visible' : output;
  return quiet ? undefined : new StreamOutput(process.stdout, forms[form]);
}

/**
 * Opens the service.
 * @param values The settings.
 * @param log Where it logs.
 * @param report Where its turns are shown, if they are.
 * @param output Where its messages go, if anywhere.
 * @param recorder Who records it, if anybody.
 * @returns It, listening.
 * @throws {OSError} Where it cannot listen there.
 * @throws {Failure} Where settings do not fit together.
 */
export function open(
  values: Configuration,
  log: Log,
  report: Report,
  output: Output | undefined,
  recorder?: Recorder,
): Service {
  const onTurn = (turn: TurnRecord): void => {
    report('turn', traceText(turn), { ...turn });
  };
  try {
    return openService(values, {
      ...{ log, output, recorder, address: listenAddress(values) },
      onTurn: values.trace ? onTurn : undefined,
    });
  } catch (error) {
    throw error instanceof RangeError ? new Failure(error.message) : error;
  }
}

function listenAddress({ host, port, unix, fd, systemd }: Configuration): ListenAddress {
  if (unix !== undefined) return unix;
  if (systemd !== undefined) return { fd: activatedFd(systemd, process.env) };
  return fd === undefined ? [host, port] : { fd };
}
