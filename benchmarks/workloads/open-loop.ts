import { connectionsText, grouped, load, workload } from '../harness/workload.ts';

const [CONNECTIONS, SIZE] = [64, 64];
const RATES = [5000, 20_000, 40_000, 60_000, 80_000, 100_000];
const DRIVERS = ['tripoll-select', 'tripoll-epoll', 'node-net', 'c-epoll', 'python-asyncio'];

export default workload(
  'open loop',
  'Messages are sent at a fixed rate, even when the server is late. Each latency starts when the message was due.',
  RATES.map((rate) => ({
    name: `open loop, ${grouped(rate)} a second, ${connectionsText(CONNECTIONS)}, ${SIZE} B`,
    role: 'echo',
    parameters: { connections: CONNECTIONS, rate, size: SIZE },
    load: load('rate', { connections: CONNECTIONS, rate, size: SIZE }),
    stretch: 2,
    drivers: DRIVERS,
    quick: rate === 20_000,
  })),
);
