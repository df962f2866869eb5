import { files } from './scenarios/file.ts';
import { pipes } from './scenarios/pipe.ts';
import { tcpBuffer } from './scenarios/tcp-buffer.ts';
import { tcpConnect } from './scenarios/tcp-connect.ts';
import { tcpStates } from './scenarios/tcp-states.ts';
import { tcpUrgent } from './scenarios/tcp-urgent.ts';
import { udpAndUnix } from './scenarios/udp-unix.ts';
import type { Condition, Readiness } from './step.ts';

export interface Group {
  readonly title: string;
  readonly scenarios: readonly Readiness[];
}

const tables: Readonly<Record<string, readonly Condition[]>> = {
  TCP: tcpStates,
  'TCP: the urgent byte': tcpUrgent,
  'TCP: a full send buffer': tcpBuffer,
  'TCP: non-blocking connects': tcpConnect,
  'UDP and Unix sockets': udpAndUnix,
  'Pipes and FIFOs': pipes,
  'Other files': files,
};

/** What is ready when: all scenarios of `tripoll explain`, which the tests run on Python, too. */
export const groups: readonly Group[] = Object.entries(tables).map(([title, rows]) => ({
  title,
  scenarios: rows.map((row) => ({ target: 'a', ...row })),
}));
