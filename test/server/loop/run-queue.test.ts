import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { type Runnable, RunQueue } from '../../../src/server/loop/run-queue.ts';

class Item implements Runnable {
  isQueued = false;
  readyEvents = 0;
}

describe('RunQueue', () => {
  it('returns the items in the order in which they were added, each once, with all events that were added', () => {
    const operation = fc.oneof(
      fc.record({ add: fc.nat(99), events: fc.integer({ min: 0, max: 7 }) }),
      fc.constant('shift' as const),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 500 }), (operations) => {
        const queue = new RunQueue<Item>();
        const items = Array.from({ length: 100 }, () => new Item());
        const model: { item: Item; events: number }[] = [];
        for (const step of operations) {
          if (step === 'shift') {
            const expected = model.shift();
            const item = queue.shift();
            assert.equal(item, expected?.item);
            if (item === undefined) continue;
            assert.deepEqual([item.isQueued, item.readyEvents], [false, expected?.events]);
            item.readyEvents = 0;
          } else {
            const item = items[step.add]!;
            const queued = model.find((entry) => entry.item === item);
            if (queued === undefined) model.push({ item, events: step.events });
            else queued.events |= step.events;
            queue.add(item, step.events);
          }
          assert.equal(queue.length, model.length);
          assert.equal(queue.at(model.length - 1), model.at(-1)?.item);
          assert.equal(queue.at(model.length), undefined);
        }
      }),
    );
  });

  it('forgets the events of the items that it clears', () => {
    const queue = new RunQueue<Item>();
    const item = new Item();
    queue.add(item, 3);
    queue.clear();
    assert.deepEqual([queue.length, item.isQueued, item.readyEvents], [0, false, 0]);
  });
});
