// Moves that make and use poll, epoll and selector objects, and moves that wait.

import type { Value } from '../values.ts';
import {
  someEpollMask,
  someEvents,
  someFile,
  someMask,
  someSelectorFile,
  someSelectorTimeout,
  someTimeout,
} from './arguments.ts';
import type { Move, Plan, SelectorClass } from './plan.ts';

const needsPoll = (plan: Plan): boolean => plan.polls.length > 0;
const needsEpoll = (plan: Plan): boolean => plan.epolls.length > 0;
const needsSelector = (plan: Plan): boolean => plan.selectors.length > 0;

/** Makes a move that calls a method of such an object. */
function calling(
  possible: (plan: Plan) => boolean,
  from: string,
  names: (plan: Plan) => string[],
  method: string,
  args: (plan: Plan) => Value[],
): Move {
  return {
    possible,
    from,
    make(plan) {
      plan.add([`${plan.pick(names(plan))}.${method}`, ...args(plan)]);
    },
  };
}

const onPoll = (method: string, args: (plan: Plan) => Value[]): Move =>
  calling(needsPoll, 'poll()', (plan) => plan.polls, method, args);
const onEpoll = (method: string, args: (plan: Plan) => Value[]): Move =>
  calling(needsEpoll, 'epoll()', (plan) => plan.epolls, method, args);
const onSelector = (method: string, args: (plan: Plan) => Value[]): Move =>
  calling(needsSelector, 'selector()', (plan) => plan.selectors.map(({ name }) => name), method, args);

const classes: SelectorClass[] = ['EpollSelector', 'PollSelector', 'SelectSelector'];
// One call in three omits the mask.
const withMask = (plan: Plan, mask: (plan: Plan) => Value): Value[] =>
  plan.pick(['mask', 'mask', 'default']) === 'mask' ? [someFile(plan), mask(plan)] : [someFile(plan)];
const withData = (plan: Plan): Value[] => [
  someSelectorFile(plan),
  someEvents(plan),
  plan.pick([null, 'data', 'other']),
];

export const pollers: Record<string, Move> = {
  'poll()': {
    make(plan) {
      const name = plan.fresh('p');
      plan.polls.push(name);
      plan.add([`${name} = select.poll`]);
    },
  },
  'poll register': onPoll('register', (plan) => withMask(plan, someMask)),
  'poll modify': onPoll('modify', (plan) => [someFile(plan), someMask(plan)]),
  'poll unregister': onPoll('unregister', (plan) => [someFile(plan)]),

  'epoll()': {
    make(plan) {
      const name = plan.fresh('e');
      plan.epolls.push(name);
      plan.add([`${name} = select.epoll`]);
    },
  },
  'epoll register': onEpoll('register', (plan) => withMask(plan, someEpollMask)),
  'epoll modify': onEpoll('modify', (plan) => [someFile(plan), someEpollMask(plan)]),
  'epoll unregister': onEpoll('unregister', (plan) => [someFile(plan)]),
  'epoll close': {
    possible: needsEpoll,
    from: 'epoll()',
    make(plan) {
      const name = plan.pick(plan.epolls);
      plan.add([`${name}.close`], [`${name}.closed`], [`${name}.poll`, 0]);
      plan.markClosed(name);
    },
  },

  'selector()': {
    make(plan) {
      const selector = { name: plan.fresh('q'), type: plan.pick(classes), isClosed: false };
      plan.selectors.push(selector);
      plan.add([`${selector.name} = selectors.${selector.type}`]);
    },
  },
  'selector register': onSelector('register', withData),
  'selector modify': onSelector('modify', withData),
  'selector unregister': onSelector('unregister', (plan) => [someSelectorFile(plan)]),
  'selector get_key': onSelector('get_key', (plan) => [someSelectorFile(plan)]),
  'selector get_map': {
    possible: needsSelector,
    from: 'selector()',
    make(plan) {
      const map = plan.fresh('m');
      const { name, isClosed } = plan.pick(plan.selectors);
      plan.add([`${map} = ${name}.get_map`]);
      if (!isClosed) plan.add([`${map}.__len__`], [`${map}.keys`], [`${map}.get`, someSelectorFile(plan)]);
    },
  },
  'selector close': {
    possible: needsSelector,
    from: 'selector()',
    make(plan) {
      const selector = plan.pick(plan.selectors);
      selector.isClosed = true;
      plan.add([`${selector.name}.close`]);
    },
  },
};

/** Moves that wait. All other steps of a scenario prepare for them. */
export const waits: Record<string, Move> = {
  'select wait': {
    make(plan) {
      const list = (): Value[] => plan.pick([[1, 2], [1], [], [1, 2, 3]]).map(() => someFile(plan));
      plan.add(['select.select', list(), list(), list(), someTimeout(plan, [0, 0, 0.001, false, -1])]);
    },
  },
  // A negative timeout would wait for ever.
  'poll wait': onPoll('poll', (plan) => [someTimeout(plan, [0, 0, 1, 0.1])]),
  'epoll wait': onEpoll('poll', (plan) => [
    someTimeout(plan, [0, 0, 0.001]),
    plan.pick([-1, -1, -1, -1, 1, 2, 1000, 0, -2, null]),
  ]),
  'selector wait': onSelector('select', (plan) => [someSelectorTimeout(plan)]),
};
