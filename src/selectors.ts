export { DefaultSelector } from './selectors/default-selector.ts';
export { EpollSelector } from './selectors/epoll-selector.ts';
export { PollSelector } from './selectors/poll-selector.ts';
export { SelectSelector } from './selectors/select-selector.ts';
export {
  BaseSelector,
  type DataArgument,
  EVENT_EXCEPTIONAL,
  EVENT_READ,
  EVENT_WRITE,
  type ReadyKey,
} from './selectors/selector.ts';
export { SelectorKey } from './selectors/selector-key.ts';
export { SelectorMap } from './selectors/selector-map.ts';
