import { connectionsText, load, workload } from '../harness/workload.ts';

const [CONNECTIONS, RATE, SIZE] = [1, 100, 64];

export default workload(
  'wake-up',
  'One message every 10 ms to a server that waits. It shows how long a waiting server needs for an answer.',
  [
    {
      name: `wake-up, ${connectionsText(CONNECTIONS)}, ${RATE} a second, ${SIZE} B`,
      role: 'echo',
      parameters: { connections: CONNECTIONS, rate: RATE, size: SIZE },
      load: load('rate', { connections: CONNECTIONS, rate: RATE, size: SIZE, idle: 0 }),
      stretch: 2,
    },
  ],
);
