import { Buffer } from 'node:buffer';
import { inspect } from 'node:util';

import { EVENT_EXCEPTIONAL, EVENT_READ, EVENT_WRITE } from '../../selectors/event-mask.ts';
import type { Address } from '../../socket/address.ts';
import { type CompactAddress, toAddress } from '../../socket/address.ts';
import * as sys from '../../system/calls.ts';
import { deliver } from './delivery.ts';
import type { DisconnectReason } from './disconnect-reason.ts';
import { createFraming, FramingError } from '../framing/framing.ts';
import type { Host } from './host.ts';
import { Input } from './input.ts';
import type { Source } from '../loop/loop.ts';
import { nothingThere } from '../nothing-there.ts';
import { OutputQueue } from './output-queue.ts';
import type { ProxyHeader } from './proxy-protocol.ts';

const URGENT = Buffer.alloc(1);
const NO_INPUT = new Input(createFraming('chunk', 1)());
const NO_OUTPUT = new OutputQueue();

/** A client of the server. Its identity is the object, never the fd: a number is used again as soon as it is free. */
export class Connection implements Source {
  interest = 0;
  /** Whether the server is going to call `attend`; the server's own. */
  attended = false;
  /** When it was accepted, on the clock of `performance.now()`. */
  readonly acceptedMs: number;
  /** How many messages have come from it. */
  messages = 0;
  /** How many bytes have come from it. */
  bytes = 0;
  /** How many bytes have been sent to it. */
  bytesSent = 0;
  #fd: number;
  #address: CompactAddress;
  readonly #host: Host;
  // Made when they are needed: there may be very many clients that are idle.
  #input = NO_INPUT;
  #output = NO_OUTPUT;
  #header: ProxyHeader | undefined;
  #paused = false;
  // Whether messages, or the end of input, wait for a pause to be over.
  #heldBack = false;
  // Whether the kernel may hold more than was read: it was ready in a pause, or a turn's share was used up.
  #unread = false;
  // Whether the kernel has just taken less than what waits.
  #full = false;
  #outputState: 'open' | 'ending' | 'ended' = 'open';
  // When the last byte came or went; when `end` must be over, 0 without it.
  #activeMs: number;
  #endMs = 0;

  /**
   * @param fd A connected, non-blocking socket, which the connection owns from now on.
   * @param address The client's address.
   * @param header The PROXY header that comes first, if any.
   * @param host The server.
   */
  constructor(fd: number, address: CompactAddress, header: ProxyHeader | undefined, host: Host) {
    this.#fd = fd;
    this.#address = address;
    this.#header = header;
    this.#host = host;
    this.acceptedMs = performance.now();
    this.#activeMs = host.loop.nowMs;
  }

