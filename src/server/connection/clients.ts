import { Buffer } from 'node:buffer';

import { EVENT_EXCEPTIONAL, EVENT_READ } from '../../selectors/event-mask.ts';
import type { CompactAddress } from '../../socket/address.ts';
import * as sys from '../../system/calls.ts';
import { POLLERR } from '../../system/constants/select.ts';
import { PollTable } from '../../system/poll-table.ts';
import { Frames } from '../framing/frames.ts';
import { createFraming } from '../framing/framing.ts';
import { MessageCopies } from '../framing/message-copies.ts';
import type { HandlerCalls } from '../handler-calls.ts';
import { type Limits, RECV_BYTES } from '../limits.ts';
import type { Loop, Source } from '../loop/loop.ts';
import type { RunQueue } from '../loop/run-queue.ts';
import type { ServerOptions } from '../options.ts';
import { Peers } from '../peers.ts';
import type { TurnRecorders } from '../turns/turn-recorders.ts';
import { AddressCounts } from './address-counts.ts';
import { BatchReceive } from './batch-receive.ts';
import { BatchSend } from './batch-send.ts';
import { ClientConnection, type ConnectionOwner, type ConnectionSettings } from './client-connection.ts';
import type { Connection } from './connection.ts';
import type { DisconnectReason } from './disconnect-reason.ts';
import { EndOfTurn } from './end-of-turn.ts';
import type { Input } from './input.ts';
import { FrameBatch, type MessageBatch } from './message-batch.ts';
import { ProxyHeader } from './proxy-protocol.ts';

const MAX_CHECK_INTERVAL_MS = 1000;
const MIN_CHECK_INTERVAL_MS = 100;
// A batch is delivered in one piece: 64 KiB of 64-byte lines.
const MAX_BATCH_MESSAGES = 1024;

/** All clients of a server: it makes their connections, calls the handlers for them, and closes them. */
export class Clients implements ConnectionOwner {
  readonly loop: Loop;
  readonly settings: ConnectionSettings;
  readonly all = new Set<ClientConnection>();
  readonly counts = { clients: 0, messages: 0, bytes: 0, bytesSent: 0 };
  readonly disconnects: Partial<Record<DisconnectReason, number>> = {};
  readonly unfinishedCounts: Partial<Record<DisconnectReason, number>> = {};
  readonly #options: ServerOptions;
  readonly #handlers: HandlerCalls<Connection>;
  readonly #recorders: TurnRecorders | undefined;
  readonly #onFdFreed: () => void;
  readonly #addressCounts = new AddressCounts();
  readonly peers: Peers;
  readonly #endOfTurn: EndOfTurn;
  readonly #batchReceive: BatchReceive;
  #onMessage: ServerOptions['onMessage'];
  // Connections that are not read from until others have freed memory.
  readonly #stoppedForMemory = new Set<ClientConnection>();
  readonly #resetCheck = new PollTable();
  #heldBytes = 0;
  #closesIdle = false;
  #limitsAddresses = true;
  #nextCheckMs = 0;

  /** `onFdFreed` is called when the fd of a client has been closed. */
  constructor(
    options: ServerOptions,
    limits: Limits,
    loop: Loop,
    handlers: HandlerCalls<Connection>,
    recorders: TurnRecorders | undefined,
    onFdFreed: () => void,
  ) {
    this.#options = options;
    this.loop = loop;
    this.#handlers = handlers;
    this.#recorders = recorders;
    this.#onFdFreed = onFdFreed;
    this.#onMessage = options.onMessage;
    this.peers = new Peers(limits.maxPeers, limits.expectEverySeconds, (silence) => {
      handlers.call('onSilence', silence.connection, options.onSilence, silence);
    });
    this.settings = settingsOf(options, limits, loop);
    this.#endOfTurn = new EndOfTurn(loop, new BatchSend(this));
    this.#batchReceive = new BatchReceive(this);
  }

  /** Replaces the handler of messages. */
  set onMessage(handler: ServerOptions['onMessage']) {
    this.#onMessage = handler;
  }

