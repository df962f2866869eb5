import { connectionsText, LEADING_FAMILIES, load, workload } from '../harness/workload.ts';

const [CONNECTIONS, DEPTH, SIZE] = [64, 16, 64];

export default workload(
  'pipelined echo',
  'Sixteen messages in one segment, which the server sends back as one chunk.',
  [
    {
      name: `pipelined echo, ${connectionsText(CONNECTIONS)}, ${DEPTH} deep, ${SIZE} B`,
      role: 'echo',
      parameters: { connections: CONNECTIONS, depth: DEPTH, size: SIZE },
      load: load('echo', { connections: CONNECTIONS, depth: DEPTH, size: SIZE }),
      countsSyscalls: true,
      usualFamilies: LEADING_FAMILIES,
      extent: 'quick',
    },
  ],
);
