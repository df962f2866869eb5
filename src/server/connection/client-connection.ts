// The file has over 300 lines because a connection is one state machine: input, output, and the end of both.
import type { AsyncResource } from 'node:async_hooks';
import { Buffer } from 'node:buffer';
import { inspect } from 'node:util';

import { EVENT_EXCEPTIONAL, EVENT_READ, EVENT_WRITE } from '../../selectors/event-mask.ts';
import { type Address, type CompactAddress, toAddress } from '../../socket/address.ts';
import * as sys from '../../system/calls.ts';
import { FramingError } from '../framing/framing-error.ts';
import type { ContextOwner } from '../handler-calls.ts';
import type { Limits } from '../limits.ts';
import type { Loop, Source } from '../loop/loop.ts';
import type { CountedConnection, HostKey } from './address-counts.ts';
import type { KnownAddress, PeerClient } from '../peers.ts';
import type { DisconnectReason } from './disconnect-reason.ts';
import { Input, type InputOwner, type InputSettings } from './input.ts';
import type { FrameBatch } from './message-batch.ts';
import { OutputQueue } from './output-queue.ts';
import type { ProxyHeader } from './proxy-protocol.ts';
import { wouldBlock } from '../would-block.ts';

/** What all connections of a server share. */
export interface ConnectionSettings {
  readonly limits: Limits;
  readonly allowHalfOpen: boolean;
  /** EVENT_EXCEPTIONAL when the server has a handler for urgent bytes, else 0. */
  readonly urgentInterest: number;
  readonly input: InputSettings;
  /** The buffer of a recv. */
  readonly receiveBuffer: Buffer;
  /** The buffer in which small pieces of output are collected for one send. */
  readonly sendBuffer: Buffer;
}

/** What a connection asks of its server. */
export interface ConnectionOwner {
  readonly loop: Loop;
  readonly settings: ConnectionSettings;
  /** Counts the result of a recv or send, and records it for a watcher. */
  transferred(call: 'recv' | 'send', fd: number, result: number): void;
  /** Called when the PROXY header has stated the client's address. */
  addressKnown(connection: ClientConnection): void;
  /** Has the input deliver its messages, in the async context of the connection. Returns the result of `Input.deliver`. */
  deliverInput(connection: ClientConnection, input: Input): boolean;
  /** Calls the handler of messages. Returns the promise of an async handler. */
  invokeMessageHandler(connection: ClientConnection, message: Buffer): PromiseLike<unknown> | undefined;
  /** Calls the handler of batches. Returns the promise of an async handler. */
  invokeBatchHandler(connection: ClientConnection, batch: FrameBatch): PromiseLike<unknown> | undefined;
  /** Counts and reports bytes that no message has become. Returns the promise of an async handler. */
  unfinished(connection: ClientConnection, rest: Buffer, reason: DisconnectReason): PromiseLike<unknown> | undefined;
  invokeUrgentHandler(connection: ClientConnection, byte: number): void;
  /** Closes the connection because a handler failed, and reports the error. */
  handlerFailed(error: unknown, connection: ClientConnection): void;
  /** Whether all connections together hold more than `maxTotalBytes`. */
  readonly isOverMemory: boolean;
  /** The mean of the memory that a connection holds, in bytes. */
  readonly meanHeldBytes: number;
  /** Counts a change of the memory that a connection holds. */
  heldBytesChanged(difference: number): void;
  /** Has `finishTurn` called when `isOverMemory` is false again. */
  stoppedForMemory(connection: ClientConnection): void;
  /** Has `finishTurn` called at the end of the present turn, or soon when no turn is under way. */
  scheduleFlush(connection: ClientConnection): void;
  /** Called when the connection has ended: its fd is out of the loop, and still open; -1 when somebody else closed it. */
  disconnected(connection: ClientConnection, fd: number, reason: DisconnectReason): void;
}

// A client that has sent more asks for much, and does not come before those who ask for little.
const LITTLE_BYTES = 4096;

const urgentByte = Buffer.alloc(1);
const EMPTY = Buffer.alloc(0);

