import { groups } from '../../src/explain/scenarios.ts';
import { measuring, type Scenario, type Table } from './scenario.ts';
import { epollObject } from './scenarios/epoll-object.ts';
import { pollObject } from './scenarios/poll-object.ts';
import { regressions } from './scenarios/regressions.ts';
import { selectArguments } from './scenarios/select-arguments.ts';
import { selectResult } from './scenarios/select-result.ts';
import { selectors } from './scenarios/selectors.ts';
import { sockets } from './scenarios/socket.ts';

const readiness = groups.flatMap(({ scenarios }) => scenarios);

/** The written scenarios: Python's behaviour, row by row of the specification. */
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
