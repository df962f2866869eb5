import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { OutputQueue } from '../../../src/server/connection/output-queue.ts';
import * as sys from '../../../src/system/calls.ts';
import { socketpair } from '../../../src/socket.ts';

const MIB = 2 ** 20;

describe('OutputQueue', () => {
  it('fills the memory of joined pieces, also when the kernel is offered them one by one', () => {
    const [full, reader] = socketpair();
    full.setblocking(false);
    const block = Buffer.alloc(MIB);
    while (sys.send(full.fileno(), block, 0, block.length, 0) > 0);
    const sendBuffer = Buffer.alloc(65_536);
    const piece = 'x'.repeat(500);
    const queues = Array.from({ length: 100 }, () => new OutputQueue());
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 400; round++) {
      for (const queue of queues) {
        queue.push(piece);
        assert.equal(queue.flush(full.fileno(), sendBuffer, 1), 0);
      }
    }
    const bytes = queues.reduce((sum, queue) => sum + queue.bytes, 0);
    const held = queues.reduce((sum, queue) => sum + queue.heldBytes, 0);
    const memory = process.memoryUsage().arrayBuffers - before;
    assert.equal(bytes, 100 * 400 * 500);
    assert.ok(memory < 1.5 * bytes, `${bytes} bytes wait in ${memory} bytes of memory`);
    assert.ok(held > bytes && held < 1.6 * bytes, `${bytes} bytes count as ${held}`);
    full.close();
    reader.close();
  });

  it('sends joined pieces in order when more is written between two sends', () => {
    const [writer, reader] = socketpair();
    writer.setblocking(false);
    reader.setblocking(false);
    const sendBuffer = Buffer.alloc(4096);
    const queue = new OutputQueue();
    const received: Buffer[] = [];
    let expected = '';
    for (let round = 0; round < 200; round++) {
      for (let count = 0; count < 30; count++) {
        const text = `${round}.${count} `;
        queue.push(count % 7 === 3 ? Buffer.from(text) : text);
        expected += text;
      }
      // Every third round the pieces wait for the next one.
      if (round % 3 === 0) continue;
      queue.flush(writer.fileno(), sendBuffer, 1);
      received.push(reader.recv(1_000_000));
    }
    assert.equal(queue.bytes, 0);
    assert.equal(Buffer.concat(received).toString(), expected);
    writer.close();
    reader.close();
  });
});
