import { grouped, LEADING_FAMILIES, load, workload } from '../harness/workload.ts';

const [ACTIVE, SIZE] = [64, 64];

export default workload(
  'idle clients',
  'Echo for 64 clients among many silent ones. Each silent client costs select and poll time, and costs epoll nothing.',
  [0, 1000, 8000].map((idle) => ({
    name: `echo, ${ACTIVE} active among ${grouped(idle)} idle, ${SIZE} B`,
    role: 'echo',
    parameters: { connections: ACTIVE, depth: 1, idle, size: SIZE },
    load: load('echo', { connections: ACTIVE, depth: 1, size: SIZE, idle }),
    comparesMechanisms: true,
    usualFamilies: LEADING_FAMILIES,
    extent: idle === 1000 ? 'all' : 'quick',
  })),
);
