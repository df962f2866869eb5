import { files } from './scenarios/file.ts';
import { pipes } from './scenarios/pipe.ts';
import { tcpBuffer } from './scenarios/tcp-buffer.ts';
import { tcpConnect } from './scenarios/tcp-connect.ts';
import { tcpStates } from './scenarios/tcp-states.ts';
import { tcpUrgent } from './scenarios/tcp-urgent.ts';
import { udpAndUnix } from './scenarios/udp-unix.ts';
import type { Readiness } from './step.ts';

export interface Group {
  readonly title: string;
  readonly scenarios: readonly Readiness[];
}

/** What is ready when: all scenarios of `tripoll explain`, which the tests run on Python, too. */
export const groups: readonly Group[] = [
  { title: 'TCP', scenarios: tcpStates },
  { title: 'TCP: the urgent byte', scenarios: tcpUrgent },
  { title: 'TCP: a full send buffer', scenarios: tcpBuffer },
  { title: 'TCP: non-blocking connects', scenarios: tcpConnect },
  { title: 'UDP and Unix sockets', scenarios: udpAndUnix },
  { title: 'Pipes and FIFOs', scenarios: pipes },
  { title: 'Other files', scenarios: files },
];