  /** The client's address, as `Socket.getpeername` gives it, or as the PROXY header tells it. */
  get address(): Address {
    if (typeof this.#address === 'number') this.#address = toAddress(this.#address);
    return this.#address;
  }

  /** Whether it has ended. */
  get closed(): boolean {
    return this.#fd < 0;
  }

  /** Whether nothing is read from it now: by `pause`, a handler that is busy, or output that is not read. */
  get paused(): boolean {
    return this.#paused || this.#input.busy || this.#output.bytes >= this.#host.limits.highWaterBytes;
  }

  /** How many bytes wait to be sent. */
  get bufferedBytes(): number {
    return this.#output.bytes;
  }

  /** Whether nothing is under way: no message has begun, no handler is busy, nothing waits to be sent. */
  get quiet(): boolean {
    const input = this.#unread || this.#input.buffered > 0 || (this.#header?.begun ?? false);
    return !this.#input.busy && this.#output.bytes === 0 && !input;
  }

  /** Whether nothing keeps its bytes from being received, and its fd is its own; the server's own. */
  get receptive(): boolean {
    return this.#fd >= 0 && (this.interest & EVENT_READ) !== 0 && this.#input.state === 'open' && !this.paused;
  }

  /** How many bytes can be sent without more ado; the server's own. */
  get sendable(): number {
    return this.#fd < 0 || this.#heldBack || this.#input.state === 'ended' ? 0 : this.#output.bytes;
  }

  /**
   * The socket's fd.
   * @returns The fd, or -1 once closed.
   */
  fileno(): number {
    return this.#fd;
  }

  /**
   * Sends bytes, in order; what is written in one turn of the loop leaves together at its end.
   * @param data Bytes, which must stay as they are until they are sent, or text, sent as UTF-8.
   * @returns Whether there is room for more: false from `highWaterBytes` on, when it is time to wait for `drain`. Also
   *   false after `end`, and on a connection that has ended: then nothing is sent.
   */
  write(data: Uint8Array | string): boolean {
    if (this.#fd < 0 || this.#outputState !== 'open') return false;
    if (this.#output === NO_OUTPUT) this.#output = new OutputQueue();
    this.#output.push(toBytes(data));
    if (this.#output.bytes > this.#host.limits.maxOutputBytes) this.close('write-stall');
    else this.#host.attend(this);
    return this.#fd >= 0 && this.#output.bytes < this.#host.limits.highWaterBytes;
  }

  /**
   * Waits until all that was written is with the kernel, or the connection has ended.
   * @returns A promise of that.
   */
  drain(): Promise<void> {
    return this.#output.drain();
  }

  /**
   * Sends an urgent (out-of-band) byte at once, ahead of what waits to be sent.
   * @param byte From 0 to 255.
   * @returns Whether the kernel took it.
   * @throws {RangeError} For any other number.
   */
  sendUrgent(byte: number): boolean {
    if (!Number.isInteger(byte) || byte < 0 || byte > 255) throw new RangeError(`byte must be 0 to 255, not ${byte}`);
    if (this.#fd < 0) return false;
    URGENT[0] = byte;
    const sent = sys.send(this.#fd, URGENT, 0, 1, sys.MSG_OOB);
    this.#host.transferred(this.#fd, 'send', sent);
    if (sent === 1) this.bytesSent++;
    return sent === 1;
  }

  /**
   * Sends what was written, then the end of output. The connection ends when the client has done the same, or after
   * `drainSeconds`. A second time does nothing.
   * @param data What to write before.
   */
  end(data?: Uint8Array | string): void {
    if (this.#fd < 0 || this.#outputState !== 'open') return;
    if (data !== undefined) this.write(data);
    this.#outputState = 'ending';
    this.#host.attend(this);
  }

  /** Stops reading: the client is held up by TCP once the kernel's buffers are full. */
  pause(): void {
    this.#paused = true;
  }

  /** Reads on. */
  resume(): void {
    this.#paused = false;
    this.#host.attend(this);
  }

  /**
   * Ends the connection now; what was written and not sent is lost. A second time does nothing. The server's
   * `onDisconnect` is called.
   * @param reason Why.
   */
  close(reason: DisconnectReason = 'closed'): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    // Out of the wait before it is closed: epoll would go on reporting an fd of which a dup is alive.
    this.#host.loop.watch(this, 0);
    this.#fd = -1;
    this.#output.clear();
    this.#host.left(this, fd, reason);
  }

  /**
   * Called by the loop.
   * @param events EVENT_* bits that it is ready for.
   */
  ready(events: number): void {
    // First the urgent byte: a recv that finds nothing before it would lose it.
    if ((events & EVENT_EXCEPTIONAL) !== 0) this.#receiveUrgent();
    if ((events & EVENT_READ) !== 0 && this.#fd >= 0) this.#receive(this.#host.limits.bytesPerTurn);
    if ((events & EVENT_WRITE) !== 0 && this.#fd >= 0) this.#host.attend(this);
  }

  /**
   * Called by the server, instead of `ready`: a recv was made for it.
   * @param result What that gave.
   * @param bytes Where the bytes were put.
   * @param from Where in it.
   * @param most The most that it could give.
   */
  arrived(result: number, bytes: Buffer, from: number, most: number): void {
    // An earlier one of this turn may have closed it.
    if (this.#fd < 0) return;
    this.#took(result, bytes, from, most);
    if (this.#unread) this.#receive(this.#host.limits.bytesPerTurn - result);
  }

  /**
   * Called by the server: copies what waits to be sent.
   * @param target Where to.
   * @param at Where in it.
   * @returns How many bytes that are.
   */
  gather(target: Buffer, at: number): number {
    return this.#output.gather(target, at);
  }

  /**
   * Called by the server: a send was made of what it has gathered.
   * @param result What that gave.
   */
  sent(result: number): void {
    if (this.#fd < 0) return;
    this.#account(this.#output.gathered(result, this.#host.loop.nowMs));
    this.#full = this.#output.bytes > 0;
  }

  /** Called by the loop: somebody closed its fd behind the server's back. */
  lost(): void {
    this.close('reset');
  }

  /** Called by the server: delivers what is held back, sends what waits, and ends or waits for what is next. */
  attend(): void {
    if (this.#fd < 0) return;
    if (this.#outputState !== 'open') this.#endMs ||= this.#host.loop.nowMs + this.#host.limits.drainSeconds * 1e3;
    // What the kernel takes makes room for messages that were held back. Writability would not tell of it: the kernel's
    // buffer may be full, and ours empty.
    do {
      if (this.#heldBack || this.#input.state === 'ended') this.#deliver();
      if (this.#fd >= 0 && this.#output.bytes > 0 && !this.#full) this.#flush();
      this.#full = false;
    } while (this.#fd >= 0 && this.#heldBack && !this.paused);
    if (this.#fd >= 0) this.#finish();
    if (this.#fd >= 0) this.#watch(this.#wanted(true));
  }

  /**
   * Called by the server on a tick.
   * @returns Why its time is up, if it is.
   */
  overdue(): DisconnectReason | undefined {
    const { limits, loop } = this.#host;
    const later = (sinceMs: number, seconds: number) => loop.nowMs - sinceMs > seconds * 1e3;
    if (this.#endMs !== 0 && loop.nowMs > this.#endMs) return 'drain-deadline';
    if (this.#output.stalledMs !== 0 && later(this.#output.stalledMs, limits.writeStallSeconds)) return 'write-stall';
    if (this.paused) {
      // Nothing is read: the client is not to blame.
      this.#activeMs = loop.nowMs;
      this.#input.messageMs &&= loop.nowMs;
      return undefined;
    }
    if (this.#input.messageMs !== 0 && later(this.#input.messageMs, limits.messageSeconds)) return 'message-timeout';
    const silenceSeconds = this.bytes === 0 ? limits.firstByteSeconds : limits.idleSeconds;
    return later(this.#activeMs, silenceSeconds) ? 'idle' : undefined;
  }

  #receive(most: number): void {
    const { received } = this.#host;
    let room = most;
    while (room > 0 && this.#fd >= 0 && this.#input.state === 'open') {
      if (this.paused) {
        this.#unread = true;
        this.#watch(this.#wanted(false));
        return;
      }
      const share = Math.min(received.length, room);
      const count = sys.recv(this.#fd, received, 0, share, 0);
      this.#host.transferred(this.#fd, 'recv', count);
      this.#took(count, received, 0, share);
      if (!this.#unread) return;
      room -= count;
    }
    this.#host.behind();
  }

  #took(count: number, bytes: Buffer, from: number, most: number): void {
    if (count > 0) this.#take(bytes, from, from + count);
    else if (count === 0) this.#endInput();
    else if (!nothingThere.has(count)) this.close('reset');
    this.#unread = count === most;
  }

  #take(bytes: Buffer, from: number, to: number): void {
    this.bytes += to - from;
    this.#activeMs = this.#host.loop.nowMs;
    this.#beginInput();
    if (this.#header === undefined) this.#input.feed(bytes, from, to);
    else if (!this.#passHeader(this.#header, bytes.subarray(from, to))) return;
    this.#deliver();
  }

  #passHeader(header: ProxyHeader, bytes: Buffer): boolean {
    this.#input.messageMs ||= this.#host.loop.nowMs;
    const rest = header.feed(bytes);
    if (rest === 'malformed') this.close('malformed');
    if (typeof rest === 'string' || rest === undefined) return false;
    this.#header = undefined;
    this.#address = header.address ?? this.#address;
    this.#input.messageMs = 0;
    this.#host.connected(this);
    if (this.#fd >= 0) this.#input.feed(rest, 0, rest.length);
    return this.#fd >= 0;
  }

  #beginInput(): void {
    if (this.#input === NO_INPUT) this.#input = new Input(this.#host.decoder());
  }

  #endInput(): void {
    this.#beginInput();
    this.#input.state = 'ended';
    this.#host.attend(this);
  }

  #deliver(): void {
    if (this.#input.state === 'finished') return;
    const before = this.messages;
    try {
      deliver(this, this.#input, this.#host);
    } catch (error) {
      if (error instanceof FramingError) this.#fail(error);
      else this.#host.failed(error, this);
    }
    if (this.#fd < 0) return;
    this.#heldBack = this.paused && (this.#input.buffered > 0 || this.#input.state === 'ended');
    const held = this.#input.hold(this.paused, this.messages > before, this.#host.loop.nowMs);
    if (held > this.#host.limits.maxInputBytes) this.close('too-large');
  }

  // The answers to what came before are not lost with it; best effort.
  #fail({ reason }: FramingError): void {
    this.#flush();
    this.close(reason);
  }

  #receiveUrgent(): void {
    const count = sys.recv(this.#fd, URGENT, 0, 1, sys.MSG_OOB);
    this.#host.transferred(this.#fd, 'recv', count);
    if (count !== 1) return;
    this.bytes++;
    this.#host.exceptional(URGENT[0]!, this);
  }

  #flush(): void {
    const sent = this.#output.flush(this.#fd, this.#host.scratch, this.#host.loop.nowMs);
    this.#host.transferred(this.#fd, 'send', sent);
    this.#account(sent);
  }

  #account(sent: number): void {
    if (sent < 0) {
      this.close('reset');
      return;
    }
    this.bytesSent += sent;
    if (sent === 0) return;
    const { loop, limits } = this.#host;
    // What is sent is no sign of life before the client's first byte.
    if (this.bytes > 0) this.#activeMs = loop.nowMs;
    if (this.#endMs !== 0) this.#endMs = loop.nowMs + limits.drainSeconds * 1e3;
  }

  #finish(): void {
    if (this.#output.bytes > 0) return;
    const over = this.#input.state === 'finished' && !this.#input.busy;
    if (this.#outputState === 'ending') {
      sys.shutdown(this.#fd, sys.SHUT_WR);
      this.#outputState = 'ended';
    }
    if (over && this.#outputState === 'ended') this.close('closed');
    else if (over && !this.#host.allowHalfOpen) this.close('eof');
  }

  // epoll may refuse it, ENOSPC or EBADF: that ends this connection, and nothing else.
  #watch(events: number): void {
    try {
      this.#host.loop.watch(this, events);
    } catch (error) {
      this.#host.failed(error, this);
    }
  }

  // A paused connection stays in the wait until it is found ready: handlers that are busy for a moment cost nothing.
  #wanted(lazily: boolean): number {
    const reading = EVENT_READ | this.#host.urgent;
    const writing = this.#output.bytes > 0 ? EVENT_WRITE : 0;
    if (this.#input.state !== 'open') return writing;
    if (!this.paused) return reading | writing;
    return writing | (lazily ? this.interest & reading : 0);
  }
}

function toBytes(data: Uint8Array | string): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  throw new TypeError(`data must be a string or a Uint8Array, not ${inspect(data)}`);
}