  /** Adds a new client. Its connection owns `fd` from now on. */
  add(fd: number, address: CompactAddress): void {
    const { limits, urgentInterest } = this.settings;
    const header = this.#options.proxyProtocol ? new ProxyHeader() : undefined;
    const connection = new ClientConnection(fd, address, header, this);
    this.all.add(connection);
    this.counts.clients++;
    if (this.#options.overload === 'shed' && this.all.size > limits.maxClients) connection.close('shed');
    try {
      if (!connection.closed) this.loop.watch(connection, EVENT_READ | urgentInterest);
    } catch (error) {
      // epoll may refuse the fd: ENOSPC, ENOMEM.
      this.#handlers.failed(error, connection);
    }
    if (header === undefined && !connection.closed) this.addressKnown(connection);
  }

  turnStarted(): void {
    this.#endOfTurn.turnStarted();
  }

  /** As LoopOwner.serveTogether. */
  receiveTogether(queue: RunQueue<Source>): number {
    return this.#batchReceive.receive(queue);
  }

  /** Sends what was written in the turn. */
  turnEnded(): void {
    if (this.#stoppedForMemory.size > 0 && !this.isOverMemory) {
      for (const connection of this.#stoppedForMemory) this.#endOfTurn.schedule(connection);
      this.#stoppedForMemory.clear();
    }
    this.#endOfTurn.turnEnded();
  }

  /** Closes the clients whose deadlines have passed, and during a shutdown also the idle clients. */
  closeOverdueAndIdle(): void {
    const { nowMs } = this.loop;
    if (nowMs >= this.#nextCheckMs) {
      const intervalMs = Math.min(this.settings.limits.timeoutSeconds * 1e3, MAX_CHECK_INTERVAL_MS);
      this.#nextCheckMs = nowMs + Math.max(intervalMs, MIN_CHECK_INTERVAL_MS);
      for (const connection of this.all) {
        const reason = connection.passedDeadline();
        if (reason !== undefined) connection.close(reason);
      }
      this.#closeReset();
      this.peers.sweep(this.all, this.loop.clockNowMs);
    }
    if (this.#closesIdle) this.#closeIdle();
  }

  /** From now on, no client is closed because of its address: a shutdown serves all that have connected before it. */
  stopLimitingAddresses(): void {
    this.#limitsAddresses = false;
  }

  /** From now on, closes each client as soon as it is idle. */
  startClosingIdle(): void {
    this.#closesIdle = true;
    this.#closeIdle();
  }

  closeAll(reason: DisconnectReason): void {
    for (const connection of this.all) connection.close(reason);
  }

  transferred(call: 'recv' | 'send', fd: number, result: number): void {
    this.#recorders?.recordCall(call, fd, result);
    if (result <= 0) return;
    if (call === 'recv') this.counts.bytes += result;
    else this.counts.bytesSent += result;
  }

  addressKnown(connection: ClientConnection): void {
    const max = this.settings.limits.maxClientsPerAddress;
    const isAboveLimit = max !== Infinity && this.#addressCounts.add(connection) > max;
    if (isAboveLimit && this.#limitsAddresses) connection.close('shed');
    else this.#handlers.call('onConnection', connection, this.#options.onConnection, connection);
  }

  deliverInput(connection: ClientConnection, input: Input): boolean {
    return this.#handlers.inContext(connection, deliver, input);
  }

  invokeMessageHandler(connection: ClientConnection, message: Buffer): PromiseLike<unknown> | undefined {
    this.counts.messages++;
    this.#recorders?.recordCall('message', connection.fileno(), message.length);
    return this.#handlers.callWithMessage('onMessage', connection, this.#onMessage, message);
  }

  invokeBatchHandler(connection: ClientConnection, batch: FrameBatch): PromiseLike<unknown> | undefined {
    this.counts.messages += batch.length;
    if (this.#recorders !== undefined) this.#recordBatch(connection.fileno(), batch, this.#recorders);
    return this.#handlers.callWithMessage<MessageBatch>('onBatch', connection, this.#options.onBatch, batch);
  }

  unfinished(connection: ClientConnection, rest: Buffer, reason: DisconnectReason): PromiseLike<unknown> | undefined {
    this.unfinishedCounts[reason] = (this.unfinishedCounts[reason] ?? 0) + 1;
    return this.#handlers.callAwaited('onUnfinished', connection, this.#options.onUnfinished, rest, connection, reason);
  }

  invokeUrgentHandler(connection: ClientConnection, byte: number): void {
    this.#handlers.call('onExceptional', connection, this.#options.onExceptional, byte, connection);
  }

  handlerFailed(error: unknown, connection: ClientConnection): void {
    this.#handlers.failed(error, connection);
  }

  get isOverMemory(): boolean {
    return this.#heldBytes > this.settings.limits.maxTotalBytes;
  }

  get meanHeldBytes(): number {
    return this.#heldBytes / this.all.size;
  }

  heldBytesChanged(difference: number): void {
    this.#heldBytes += difference;
  }

  stoppedForMemory(connection: ClientConnection): void {
    this.#stoppedForMemory.add(connection);
  }

  scheduleFlush(connection: ClientConnection): void {
    this.#endOfTurn.schedule(connection);
    // The flush may make the connection idle, and the shutdown may wait for no other connection.
    if (this.#closesIdle) this.loop.wake();
  }

  disconnected(connection: ClientConnection, fd: number, reason: DisconnectReason): void {
    this.all.delete(connection);
    this.disconnects[reason] = (this.disconnects[reason] ?? 0) + 1;
    this.#stoppedForMemory.delete(connection);
    this.#addressCounts.remove(connection);
    this.peers.ended(connection);
    if (fd >= 0) {
      this.#recorders?.recordCall('close', fd, 0);
      sys.close(fd);
    }
    this.#onFdFreed();
    // A client may wait for this place in the queue. A paused connection is not in the wait, so its end does not end the wait.
    this.loop.wake();
    if (connection.unfinishedBytes > 0) {
      this.unfinished(connection, connection.copyUnfinished(), reason)?.then(undefined, (error: unknown) => {
        this.#handlers.failed(error, connection);
      });
    }
    this.#handlers.call('onDisconnect', connection, this.#options.onDisconnect, connection, reason);
    connection.asyncContext?.emitDestroy();
  }

  // The loop does not wait for the input of a paused connection. One poll(2) for all of them, without waiting and without reading,
  // sees those whose peer has reset the connection. A hang-up alone is no reset: unread messages may come before it.
  #closeReset(): void {
    const table = this.#resetCheck;
    const unwatched = [...this.all].filter((connection) => connection.isUnwatched);
    if (unwatched.length === 0) return;
    table.clear();
    for (const connection of unwatched) table.add(connection.fileno(), 0);
    if (table.poll(0) <= 0) return;
    unwatched.forEach((connection, index) => {
      if ((table.revents(index) & POLLERR) === 0) return;
      // Messages that are not delivered yet come first, as they do without a pause; but nobody waits for them when memory is
      // short, because nothing else might ever free it.
      const hasMessages = connection.hasUndelivered || sys.ioctl(connection.fileno(), sys.FIONREAD, 0) > 0;
      if (!hasMessages || connection.isStoppedForMemory) connection.close('reset');
    });
  }

  #closeIdle(): void {
    for (const connection of this.all) if (connection.isIdle) connection.close();
  }

  #recordBatch(fd: number, batch: FrameBatch, recorders: TurnRecorders): void {
    for (let index = 0; index < batch.length; index++) recorders.recordCall('message', fd, batch.byteLength(index));
  }
}

function deliver(input: Input, connection: ClientConnection): boolean {
  return input.deliver(connection);
}

function settingsOf(options: ServerOptions, limits: Limits, loop: Loop): ConnectionSettings {
  const copies = new MessageCopies();
  const createReader = createFraming(options.framing, limits.maxMessageBytes, copies);
  return {
    limits,
    allowHalfOpen: options.allowHalfOpen ?? false,
    urgentInterest: options.onExceptional === undefined ? 0 : EVENT_EXCEPTIONAL,
    input: {
      createReader,
      inBatches: options.onBatch !== undefined,
      clock: loop.clock,
      messagesPerVisit: Math.min(
        limits.messagesPerVisit,
        options.onBatch === undefined ? Infinity : MAX_BATCH_MESSAGES,
      ),
      frames: new Frames(),
      copies,
    },
    receiveBuffer: Buffer.allocUnsafeSlow(RECV_BYTES),
    sendBuffer: Buffer.allocUnsafeSlow(RECV_BYTES),
  };
}
