export type { Address } from './socket.ts';
export type { Connection } from './server/connection/connection.ts';
export {
  type DatagramOptions,
  DatagramServer,
  datagramsPerTurnDefault,
  type DatagramStats,
  type Peer,
} from './server/datagram-server.ts';
export type { DisconnectReason } from './server/connection/disconnect-reason.ts';
export { type Framing, FramingError } from './server/framing/framing.ts';
export { limitDefaults, type LimitOptions, type Limits } from './server/limits.ts';
export type { ListenAddress } from './server/listener/listen.ts';
export type { MessageBatch } from './server/connection/message-batch.ts';
export type { Handlers, ServerOptions } from './server/options.ts';
export type { ServerStats } from './server/stats.ts';
export type { FdEvents, ReadyFd, TurnAction, TurnRecord } from './server/turns/turn-record.ts';
export type { TurnWatcher } from './server/turns/turn-recorder.ts';
export type { Backend } from './server/loop/wait-set/backend.ts';
export { type ReceivedFrom, Server } from './server/server.ts';
export { type PrintedTurn, traceText } from './trace/trace-text.ts';
