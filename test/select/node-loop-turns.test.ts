import assert from 'node:assert/strict';

import { selectAsync } from '../../src/select.ts';
import { enterNodeLoop, leaveNodeLoop, type Waiter } from '../../src/select/node-loop.ts';
import { onBothThreads, whileWaiting } from '../support/loop-threads.ts';
import { fastestMs } from '../support/timed.ts';

/** A wait that finds something in every turn, while Node has nothing to do: the bridge makes such turns in a row. */
class BusyWait implements Waiter {
  readonly nodeIsReady = false;
  readonly timeoutsMs: number[] = [];
  readonly #onTurn: (turn: number) => void;

  constructor(onTurn: (turn: number) => void) {
    this.#onTurn = onTurn;
  }

  deadlineMs(): number {
    return Infinity;
  }

  attempt(_nodeFd: number, timeoutMs: number): boolean {
    this.#onTurn(this.timeoutsMs.push(timeoutMs));
    return true;
  }

  addInterest(): void {
    throw new Error('this wait is the only one');
  }

  timeUp(): void {
    throw new Error('this wait has no deadline');
  }
}

function blockMs(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

onBothThreads(import.meta.url, 'turns in a row', {
  'end when an immediate is to run': async () => {
    const turns = await new Promise<number>((resolve) => {
      const wait = new BusyWait((turn) => {
        if (turn > 1) return;
        setImmediate(() => {
          leaveNodeLoop(wait);
          resolve(wait.timeoutsMs.length);
        });
      });
      enterNodeLoop(wait);
    });
    assert.equal(turns, 1);
  },

  "take their own time off the time until Node's next timer": async () => {
    const [first, second] = await new Promise<number[]>((resolve) => {
      const timer = setTimeout(() => undefined, 10_000);
      const wait = new BusyWait((turn) => {
        if (turn === 1) blockMs(100);
        if (turn !== 2) return;
        clearTimeout(timer);
        leaveNodeLoop(wait);
        resolve(wait.timeoutsMs);
      });
      enterNodeLoop(wait);
    });
    // libuv counts whole milliseconds.
    assert.ok(first! <= 10_000 && second! <= first! - 99, `${first!} ms, then ${second!} ms`);
  },
});

onBothThreads(import.meta.url, 'a wait of 0 s', {
  'does not sleep': async (t) => {
    const wait = (): Promise<unknown> => selectAsync([], [], [], 0);
    // One sleep of a millisecond in each wait would make every group of 10 waits take 10 ms.
    assert.ok((await fastestMs(20, 10, wait)) < 5);
    await whileWaiting(t, async () => {
      assert.ok((await fastestMs(20, 10, wait)) < 5);
    });
  },
});
