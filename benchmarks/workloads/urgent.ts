import { connectionsText, load, workload } from '../harness/workload.ts';

const CONNECTIONS = 64;

export default workload('out-of-band', 'An urgent byte, found by the third set, answered with a normal one.', [
  {
    name: `urgent bytes, ${connectionsText(CONNECTIONS)}`,
    role: 'urgent',
    parameters: { connections: CONNECTIONS },
    load: load('urgent', { connections: CONNECTIONS }),
    countsSyscalls: true,
  },
]);
