import { files } from './scenarios/file.ts';
import { pipes } from './scenarios/pipe.ts';
import { tcpBuffer } from './scenarios/tcp-buffer.ts';
import { tcpConnect } from './scenarios/tcp-connect.ts';
import { tcpStates } from './scenarios/tcp-states.ts';
import { tcpUrgent } from './scenarios/tcp-urgent.ts';
import { udpAndUnix } from './scenarios/udp-unix.ts';
import type { Readiness } from './step.ts';

/** Scenarios that belong together. */
export interface Group {
  /** What they are about. */
  readonly title: string;
  /** They. */
  readonly scenarios: readonly Readiness[];
}

/** What is ready when: every scenario that the tests and `tripoll explain` know. */
export const groups: readonly Group[] = [
  { title: 'TCP', scenarios: tcpStates },
  { title: 'TCP: the urgent byte', scenarios: tcpUrgent },
  { title: 'TCP: a full send buffer', scenarios: tcpBuffer },
  { title: 'TCP: non-blocking connects', scenarios: tcpConnect },
  { title: 'UDP and Unix sockets', scenarios: udpAndUnix },
  { title: 'Pipes and FIFOs', scenarios: pipes },
  { title: 'Other files', scenarios: files },
];
