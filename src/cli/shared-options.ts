// The options that `tripoll serve`, `tripoll trace record` and `tripoll watch` have in common.
import type { Backend } from '../server/loop/wait-set/backend.ts';
import { limitDefaults } from '../server/limits.ts';
import { turnsPerSecondDefault } from '../trace/turn-rate-limit.ts';
import { choiceOption, seconds, type TypedOption, valueOption, wholeNumber } from './values.ts';

const [DEFAULT_TIMEOUT_SECONDS] = limitDefaults.timeoutSeconds;

export function backendOption(): TypedOption<Backend> {
  return choiceOption('--backend <call>', 'the system call that waits', ['select', 'poll', 'epoll'], 'select');
}

export function timeoutOption(): TypedOption<number> {
  const help = 'the longest wait in one turn of the loop';
  return valueOption('--timeout <seconds>', help, seconds(0.001, 3600), DEFAULT_TIMEOUT_SECONDS);
}

export function turnsPerSecondOption(): TypedOption<number> {
  const help = 'how many turns a second the watch page and the trace file record; 0 records all';
  return valueOption('--turns-per-second <number>', help, wholeNumber(0, 1_000_000), turnsPerSecondDefault);
}