/** The class behind the interface `Connection`. */
export class ClientConnection implements PeerClient, Source, InputOwner, CountedConnection, ContextOwner {
  interest = 0;
  isQueued = false;
  readyEvents = 0;
  visitedUntil = 0;
  readonly isServedFirst = false;
  countedHost: HostKey | undefined;
  asyncContext: AsyncResource | undefined;
  /** Whether the server is going to call `finishTurn`. Only the server changes it. */
  isScheduled = false;
  /** Whether messages, or the end of input, wait for the next visit, or until the connection is no longer paused. */
  hasUndelivered = false;
  readonly acceptedMs: number;
  messages = 0;
  bytes = 0;
  bytesSent = 0;
  lastMessageMs = 0;
  knownAddress: KnownAddress | undefined;
  readSinceMs = 0;
  isSilent = false;
  silentAfterMs = 0;
  #fd: number;
  #address: CompactAddress;
  readonly #owner: ConnectionOwner;
  // The objects for input and output are created when they are needed, because a server may have very many idle clients.
  #input: Input | undefined;
  #output: OutputQueue | undefined;
  #header: ProxyHeader | undefined;
  #isPaused = false;
  #isHandlerBusy = false;
  // Whether the kernel may hold unread bytes: the connection was ready while paused, or a recv filled its share.
  #hasUnread = false;
  // False only when the output is below its high-water mark: only `write` adds to it. Each message asks for it.
  #mayBeHigh = false;
  // Whether the last send of this turn filled the kernel's buffer.
  #isKernelFull = false;
  #outputState: 'open' | 'ending' | 'ended' = 'open';
  // The time at which the last byte was received or sent.
  #activeMs: number;
  #endReason: DisconnectReason = 'closed';
  // The number of messages whose time is stored.
  #notedMessages = 0;
  // The held memory that the owner has counted.
  #countedBytes = 0;
  // When the output that `end` finishes must have been taken; 0 before `end`.
  #endDeadlineMs = 0;

  /** `fd` is a connected, non-blocking socket, which the connection owns from now on. */
  constructor(fd: number, address: CompactAddress, header: ProxyHeader | undefined, owner: ConnectionOwner) {
    this.#fd = fd;
    this.#address = address;
    this.#header = header;
    this.#owner = owner;
    this.acceptedMs = owner.loop.clock.nowMs();
    this.#activeMs = owner.loop.nowMs;
  }

  get compactAddress(): CompactAddress {
    return this.#address;
  }

