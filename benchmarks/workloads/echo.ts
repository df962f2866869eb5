import { connectionsText, LEADING_FAMILIES, load, workload } from '../harness/workload.ts';

const SIZE = 64;

export default workload(
  'echo',
  'Each client sends 64 bytes, waits until they are back, and repeats that. It shows the cost of one message.',
  [1, 64, 1000].map((connections) => ({
    name: `echo, ${connectionsText(connections)}, ${SIZE} B`,
    role: 'echo',
    parameters: { connections, depth: 1, size: SIZE },
    load: load('echo', { connections, depth: 1, size: SIZE }),
    countsSyscalls: connections === 64,
    comparesMechanisms: true,
    ...(connections === 64 ? {} : { usualFamilies: LEADING_FAMILIES }),
    extent: connections === 64 ? 'quick' : 'all',
  })),
);
