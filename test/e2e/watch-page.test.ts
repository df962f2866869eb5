import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Page } from 'playwright-core';

import { EVENT_KINDS } from '../../src/watch/page/model/event-bits.ts';
import { asSelect, hasBit } from '../../src/watch/page/model/mechanics.ts';
import { turnSentence } from '../../src/watch/page/model/sentences.ts';
import type { TurnState } from '../../src/watch/page/model/timeline.ts';
import {
  type PageDocument,
  type PageElement,
  press,
  settled,
  skipWithoutChromium,
  slideTo,
  textOf,
  useSamplePage,
} from '../support/watch-page.ts';
import { sampleTimeline } from '../support/watch-trace.ts';

// In functions that the browser runs.
declare const document: PageDocument;

const skip = skipWithoutChromium();
const timeline = sampleTimeline();
const LAST = timeline.length - 1;

// What is on the page, as data.
interface Shown {
  sentence: string;
  watched: string[];
  returned: string[];
  did: string[];
  part: number;
  folded: number;
  rows: [fd: number, interest: number, ready: number, queues: Record<string, number>][];
}

function readPage(page: Page): Promise<Shown> {
  return page.evaluate(() => {
    const all = (selector: string): PageElement[] => [...document.querySelectorAll(selector)];
    const sets = (card: string): string[] => all(`[data-card=${card}] [data-fds]`).map(({ dataset }) => dataset.fds!);
    const queues = (row: PageElement): Record<string, number> =>
      Object.fromEntries(
        [...row.querySelectorAll('[data-queue]')].map(({ dataset }) => [dataset.queue!, Number(dataset.bytes)]),
      );
    return {
      sentence: document.querySelector('#sentence')!.textContent,
      watched: sets('watched'),
      returned: sets('returned'),
      did: all('[data-card=did] [data-call]').map(({ dataset }) => dataset.call!),
      part: Number(all('[data-part]')[0]!.dataset.part),
      folded: Number(/\d+/.exec(document.querySelector('.fold')!.textContent)![0]),
      rows: all('#fd-table [data-fd]').map((row) => {
        const { fd, interest, ready } = row.dataset;
        return [Number(fd), Number(interest), Number(ready), queues(row)];
      }),
    };
  });
}

function members(events: ReadonlyMap<number, number>): string[] {
  return EVENT_KINDS.map(({ bit }) =>
    [...events]
      .filter(([, mask]) => (mask & bit) !== 0)
      .map(([fd]) => fd)
      .join(' '),
  );
}

function expectedQueues({ queues }: TurnState, fd: number): Record<string, number> {
  const { kernelIn = 0, kernelOut = 0, queued = 0 } = queues.get(fd) ?? {};
  return Object.fromEntries(
    Object.entries({ in: kernelIn, out: kernelOut, own: queued }).filter(([, bytes]) => bytes > 0),
  );
}

function assertShows(shown: Shown, index: number): void {
  const state = timeline.at(index);
  const { turn } = state;
  assert.equal(shown.sentence, turnSentence(state));
  assert.deepEqual(shown.watched, members(state.interest));
  assert.deepEqual(shown.returned, members(state.ready));
  assert.deepEqual(shown.did, turn.did.slice(0, 6).map(([call]) => call)); // prettier-ignore
  assert.ok(Math.abs(shown.part - turn.waitedMs / turn.timeoutMs) < 0.001);
  for (const [fd, interest, ready, queues] of shown.rows) {
    assert.equal(interest, fd === state.nodeFd ? 1 : (state.interest.get(fd) ?? 0), `interest of ${fd}`);
    assert.equal(ready, state.ready.get(fd) ?? 0, `ready of ${fd}`);
    assert.deepEqual(queues, expectedQueues(state, fd), `queues of ${fd}`);
  }
  const known = new Set([...state.fds.keys(), ...state.interest.keys(), state.nodeFd]);
  assert.equal(shown.rows.length + shown.folded, known.size);
}

