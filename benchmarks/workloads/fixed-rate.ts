import { connectionsText, grouped, LEADING_FAMILIES, load, workload } from '../harness/workload.ts';

const [CONNECTIONS, SIZE] = [64, 64];
const RATES = [1000, 10_000, 40_000, 80_000];
// With these two rates, all servers of a usual run show how the cost of a message depends on the rate.
const ALL_SERVERS = [1000, 40_000];

export default workload(
  'fixed rate',
  'Messages are sent at a fixed rate, even when the server is late, as most servers have it most of the day. A turn of the server ' +
    'finds one or two events, so a message pays for the whole wait. Each latency starts when the message was due.',
  RATES.map((rate) => ({
    name: `fixed rate, ${grouped(rate)} a second, ${connectionsText(CONNECTIONS)}, ${SIZE} B`,
    role: 'echo',
    parameters: { connections: CONNECTIONS, rate, size: SIZE },
    load: load('rate', { connections: CONNECTIONS, rate, size: SIZE }),
    stretch: 1.5,
    countsSyscalls: ALL_SERVERS.includes(rate),
    ...(ALL_SERVERS.includes(rate) ? {} : { usualFamilies: LEADING_FAMILIES }),
    extent: ALL_SERVERS.includes(rate) ? 'quick' : 'usual',
  })),
);
