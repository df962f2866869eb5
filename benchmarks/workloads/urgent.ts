import { connectionsText, load, workload } from '../harness/workload.ts';

const CONNECTIONS = 64;

export default workload(
  'out-of-band',
  'An urgent byte, which the third set reports, and which the server answers with a normal byte.',
  [
    {
      name: `urgent bytes, ${connectionsText(CONNECTIONS)}`,
      role: 'urgent',
      parameters: { connections: CONNECTIONS },
      load: load('urgent', { connections: CONNECTIONS }),
      countsSyscalls: true,
    },
  ],
);
