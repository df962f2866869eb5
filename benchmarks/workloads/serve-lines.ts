import { type CellData, grouped, load, workload } from '../harness/workload.ts';
import type { OutputRole } from '../harness/results.ts';

const CONNECTIONS = 100;
// One back-end of tripoll is enough to show what the size of a line costs.
const ONE_BACKEND = ['tripoll-serve-epoll', 'rsyslog', 'socat'];

const places: Readonly<Record<OutputRole, string>> = {
  'text-file': 'text into a file',
  'json-file': 'JSON into a file',
  'text-pipe': 'text into a pipe',
  'json-pipe': 'JSON into a pipe',
  'text-null': 'text into /dev/null',
  'json-null': 'JSON into /dev/null',
  'text-reopened': 'text into a file that is reopened every 100 ms',
  'text-slow-pipe': 'text into a pipe whose reader is slow',
};

// `lines` is the number of lines for each second of the window.
function cell(role: OutputRole, batch: number, size: number, lines: number, more: Partial<CellData> = {}): CellData {
  const parameters = { connections: CONNECTIONS, batch, size };
  return {
    name: `serve-lines, ${CONNECTIONS} clients, ${batch} a write, ${grouped(size)} B, ${places[role]}`,
    role,
    parameters: { ...parameters, output: role },
    load: load('stream', { ...parameters, messages: lines }),
    ...more,
  };
}

export default workload(
  'serve-lines',
  'Clients write numbered lines, and the receiver writes them: `tripoll serve`, and rsyslog and socat, which an operator would run ' +
    'instead. Each line must arrive once and whole, and the lines of a client in order.',
  [
    cell('text-file', 16, 64, 1_000_000, { extent: 'quick' }),
    cell('json-file', 16, 64, 600_000, { extent: 'usual' }),
    cell('text-file', 1, 64, 200_000, { extent: 'usual' }),
    cell('json-file', 1, 64, 200_000),
    cell('text-pipe', 16, 64, 1_000_000),
    cell('json-pipe', 16, 64, 600_000),
    cell('text-null', 16, 64, 1_000_000),
    cell('json-null', 16, 64, 600_000),
    ...(['text-file', 'json-file'] as const).flatMap((role) => [
      cell(role, 16, 16, 1_000_000, { drivers: ONE_BACKEND }),
      cell(role, 1, 16, 200_000, { drivers: ONE_BACKEND }),
      cell(role, 16, 1024, 200_000, { drivers: ONE_BACKEND }),
      cell(role, 1, 1024, 50_000, { drivers: ONE_BACKEND }),
    ]),
    cell('text-reopened', 16, 64, 1_000_000, { drivers: ONE_BACKEND }),
    cell('text-slow-pipe', 16, 64, 30_000, { drivers: ONE_BACKEND }),
  ],
);
