import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { UNREAD_TIMEOUT_MS } from '../../src/http/limited-server.ts';
import { downloadTrace, streamTrace } from '../../src/watch/trace-stream.ts';
import type { TraceSource } from '../../src/trace/stored-trace.ts';

/** A response that is full after each write. */
class FullResponse extends EventEmitter {
  headersSent = false;
  text = '';
  readonly timeouts: number[] = [];

  writeHead(): this {
    this.headersSent = true;
    return this;
  }

  write(text: string): boolean {
    this.text += text;
    return false;
  }

  setTimeout(ms: number): void {
    this.timeouts.push(ms);
  }

  end(): void {
    this.text += 'END';
  }
}

const source: TraceSource = {
  async *lines() {
    yield await Promise.resolve({ id: 0, text: 'a' });
    yield { id: 1, text: 'b' };
  },
};

for (const [name, stream, expected] of [
  ['streamTrace', streamTrace, 'id: 0\ndata: a\n\nid: 1\ndata: b\n\nEND'],
  ['downloadTrace', downloadTrace, 'a\nb\nEND'],
] as const) {
  describe(name, () => {
    it('gives a reader that has stopped reading 10 s, and no limit to a reader that waits for lines', async () => {
      const response = new FullResponse();
      const request = { method: 'GET', headers: {} } as unknown as IncomingMessage;
      const sending = stream(source, request, response as unknown as ServerResponse);
      await setImmediate();
      assert.deepEqual(response.timeouts, [UNREAD_TIMEOUT_MS]);
      response.emit('drain');
      await setImmediate();
      assert.deepEqual(response.timeouts, [UNREAD_TIMEOUT_MS, 0, UNREAD_TIMEOUT_MS]);
      response.emit('drain');
      await sending;
      assert.equal(response.timeouts.at(-1), 0);
      assert.equal(response.text, expected);
    });
  });
}
