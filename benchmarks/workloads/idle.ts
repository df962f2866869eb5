import { grouped, LEADING_FAMILIES, load, workload } from '../harness/workload.ts';

const [ACTIVE, SIZE] = [64, 64];

export default workload(
  'idle clients',
  'Echo for 64 clients among many that are silent: what select and poll pay for each of them, and epoll does not.',
  [0, 1000, 8000].map((idle) => ({
    name: `echo, ${ACTIVE} active among ${grouped(idle)} idle, ${SIZE} B`,
    role: 'echo',
    parameters: { connections: ACTIVE, idle, size: SIZE },
    load: load('echo', { connections: ACTIVE, depth: 1, size: SIZE, idle }),
    families: LEADING_FAMILIES,
    quick: idle === 8000,
  })),
);
