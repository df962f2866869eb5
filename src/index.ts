export {
  BlockingIOError,
  BrokenPipeError,
  ChildProcessError,
  ConnectionAbortedError,
  ConnectionError,
  ConnectionRefusedError,
  ConnectionResetError,
  FileExistsError,
  FileNotFoundError,
  gaierror,
  herror,
  InterruptedError,
  IsADirectoryError,
  KeyError,
  NotADirectoryError,
  OSError,
  type OSErrorDetails,
  PermissionError,
  ProcessLookupError,
  TimeoutError,
} from './system/errors.ts';
export type { FileObject } from './system/fileobj.ts';
export { Epoll, epoll, Poll, poll, select, selectAsync } from './select.ts';
export {
  BaseSelector,
  DefaultSelector,
  EpollSelector,
  EVENT_EXCEPTIONAL,
  EVENT_READ,
  EVENT_WRITE,
  PollSelector,
  SelectorKey,
  SelectSelector,
} from './selectors.ts';
export { Server, type ServerOptions, type ServerStats } from './server.ts';
export { Socket, socket } from './socket.ts';
