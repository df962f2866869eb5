import { grouped, load, workload } from '../harness/workload.ts';

const INTERVAL_SECONDS = 0.02;
const DRIVERS = ['tripoll-select', 'tripoll-poll', 'tripoll-epoll', 'node-net', 'python-asyncio', 'redis-server'];

export default workload(
  'crowd',
  'A crowd sends request lines as fast as its sockets accept them, and reads nothing or everything. An honest client asks every ' +
    '20 ms and waits for its answer, and in servers in Node a timer of 10 ms runs. It shows whether a crowd takes the server away ' +
    'from the others.',
  [300, 1000].flatMap((connections) =>
    ['nothing', 'everything'].flatMap((reads) =>
      [2, 64].map((size) => ({
        name: `crowd, ${grouped(connections)} clients read ${reads}, ${size} B`,
        role: 'crowd' as const,
        parameters: { connections, reads, size },
        load: load('crowd', { connections, size, reads: reads === 'everything' ? 1 : 0, interval: INTERVAL_SECONDS }),
        // The buffers of the crowd's sockets fill for seconds. The usual warm-up is enough.
        stretch: 3,
        warmupStretch: 1,
        drivers: DRIVERS,
      })),
    ),
  ),
);
