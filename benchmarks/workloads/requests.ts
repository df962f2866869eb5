import { connectionsText, LEADING_FAMILIES, load, workload } from '../harness/workload.ts';

const [CONNECTIONS, SIZE] = [64, 64];

export default workload(
  'request lines',
  'Each line is answered with a line. The handler makes one write for each request, and the server may send several together.',
  [1, 16].map((depth) => ({
    name: `request lines, ${connectionsText(CONNECTIONS)}, ${depth} in one segment, ${SIZE} B`,
    role: 'reply',
    parameters: { connections: CONNECTIONS, depth, size: SIZE },
    load: load('echo', { connections: CONNECTIONS, depth, size: SIZE }),
    countsSyscalls: true,
    ...(depth === 16 ? {} : { usualFamilies: LEADING_FAMILIES }),
    extent: depth === 16 ? 'quick' : 'all',
  })),
);
