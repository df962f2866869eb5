import { type CellData, grouped, LEADING_FAMILIES, load, workload } from '../harness/workload.ts';

const CONNECTIONS = 100;
const SIZE = 64;

type Form = { batch: number; how: string; lines: number; pace?: number; pile?: number } & Pick<
  Partial<CellData>,
  'countsSyscalls' | 'extent'
>;

// How the lines are sent. `lines` is their number for each second of the window, about as many as the fastest driver reads.
const FORMS: readonly Form[] = [
  { batch: 1, how: 'as fast as they go', lines: 250_000 },
  { batch: 16, how: 'as fast as they go', lines: 1_000_000, countsSyscalls: true },
  // At this pace the server reads each write with a separate recv. It shows the cost of a recv of sixteen lines.
  {
    batch: 16,
    how: `${grouped(40_000)} writes a second`,
    lines: 640_000,
    pace: 40_000,
    countsSyscalls: true,
    extent: 'usual',
  },
  // A server that lags behind reads a full buffer with each recv. It shows the cost of the lines themselves.
  { batch: 16, how: '64 KiB behind', lines: 2_000_000, pile: 65_536, extent: 'quick' },
];

export default workload(
  'lines',
  'Senders write lines. The handler gets each line as a separate object, or all lines of a turn as one batch.',
  FORMS.flatMap(({ batch, how, lines, pace = 0, pile = 0, countsSyscalls = false, extent = 'all' }) =>
    (['lines', 'batch'] as const).map((role) => {
      const parameters = { connections: CONNECTIONS, batch, size: SIZE, pace, pile };
      const taken = role === 'batch' ? ', taken a batch a turn' : '';
      return {
        name: `lines, ${CONNECTIONS} senders, ${batch} a write, ${SIZE} B, ${how}${taken}`,
        role,
        parameters,
        load: load('stream', { ...parameters, messages: lines }),
        countsSyscalls,
        usualFamilies: LEADING_FAMILIES,
        extent,
      };
    }),
  ),
);
