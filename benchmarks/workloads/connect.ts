import { LEADING_FAMILIES, load, workload } from '../harness/workload.ts';

const [CONCURRENCY, SIZE] = [16, 64];

export default workload(
  'connect-send-close',
  'A client connects, sends one message and closes, repeatedly, as the client in the article does.',
  [
    {
      name: `connect-send-close, ${CONCURRENCY} at once, ${SIZE} B`,
      role: 'collect',
      parameters: { concurrency: CONCURRENCY, size: SIZE },
      load: load('connect', { concurrency: CONCURRENCY, size: SIZE }),
      countsSyscalls: true,
      usualFamilies: LEADING_FAMILIES,
      extent: 'quick',
    },
  ],
);
