import { grouped, LEADING_FAMILIES, load, workload } from '../harness/workload.ts';

const CONNECTIONS = 8000;

export default workload('memory', 'How much resident memory an idle connection costs the server.', [
  {
    name: `memory, ${grouped(CONNECTIONS)} idle connections`,
    role: 'echo',
    kind: 'memory',
    parameters: { connections: CONNECTIONS },
    load: load('hold', { connections: CONNECTIONS }),
    comparesMechanisms: true,
    usualFamilies: LEADING_FAMILIES,
    extent: 'usual',
  },
]);