  get address(): Address {
    if (typeof this.#address === 'number') this.#address = toAddress(this.#address);
    return this.#address;
  }

  get closed(): boolean {
    return this.#fd < 0;
  }

  get paused(): boolean {
    return this.#isPaused || this.#isHandlerBusy || this.#isOutputHigh() || this.isStoppedForMemory;
  }

  get visitMs(): number {
    return this.#owner.loop.queue.visitMs;
  }

  get stopsDelivery(): boolean {
    return this.#fd < 0 || this.#isPaused || this.#isHandlerBusy || this.#isOutputHigh();
  }

  /** The memory that the unsent output and the undelivered input take. */
  get heldBytes(): number {
    return (this.#output?.heldBytes ?? 0) + (this.#input?.heldBytes ?? 0);
  }

  /** Whether the memory of all connections is used up, and this one holds at least as much as the mean: it is not read from. */
  get isStoppedForMemory(): boolean {
    return this.#owner.isOverMemory && this.#countedBytes >= this.#owner.meanHeldBytes;
  }

  get bufferedBytes(): number {
    return this.#output === undefined ? 0 : this.#output.bytes;
  }

  get unfinishedBytes(): number {
    return this.#header?.received.length ?? this.#input?.unfinishedBytes ?? 0;
  }

  get unfinishedSinceMs(): number {
    return this.#input?.unfinishedSinceMs ?? 0;
  }

  /** Whether no message has begun, no handler is busy, and no output waits. */
  get isIdle(): boolean {
    const hasHeader = this.#header !== undefined && this.#header.received.length > 0;
    const hasInput = this.#hasUnread || (this.#input?.bufferedBytes ?? 0) > 0 || hasHeader;
    return !this.#isHandlerBusy && this.bufferedBytes === 0 && !hasInput;
  }

  /** Whether the loop does not wait for the connection's input now, so that it does not see a reset. */
  get isUnwatched(): boolean {
    return this.#fd >= 0 && (this.interest & EVENT_READ) === 0 && this.#inputState() === 'open';
  }

  /** Whether bytes can be received for the connection together with those of others. */
  get canReceive(): boolean {
    const isWanted = (this.interest & EVENT_READ) !== 0 && this.#inputState() === 'open' && !this.hasUndelivered;
    return this.#fd >= 0 && isWanted && !this.paused;
  }

  /** The number of bytes that can be sent together with those of others; 0 when messages must be delivered first. */
  get sendableBytes(): number {
    return this.#fd < 0 || this.hasUndelivered || this.#inputState() === 'ended' ? 0 : this.bufferedBytes;
  }

  fileno(): number {
    return this.#fd;
  }

  write(data: Uint8Array | string): boolean {
    if (this.#fd < 0 || this.#outputState !== 'open') return false;
    const output = (this.#output ??= new OutputQueue());
    output.push(checkData(data));
    const { limits } = this.#owner.settings;
    const { heldBytes } = output;
    this.#mayBeHigh = heldBytes >= limits.highWaterBytes;
    if (heldBytes > limits.maxOutputBytes) this.close('write-stall');
    else this.#owner.scheduleFlush(this);
    return this.#fd >= 0 && !this.#mayBeHigh;
  }

  drain(): Promise<void> {
    return this.#output?.drain() ?? Promise.resolve();
  }

  sendUrgent(byte: number): boolean {
    if (!Number.isInteger(byte) || byte < 0 || byte > 255) throw new RangeError(`byte must be 0 to 255, not ${byte}`);
    if (this.#fd < 0) return false;
    urgentByte[0] = byte;
    const sent = sys.send(this.#fd, urgentByte, 0, 1, sys.MSG_OOB | sys.MSG_DONTWAIT);
    this.#owner.transferred('send', this.#fd, sent);
    if (sent === 1) this.bytesSent++;
    return sent === 1;
  }

  end(data?: Uint8Array | string): void {
    if (this.#fd < 0 || this.#outputState !== 'open') return;
    if (data !== undefined) this.write(data);
    this.#outputState = 'ending';
    this.#owner.scheduleFlush(this);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#owner.scheduleFlush(this);
  }

  close(reason: DisconnectReason = 'closed'): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    // Take the fd out of the wait before it is closed: epoll goes on reporting an fd while a duplicate of it is open.
    this.#owner.loop.watch(this, 0);
    this.#disconnect(fd, reason);
  }

  ready(events: number): boolean {
    // The urgent byte comes first: a recv that finds nothing before it would skip it.
    if ((events & EVENT_EXCEPTIONAL) !== 0) this.#receiveUrgent();
    if (this.paused) this.#leaveUnread(events);
    else if (this.hasUndelivered) this.#deliverInput();
    else if ((events & EVENT_READ) !== 0 || this.#hasUnread) this.#receive();
    if ((events & EVENT_WRITE) !== 0 && this.#fd >= 0) this.#owner.scheduleFlush(this);
    this.#countHeldBytes();
    return this.#hasMoreToDo();
  }

  lost(): void {
    if (this.#fd < 0) return;
    this.#disconnect(-1, 'reset');
  }

  /**
   * Called instead of `ready` when the server has made a recv for this connection together with others. `result` is the result
   * of the recv, of at most `maxBytes` bytes, which lie in `bytes` from `from` on.
   */
  received(result: number, bytes: Buffer, from: number, maxBytes: number): boolean {
    if (this.#fd >= 0) this.#handleReceived(result, bytes, from, maxBytes);
    // The handler of another connection has closed this one after the recv.
    else if (result > 0)
      this.#owner.unfinished(this, Buffer.from(bytes.subarray(from, from + result)), this.#endReason);
    this.#countHeldBytes();
    return this.#hasMoreToDo();
  }

  /** Returns a copy of the received bytes that no message has become. */
  copyUnfinished(): Buffer {
    // As long as the header is not complete, the input is empty.
    return this.#header?.received ?? this.#input?.copyRest() ?? EMPTY;
  }

  /** Copies the output that waits into `target` from `at` on, as much as fits. Returns the number of bytes. */
  gatherOutput(target: Buffer, at: number): number {
    return this.#output?.gather(target, at) ?? 0;
  }

  /** Called when the server has sent what `gatherOutput` copied. `result` is the number of bytes that were sent, or -errno. */
  gatheredOutputSent(result: number): void {
    if (this.#fd < 0 || this.#output === undefined) return;
    this.#handleSent(this.#output.removeGathered(result, this.#owner.loop.nowMs));
    this.#isKernelFull = this.bufferedBytes > 0;
  }

  /**
   * Called at the end of a turn, after `scheduleFlush`: delivers what a pause kept back, sends the output, and then closes the
   * connection or updates the events that the loop waits for.
   */
  finishTurn(): void {
    if (this.#fd < 0) return;
    if (this.#outputState !== 'open') this.#endDeadlineMs ||= this.#drainDeadlineMs();
    // A connection in the run queue gets its share there.
    if (!this.isQueued && (this.hasUndelivered || this.#inputState() === 'ended')) this.#deliverInput();
    if (this.#fd >= 0 && this.bufferedBytes > 0 && !this.#isKernelFull) this.#flush();
    this.#isKernelFull = false;
    this.#countHeldBytes();
    // What was sent makes room for messages that were kept back. Waiting for writability instead would not work: the kernel's
    // buffer may be full, and our queue empty.
    if (this.hasUndelivered && this.#hasMoreToDo()) this.#owner.loop.runAgain(this);
    if (this.#fd >= 0) this.#closeWhenFinished();
    if (this.#fd >= 0) this.#watch(this.#wantedEvents(true));
  }

  /** Returns the reason to close the connection when one of its deadlines has passed. */
  passedDeadline(): DisconnectReason | undefined {
    const { limits } = this.#owner.settings;
    const { nowMs } = this.#owner.loop;
    const hasPassed = (sinceMs: number, seconds: number): boolean => nowMs - sinceMs > seconds * 1e3;
    const stalledMs = this.#output?.stalledMs ?? 0;
    if (this.#endDeadlineMs !== 0 && nowMs > this.#endDeadlineMs) return 'drain-deadline';
    if (stalledMs !== 0 && hasPassed(stalledMs, limits.writeStallSeconds)) return 'write-stall';
    const messageStartedMs = this.#input?.messageStartedMs ?? 0;
    const isUnfinished = messageStartedMs !== 0 && this.isStoppedForMemory;
    if (this.paused && !isUnfinished) {
      // While we do not read, the client is not late. An unfinished message has no such excuse when memory is short: nothing
      // else would ever free its memory.
      this.#activeMs = nowMs;
      if (this.#input !== undefined) this.#input.messageStartedMs &&= nowMs;
      return undefined;
    }
    if (messageStartedMs !== 0 && hasPassed(messageStartedMs, limits.messageSeconds)) return 'message-timeout';
    const silenceSeconds = this.bytes === 0 ? limits.firstByteSeconds : limits.idleSeconds;
    return hasPassed(this.#activeMs, silenceSeconds) ? 'idle' : undefined;
  }

  deliver(message: Buffer): void {
    this.messages++;
    const promise = this.#owner.invokeMessageHandler(this, message);
    if (promise !== undefined) this.#waitForHandler(promise);
  }

  deliverBatch(batch: FrameBatch): void {
    this.messages += batch.length;
    const promise = this.#owner.invokeBatchHandler(this, batch);
    if (promise !== undefined) this.#waitForHandler(promise);
  }

  // The next message waits until the async handler has finished.
  #waitForHandler(promise: PromiseLike<unknown>): void {
    this.#isHandlerBusy = true;
    promise.then(
      () => {
        this.#isHandlerBusy = false;
        if (this.#fd >= 0) this.#owner.scheduleFlush(this);
      },
      (error: unknown) => {
        this.#isHandlerBusy = false;
        this.#owner.handlerFailed(error, this);
      },
    );
  }

  // `fd` is the fd that the owner closes, -1 for none.
  #disconnect(fd: number, reason: DisconnectReason): void {
    this.#fd = -1;
    this.#endReason = reason;
    this.#noteMessages();
    this.#output?.clear();
    this.#countHeldBytes();
    this.#owner.disconnected(this, fd, reason);
  }

  #countHeldBytes(): void {
    const bytes = this.#fd < 0 ? 0 : this.heldBytes;
    if (bytes !== this.#countedBytes) {
      this.#owner.heldBytesChanged(bytes - this.#countedBytes);
      this.#countedBytes = bytes;
    }
    if (this.isStoppedForMemory) this.#owner.stoppedForMemory(this);
  }

  // Whether another visit would find work without waiting for the kernel.
  #hasMoreToDo(): boolean {
    return this.#fd >= 0 && (this.hasUndelivered || (this.#hasUnread && this.#inputState() === 'open')) && !this.paused;
  }

  #isOutputHigh(): boolean {
    if (!this.#mayBeHigh || this.#output === undefined) return false;
    return (this.#mayBeHigh = this.#output.heldBytes >= this.#owner.settings.limits.highWaterBytes);
  }

  #inputState(): Input['state'] {
    return this.#input === undefined ? 'open' : this.#input.state;
  }

  // A paused connection that is found readable leaves the wait, which would otherwise report it in every turn.
  #leaveUnread(events: number): void {
    if ((events & EVENT_READ) === 0 || this.#fd < 0) return;
    this.#hasUnread = true;
    this.#watch(this.#wantedEvents(false));
  }

  #receive(): void {
    const { receiveBuffer, limits } = this.#owner.settings;
    let remainingBytes = limits.bytesPerVisit;
    while (
      remainingBytes > 0 &&
      this.#fd >= 0 &&
      this.#inputState() === 'open' &&
      !this.hasUndelivered &&
      !this.paused
    ) {
      const length = Math.min(receiveBuffer.length, remainingBytes);
      const count = sys.recv(this.#fd, receiveBuffer, 0, length, sys.MSG_DONTWAIT);
      this.#owner.transferred('recv', this.#fd, count);
      this.#handleReceived(count, receiveBuffer, 0, length);
      if (!this.#hasUnread) return;
      remainingBytes -= count;
    }
  }

  #handleReceived(result: number, bytes: Buffer, from: number, maxBytes: number): void {
    if (result > 0) this.#feed(bytes, from, from + result);
    else if (result === 0) this.#endInput();
    else if (!wouldBlock(result)) this.close('reset');
    this.#hasUnread = result === maxBytes;
  }

  #feed(bytes: Buffer, from: number, to: number): void {
    this.bytes += to - from;
    if (to - from > LITTLE_BYTES) this.#owner.loop.queue.asksForMuch(this);
    this.#activeMs = this.#owner.loop.nowMs;
    const input = (this.#input ??= new Input(this.#owner.settings.input));
    if (this.#header === undefined) input.feed(bytes, from, to);
    else if (!this.#readHeader(this.#header, input, bytes.subarray(from, to))) return;
    this.#deliverInput();
  }

  // Returns whether the header is complete, and the connection still open.
  #readHeader(header: ProxyHeader, input: Input, bytes: Buffer): boolean {
    if (input.messageStartedMs === 0) input.messageStarted(this.#owner.loop);
    const rest = header.feed(bytes);
    if (rest === 'malformed') this.close('malformed');
    if (typeof rest === 'string' || rest === undefined) return false;
    this.#header = undefined;
    this.#address = header.address ?? this.#address;
    input.messageEnded();
    input.feed(rest, 0, rest.length);
    this.#owner.addressKnown(this);
    return this.#fd >= 0;
  }

  #endInput(): void {
    this.#input ??= new Input(this.#owner.settings.input);
    this.#input.state = 'ended';
    this.#owner.scheduleFlush(this);
  }

  #deliverInput(): void {
    const input = this.#input;
    if (input === undefined || input.state === 'finished') return;
    const { loop } = this.#owner;
    let mayHaveMore = false;
    try {
      mayHaveMore = this.#owner.deliverInput(this, input);
    } catch (error) {
      if (error instanceof FramingError) this.#refuse(error);
      else this.#owner.handlerFailed(error, this);
    }
    const hasDelivered = this.#noteMessages();
    if (this.#fd < 0) return;
    // `deliver` may have changed the state.
    const { state } = input as Pick<Input, 'state'>;
    this.hasUndelivered = mayHaveMore && (input.bufferedBytes > 0 || state === 'ended');
    if (state === 'finished') this.#finishInput(input);
    if (this.#fd < 0) return;
    const unfinishedHeldBytes = input.keepRest(mayHaveMore, hasDelivered, loop);
    if (unfinishedHeldBytes > this.#owner.settings.limits.maxInputBytes) this.close('too-large');
  }

  // Returns whether the present visit has delivered messages.
  #noteMessages(): boolean {
    if (this.messages === this.#notedMessages) return false;
    this.#notedMessages = this.messages;
    this.lastMessageMs = this.#owner.loop.clockNowMs;
    return true;
  }

  // After the last message the connection may end.
  #finishInput(input: Input): void {
    this.#owner.scheduleFlush(this);
    if (this.#header === undefined && input.restBytes === 0) return;
    const rest = this.copyUnfinished();
    this.#header = undefined;
    if (rest.length === 0) return;
    const promise = this.#owner.unfinished(this, rest, 'eof');
    if (promise !== undefined) this.#waitForHandler(promise);
  }

  // Best effort: the answers to the messages before the bad bytes are sent.
  #refuse({ reason }: FramingError): void {
    this.#flush();
    this.close(reason);
  }

  #receiveUrgent(): void {
    const count = sys.recv(this.#fd, urgentByte, 0, 1, sys.MSG_OOB | sys.MSG_DONTWAIT);
    this.#owner.transferred('recv', this.#fd, count);
    if (count !== 1) return;
    this.bytes++;
    this.#owner.invokeUrgentHandler(this, urgentByte[0]!);
  }

  #flush(): void {
    const { loop, settings } = this.#owner;
    const sent = this.#output?.flush(this.#fd, settings.sendBuffer, loop.nowMs) ?? 0;
    this.#owner.transferred('send', this.#fd, sent);
    this.#handleSent(sent);
  }

  #handleSent(sent: number): void {
    if (sent < 0) {
      this.close('reset');
      return;
    }
    this.bytesSent += sent;
    if (sent === 0) return;
    // Before the client's first byte, our output does not prove that the client is alive.
    if (this.bytes > 0) this.#activeMs = this.#owner.loop.nowMs;
    if (this.#endDeadlineMs !== 0) this.#endDeadlineMs = this.#drainDeadlineMs();
  }

  #drainDeadlineMs(): number {
    return this.#owner.loop.nowMs + this.#owner.settings.limits.drainSeconds * 1e3;
  }

  #closeWhenFinished(): void {
    if (this.bufferedBytes > 0) return;
    const isInputFinished = this.#inputState() === 'finished' && !this.#isHandlerBusy;
    if (this.#outputState === 'ending') {
      sys.shutdown(this.#fd, sys.SHUT_WR);
      this.#outputState = 'ended';
    }
    if (isInputFinished && this.#outputState === 'ended') this.close('closed');
    else if (isInputFinished && !this.#owner.settings.allowHalfOpen) this.close('eof');
  }

  // epoll may refuse the fd (ENOSPC, ENOMEM, EBADF): that ends this connection and nothing else.
  #watch(events: number): void {
    try {
      this.#owner.loop.watch(this, events);
    } catch (error) {
      this.#owner.handlerFailed(error, this);
    }
  }

  // With `staysWhenPaused`, the loop goes on waiting for a paused connection until it is ready, so a short pause costs no
  // system call.
  #wantedEvents(staysWhenPaused: boolean): number {
    const reading = EVENT_READ | this.#owner.settings.urgentInterest;
    const writing = this.bufferedBytes > 0 ? EVENT_WRITE : 0;
    if (this.#inputState() !== 'open') return writing;
    if (!this.paused) return reading | writing;
    return writing | (staysWhenPaused ? this.interest & reading : 0);
  }
}

function checkData(data: Uint8Array | string): Uint8Array | string {
  if (typeof data === 'string' || data instanceof Uint8Array) return data;
  throw new TypeError(`data must be a string or a Uint8Array, not ${inspect(data)}`);
}
