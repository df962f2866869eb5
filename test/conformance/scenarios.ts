import type { Scenario } from './scenario.ts';
import { files } from './scenarios/file.ts';
import { pipes } from './scenarios/pipe.ts';
import { tcpBuffer } from './scenarios/tcp-buffer.ts';
import { tcpConnect } from './scenarios/tcp-connect.ts';
import { tcpStates } from './scenarios/tcp-states.ts';
import { tcpUrgent } from './scenarios/tcp-urgent.ts';
import { udpAndUnix } from './scenarios/udp-unix.ts';

/** What is ready when: each row of the table, with what Python's select, poll and epoll say on Linux. */
export const scenarios: Scenario[] = [
  ...tcpStates,
  ...tcpUrgent,
  ...tcpBuffer,
  ...tcpConnect,
  ...udpAndUnix,
  ...pipes,
  ...files,
];
