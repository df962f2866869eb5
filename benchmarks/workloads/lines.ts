import { grouped, load, workload } from '../harness/workload.ts';

const CONNECTIONS = 100;
const SIZE = 64;

// How they are sent, and how many a second of the window: about what the fastest driver takes.
const FORMS = [
  { batch: 1, how: 'as fast as they go', lines: 250_000 },
  { batch: 16, how: 'as fast as they go', lines: 1_000_000, countsSyscalls: true },
  // Slow enough that each write is found by a recv of its own: what a recv of sixteen lines costs.
  { batch: 16, how: `${grouped(40_000)} writes a second`, lines: 640_000, pace: 40_000, countsSyscalls: true },
  // A server that lags behind finds a whole buffer in each recv: what the lines themselves cost.
  { batch: 16, how: '64 KiB behind', lines: 2_000_000, pile: 65_536, quick: true },
];

export default workload(
  'lines',
  'Senders write lines; the handler gets each as an object of its own, or a batch a turn.',
  FORMS.flatMap(({ batch, how, lines, pace = 0, pile = 0, countsSyscalls = false, quick = false }) =>
    (['lines', 'batch'] as const).map((role) => {
      const parameters = { connections: CONNECTIONS, batch, size: SIZE, pace, pile };
      const taken = role === 'batch' ? ', taken a batch a turn' : '';
      return {
        name: `lines, ${CONNECTIONS} senders, ${batch} a write, ${SIZE} B, ${how}${taken}`,
        role,
        parameters,
        load: load('stream', { ...parameters, messages: lines }),
        countsSyscalls,
        quick,
      };
    }),
  ),
);
