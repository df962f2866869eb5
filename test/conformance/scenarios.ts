import type { Scenario, Table } from './scenario.ts';
import { epollObject } from './scenarios/epoll-object.ts';
import { pollObject } from './scenarios/poll-object.ts';
import { files } from './scenarios/readiness/file.ts';
import { pipes } from './scenarios/readiness/pipe.ts';
import { measuring } from './scenarios/readiness/readiness.ts';
import { tcpBuffer } from './scenarios/readiness/tcp-buffer.ts';
import { tcpConnect } from './scenarios/readiness/tcp-connect.ts';
import { tcpStates } from './scenarios/readiness/tcp-states.ts';
import { tcpUrgent } from './scenarios/readiness/tcp-urgent.ts';
import { udpAndUnix } from './scenarios/readiness/udp-unix.ts';
import { regressions } from './scenarios/regressions.ts';
import { selectArguments } from './scenarios/select-arguments.ts';
import { selectResult } from './scenarios/select-result.ts';
import { selectors } from './scenarios/selectors.ts';
import { sockets } from './scenarios/socket.ts';

const readiness = [...tcpStates, ...tcpUrgent, ...tcpBuffer, ...tcpConnect, ...udpAndUnix, ...pipes, ...files];

/** The written scenarios: what Python does, row by row of the specification. */
export const tables: Table[] = [
  table('what is ready when', readiness.map(measuring)),
  table('select.select: arguments', selectArguments),
  table('select.select: results', selectResult),
  table('select.poll', pollObject),
  table('select.epoll', epollObject),
  ...selectors,
  table('socket', sockets),
  table('regressions', regressions),
];

function table(title: string, scenarios: Scenario[]): Table {
  return { title, scenarios };
}