describe('the watch page', { skip }, () => {
  const opened = useSamplePage();

  it('shows each turn of the trace, step by step, and the same on the way back', async () => {
    const { page } = opened;
    for (let index = 0; index <= LAST; index++) {
      await settled(page, `${index + 1} of`);
      assertShows(await readPage(page), index);
      if (index < LAST) await page.click('#step');
    }
    assert.equal(await page.isDisabled('#step'), true);
    for (let index = LAST; index >= 0; index--) {
      await settled(page, `${index + 1} of`);
      assertShows(await readPage(page), index);
      if (index > 0) await page.click('#back');
    }
    assert.equal(await page.isDisabled('#back'), true);
  });

  it('shows the same page after the slider has been moved away and back', async () => {
    const { page } = opened;
    for (const tab of ['1', '2', '3', '4']) {
      await press(page, tab);
      await slideTo(page, 7);
      const html = await page.locator('main').innerHTML();
      await slideTo(page, LAST);
      await slideTo(page, 2);
      await slideTo(page, 7);
      assert.equal(await page.locator('main').innerHTML(), html);
    }
  });

  it("shows select's bitmaps", async () => {
    const { page } = opened;
    for (const index of [3, 6, 14]) {
      await slideTo(page, index);
      const { sets, nfds, result } = asSelect(timeline.at(index));
      const fds = Array.from({ length: nfds }, (_, fd) => fd);
      for (const { name, before: passed, after: returned } of sets) {
        const bitmap = page.locator(`[data-bitmap=${name}]`);
        const list = (words: Uint32Array | null): string => fds.filter((fd) => hasBit(words, fd)).join(' ');
        assert.equal(await bitmap.getAttribute('data-before'), list(passed));
        assert.equal(await bitmap.getAttribute('data-after'), list(returned));
        const ones = await bitmap.locator('.bit-row .bits:nth-of-type(1) .one').allInnerTexts();
        assert.ok(ones.every((text) => /^1+$/.test(text)));
        assert.equal(ones.join('').length, list(passed) === '' ? 0 : list(passed).split(' ').length);
      }
      assert.match(await textOf(page, '.signature'), new RegExp(`^select\\(${nfds}, .* = ${result}$`));
    }
  });

  it("shows poll's table and epoll's lists", async () => {
    const { page } = opened;
    await slideTo(page, 6);
    await press(page, '2');
    assert.equal(await textOf(page, '.signature'), 'poll(fds, 4, 1000) = 1');
    const entries = await page
      .locator('.entries tbody tr')
      .evaluateAll((rows: PageElement[]) => rows.map((row) => row.textContent));
    assert.deepEqual(entries, [
      '[0]13 NodePOLLIN0',
      '[1]20POLLIN0',
      '[2]21POLLIN|POLLPRI0',
      '[3]22POLLIN|POLLOUT|POLLPRIPOLLOUT',
    ]);
    await press(page, '3');
    const list = (name: string): Promise<string[]> => page.locator(`[data-list=${name}] code`).allInnerTexts();
    assert.deepEqual(await list('changes'), ['MOD 22 EPOLLIN|EPOLLOUT|EPOLLPRI']);
    assert.deepEqual(await list('interest'), [
      '13 EPOLLIN Node',
      '20 EPOLLIN',
      '21 EPOLLIN|EPOLLPRI',
      '22 EPOLLIN|EPOLLOUT|EPOLLPRI',
    ]);
    assert.deepEqual(await list('ready'), ['22 EPOLLOUT']);
    assert.equal(await textOf(page, '.signature'), 'epoll_wait(epfd, events, 1024, 1000) = 1');
    await slideTo(page, 3);
    assert.match(await textOf(page, '.node-note'), /2 waits before this one returned only this fd: 13 EPOLLIN\.$/);
    await slideTo(page, 0);
    assert.deepEqual(await list('changes'), ['ADD 20 EPOLLIN', 'ADD 13 EPOLLIN Node']);
  });

  it("counts the kernel's work for all three calls, in the turn and in all turns so far", async () => {
    const { page } = opened;
    await slideTo(page, 14);
    const { work, total } = timeline.at(14);
    for (const [name, expected] of [
      ['turn', work],
      ['total', total],
    ] as const) {
      for (const call of ['select', 'poll', 'epoll'] as const) {
        for (const [key, count] of Object.entries(expected[call])) {
          const cell = page.locator(`[data-work=${name}-${call}-${key}]`);
          assert.equal(await cell.getAttribute('data-count'), String(count), `${name} ${call} ${key}`);
        }
      }
    }
  });
});
