import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Page } from 'playwright-core';

import { turnSentence } from '../../src/watch/page/model/sentences.ts';
import { tcpMeaning } from '../../src/watch/page/model/reasons.ts';
import {
  type PageDocument,
  type PageElement,
  press,
  skipWithoutChromium,
  slideTo,
  textOf,
  useSamplePage,
} from '../support/watch-page.ts';
import { timelineOf } from '../support/trace-lines.ts';
import { RAW_TURNS, rawTrace } from '../support/watch-raw-trace.ts';

// In functions that the browser runs.
declare const document: PageDocument;
declare const window: { readonly innerWidth: number };

const lines = rawTrace('select');
const timeline = timelineOf(lines);

describe('the watch page with raw bits', { skip: skipWithoutChromium() }, () => {
  const opened = useSamplePage(lines);
  const texts = (page: Page, selector: string): Promise<string[]> =>
    page
      .locator(selector)
      .evaluateAll((all: PageElement[]) => all.map(({ textContent }) => textContent.replaceAll('\u00a0', ' ')));

  it("shows them by name in poll's table and epoll's ready list, and says where they come from", async () => {
    const { page } = opened;
    await slideTo(page, RAW_TURNS.hangUps);
    await press(page, '2');
    const revents = await texts(page, '[data-revents]');
    assert.deepEqual(revents, ['0', '0', 'POLLIN|POLLHUP|POLLRDHUP', 'POLLIN|POLLERR|POLLHUP|POLLRDHUP', '0']);
    assert.match(
      await textOf(page, '.bit-source'),
      /^select has no such bits\. These are the bits that poll\(2\) returned/,
    );
    assert.deepEqual(await texts(page, '.bit-note code'), ['POLLERR', 'POLLHUP', 'POLLRDHUP']);
    await press(page, '3');
    assert.deepEqual(await texts(page, '[data-list=ready] code'), [
      '21 EPOLLIN|EPOLLHUP|EPOLLRDHUP',
      '22 EPOLLIN|EPOLLERR|EPOLLHUP|EPOLLRDHUP',
    ]);
    await slideTo(page, RAW_TURNS.derived);
    assert.deepEqual(await texts(page, '[data-list=ready] code'), ['23 EPOLLIN']);
    assert.match(await textOf(page, '.bit-source'), /^This trace is older and has no raw bits/);
  });

  it('names hang-ups and errors at the fds and in the result, and a screen reader hears them', async () => {
    const { page } = opened;
    await slideTo(page, RAW_TURNS.hangUps);
    assert.deepEqual(await texts(page, '#fd-table tr[data-fd="22"] .trouble'), ['ERR', 'HUP', 'RDHUP']);
    assert.deepEqual(await texts(page, '[data-card=returned] [data-set=R] .chip.ready'), [
      '21HUP RDHUP',
      '22ERR HUP RDHUP',
    ]);
    assert.equal(await page.getAttribute('#sentence', 'aria-live'), 'polite');
    assert.equal(await textOf(page, '#sentence'), turnSentence(timeline.at(RAW_TURNS.hangUps)));
  });

  it("draws the wakes of Node's own event loop and the signals at their times, with a legend", async () => {
    const { page } = opened;
    await slideTo(page, RAW_TURNS.hangUps);
    const pins = await page
      .locator('.track [data-pin]')
      .evaluateAll((all: PageElement[]) => all.map(({ dataset }) => [dataset.pin, Number(dataset.ms)]));
    assert.deepEqual(pins, [['signal', 40], ['node', 40.2], ['node', 400]]); // prettier-ignore
    const at = await page.evaluate(() => {
      const centre = (selector: string): number => {
        const { left, width } = document.querySelector(selector)!.getBoundingClientRect();
        return left + width / 2;
      };
      const track = document.querySelector('.track')!.getBoundingClientRect();
      return (centre('.track [data-ms="400"]') - track.left) / track.width;
    });
    assert.ok(Math.abs(at - 0.4) < 0.01, `a wake after 400 of 1000 ms is drawn at ${at}`);
    assert.deepEqual(await texts(page, '.wait-marks li:not(.cause) .time'), ['40.0 ms', '40.2 ms, 400 ms']);
    assert.match(await textOf(page, '.cause'), /640 ms until 2 fds were ready; hang-up or error on fd 21 and fd 22$/);
    await slideTo(page, RAW_TURNS.paused);
    assert.match(
      await textOf(page, '[data-mark=before]'),
      /The program was paused for 7,000 ms: what clients sent then waited in the kernel\.$/,
    );
  });

  it('says what the TCP state of each fd means', async () => {
    const { page } = opened;
    await slideTo(page, RAW_TURNS.halfClose);
    const states = await texts(page, '#fd-table .tcp');
    const names = ['LISTEN', 'CLOSE-WAIT', 'ESTAB', 'ESTAB'];
    assert.deepEqual(states, names.map((name) => `${name}: ${tcpMeaning(name)}`)); // prettier-ignore
    assert.equal(await page.getAttribute('tr[data-fd="21"] [data-queue=in]', 'data-bytes'), '6');
  });

  it('shows no queue, TCP state, bit or mark that would reveal the result of a prediction', async () => {
    const { page } = opened;
    await slideTo(page, RAW_TURNS.accept);
    await press(page, 'p');
    await page.waitForSelector('[data-tick]');
    const revealing = '[data-queue], [data-backlog], [data-tcp], .trouble, [data-pin], .bit-note, .bit-source';
    assert.equal(await page.locator(revealing).count(), 0);
    await press(page, 'Enter');
    await page.waitForSelector('[data-verdict]');
    assert.ok((await page.locator(revealing).count()) > 3);
  });

  it('shows buttons and signals during a prediction, without their times', async () => {
    const { page } = opened;
    for (const [index, kind, text] of [
      [RAW_TURNS.accept, 'action', 'A client connects.'],
      [RAW_TURNS.hangUps, 'signal', 'The signal SIGUSR2 arrived, and Node ran its handler.'],
    ] as const) {
      await slideTo(page, index - 1);
      await press(page, 'p');
      if (index === RAW_TURNS.accept) {
        // The page asks about the first turn of a trace itself.
        await press(page, 'Enter');
        await press(page, 'n');
      }
      await page.waitForSelector('[data-tick]');
      assert.deepEqual(await texts(page, '.wait-marks [data-mark]'), [text]);
      assert.equal(await page.locator(`[data-mark=${kind}]`).count(), 1);
      assert.equal(await page.locator('[data-pin], .wait-marks .time').count(), 0);
      await press(page, 'p');
    }
  });

  for (const width of [1280, 400]) {
    it(`fits into ${width} pixels, and no table is wider than its card`, async () => {
      const { page } = opened;
      await page.setViewportSize({ width, height: 800 });
      for (const index of Object.values(RAW_TURNS)) {
        await slideTo(page, index);
        for (const key of ['1', '2', '3', '4']) {
          await press(page, key);
          const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          assert.ok(excess <= 0, `turn ${index + 1}, tab ${key}: ${excess} pixels too wide`);
          const wide = await page.evaluate(() =>
            [...document.querySelectorAll('.card, .call, #fds, #past, .list')]
              .filter((card) => card.scrollWidth > card.clientWidth + 1)
              .map(({ outerHTML }) => outerHTML.slice(0, 60)),
          );
          assert.deepEqual(wide, [], `turn ${index + 1}, tab ${key}`);
        }
      }
    });
  }
});
