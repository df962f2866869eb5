import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { type Runnable, RunQueue } from '../../../src/server/loop/run-queue.ts';

class Item implements Runnable {
  isQueued = false;
  readyEvents = 0;
  visitedUntil = 0;
}

const ITEMS = 4;
const FIRST_VISITS = 16;

// A step makes an item ready, or serves the head, which may have more to do. Ready items come faster than they are served, so
// that the queue is long most of the time.
const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ add: fc.nat(ITEMS - 1), events: fc.integer({ min: 1, max: 7 }) }) },
    { weight: 2, arbitrary: fc.record({ hasMore: fc.boolean() }) },
  ),
  { minLength: 500, maxLength: 1000, size: 'max' },
);

function makeItems(count = ITEMS): Item[] {
  return Array.from({ length: count }, () => new Item());
}

function serveAll(queue: RunQueue<Item>): Item[] {
  const served = [];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) served.push(item);
  return served;
}

describe('RunQueue', () => {
  it('returns each item that was added once, with all its events, and in the order that `at` tells', () => {
    fc.assert(
      fc.property(steps, (operations) => {
        const queue = new RunQueue<Item>();
        const items = makeItems();
        const waiting = new Map<Item, number>();
        for (const step of operations) {
          if ('add' in step) {
            const item = items[step.add]!;
            waiting.set(item, (waiting.get(item) ?? 0) | step.events);
            queue.add(item, step.events);
          } else {
            const expected = queue.at(0);
            const item = queue.shift();
            assert.equal(item, expected);
            if (item === undefined) continue;
            assert.deepEqual([item.isQueued, item.readyEvents], [false, waiting.get(item)]);
            item.readyEvents = 0;
            waiting.delete(item);
            if (step.hasMore) {
              queue.addAgain(item);
              waiting.set(item, 0);
            }
          }
          assert.equal(queue.length, waiting.size);
          assert.equal(queue.at(waiting.size), undefined);
        }
        const expected = Array.from({ length: queue.length }, (_, index) => queue.at(index));
        assert.deepEqual(serveAll(queue), expected);
        assert.equal(new Set(expected).size, waiting.size);
      }),
    );
  });

  it('starves nobody, however often the items that ask for little come back', () => {
    const amounts = fc.record({ light: fc.integer({ min: 1, max: 6 }), busy: fc.integer({ min: 1, max: 6 }) });
    fc.assert(
      fc.property(amounts, ({ light, busy }) => {
        const queue = new RunQueue<Item>();
        const lightItems = new Set(makeItems(light));
        const lastServed = new Map<Item, number>();
        for (const item of [...makeItems(busy), ...lightItems]) queue.add(item, 1);
        // In two rounds, an item that comes first does so twice 16 times, and each item has two visits in its turn.
        const longest = 2 * (light * (FIRST_VISITS + 1) + busy);
        for (let visit = 0; visit < 10 * longest; visit++) {
          const item = queue.shift()!;
          const waited = visit - (lastServed.get(item) ?? 0);
          assert.ok(waited <= longest, `an item waited for ${waited} visits of others`);
          lastServed.set(item, visit);
          if (lightItems.has(item)) queue.add(item, 1);
          else queue.addAgain(item);
        }
        for (const served of lastServed.values()) assert.ok(served >= 9 * longest);
        assert.equal(lastServed.size, light + busy);
      }),
    );
  });

  it('serves an item that asks for little before all that have more to do, 16 times in a round', () => {
    const queue = new RunQueue<Item>();
    const busyItems = 100;
    const busy = makeItems(busyItems);
    const light = new Item();
    for (const item of busy) queue.add(item, 1);
    for (let count = 0; count < busyItems; count++) queue.addAgain(queue.shift()!);
    // The first round in which all have more to do starts here.
    queue.addAgain(queue.shift()!);
    for (let visit = 0; visit < FIRST_VISITS; visit++) {
      queue.add(light, 1);
      assert.equal(queue.shift(), light, `visit ${visit}`);
      queue.addAgain(queue.shift()!);
    }
    queue.add(light, 1);
    const order = Array.from({ length: queue.length }, () => queue.shift()!);
    assert.equal(order.indexOf(light), busyItems);
  });

  it('serves items that always have more to do in turn', () => {
    const queue = new RunQueue<Item>();
    const items = makeItems();
    for (const item of items) queue.add(item, 1);
    for (let count = 0; count < 5 * ITEMS; count++) {
      const item = queue.shift()!;
      assert.equal(item, items[count % ITEMS]);
      queue.addAgain(item);
    }
  });

  it('serves an item that has asked for much after those who ask for little, although its visit left nothing over', () => {
    const queue = new RunQueue<Item>();
    const [much, little, busy] = makeItems(3) as [Item, Item, Item];
    for (const item of [much, little, busy]) queue.add(item, 1);
    assert.equal(queue.shift(), much);
    queue.asksForMuch(much);
    assert.equal(queue.shift(), little);
    queue.addAgain(queue.shift()!);
    queue.add(much, 1);
    queue.add(little, 1);
    assert.deepEqual(serveAll(queue), [little, busy, much]);
  });

  it('shortens the visits to very many items that come first', () => {
    const queue = new RunQueue<Item>();
    const items = makeItems(1000);
    assert.equal(queue.visitMs, 0.2);
    for (const item of items) queue.add(item, 1);
    assert.equal(queue.visitMs, 0.01);
    for (const item of items) {
      assert.equal(queue.shift(), item);
      queue.addAgain(item);
    }
    assert.equal(queue.visitMs, 0.2, 'those who have more to do take turns with longer visits');
  });

  it('forgets the events of the items that it clears', () => {
    const queue = new RunQueue<Item>();
    const item = new Item();
    queue.add(item, 3);
    queue.clear();
    assert.deepEqual([queue.length, item.isQueued, item.readyEvents], [0, false, 0]);
  });
});
