import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { until } from '../support/child.ts';
import {
  Browser,
  type PageDocument,
  PageStub,
  press,
  settled,
  skipWithoutChromium,
  textOf,
} from '../support/watch-page.ts';
import { RAW_TURNS, rawTrace } from '../support/watch-raw-trace.ts';

// In functions that the browser runs.
declare const document: PageDocument;

const ACTIONS = [{ name: 'send', label: 'Send', look: 'Its fd is readable.' }];
const lines = rawTrace();
const holdAt = lines.findIndex((line) => 'held' in line);

describe('holding the program', { skip: skipWithoutChromium() }, () => {
  let browser: Browser;
  before(async () => {
    browser = await Browser.start();
  });
  after(async () => {
    await browser[Symbol.asyncDispose]();
  });
  const says = (page: { waitForFunction: (test: (text: string) => boolean, text: string) => unknown }, text: string) =>
    page.waitForFunction((wanted) => document.querySelector('#program-status')!.textContent.startsWith(wanted), text);

  it('requests the pause, says when the program is paused, and shows what was received after it', async () => {
    using stub = new PageStub(lines.slice(0, holdAt), ACTIONS);
    stub.answer = { ok: true };
    const page = await browser.open(await stub.listen());
    await settled(page, '4 of 4');
    assert.equal(await page.getAttribute('#program-status', 'role'), 'status');
    assert.match(await textOf(page, '#program-status'), /^It is running\./);
    assert.equal(await page.isDisabled('#one-turn'), true);

    await page.click('#hold');
    await says(page, 'It pauses when this turn is over.');
    await until(() => stub.controlled.length === 1);
    assert.deepEqual(stub.controlled, [{ held: true }]);
    stub.write(lines[holdAt]!);
    await says(page, 'Paused between two turns');
    assert.equal(await textOf(page, '#hold-label'), 'Let it continue');
    assert.equal(await textOf(page, '#run-label'), 'Run');

    await press(page, 'Home');
    await page.click('#one-turn');
    await settled(page, '4 of 4');
    await until(() => stub.controlled.length === 2);
    assert.deepEqual(stub.controlled[1], { step: 1 });

    await press(page, 'h');
    await until(() => stub.controlled.length === 3);
    assert.deepEqual(stub.controlled[2], { held: false });
    stub.write(lines[holdAt + 1]!, lines[holdAt + 2]!);
    await says(page, 'It is running.');
    await settled(page, `${RAW_TURNS.paused + 1} of`);
    assert.equal(await page.getAttribute('tr[data-fd="23"] [data-queue=in]', 'data-bytes'), '4096');
    await page.close();
  });

  it('works with the keys that the help lists, and says what went wrong', async () => {
    using stub = new PageStub(lines.slice(0, holdAt), ACTIONS);
    stub.answer = { ok: false, error: 'the loop has ended.' };
    const page = await browser.open(await stub.listen());
    await press(page, 's');
    await press(page, 'h');
    await says(page, 'That did not work: the loop has ended.');
    assert.deepEqual(stub.controlled, [{ held: true }]);
    await press(page, '?');
    assert.match(await textOf(page, '#keys'), /hold the program between two turns, or let it continue/);
    await press(page, 'Escape');
    stub.write(lines[holdAt]!);
    await page.waitForSelector('#one-turn:enabled');
    await press(page, 's');
    await until(() => stub.controlled.length === 2);
    stub.write({ type: 'end', ms: 9999 });
    await page.waitForSelector('#hold:disabled');
    assert.equal(await page.isDisabled('#one-turn'), true);
    assert.match(await textOf(page, '#program-status'), /^It has ended/);
    assert.equal(await page.isDisabled('[data-action=send]'), true);
    await page.close();
  });

  it('says that the program makes a turn, how many turns will follow, and what was pressed before', async () => {
    using stub = new PageStub(lines.slice(0, holdAt + 1), ACTIONS);
    const page = await browser.open(await stub.listen());
    const pressed = { type: 'action', ms: 3000, action: 'send', text: 'A client sends 6 bytes.' };
    stub.write(pressed, { ...pressed, ms: 3001 });
    await page.waitForFunction(() =>
      document
        .querySelector('#program-status')!
        .textContent.endsWith('Pressed since then: A client sends 6 bytes. (2 times)'),
    );
    await press(page, 's');
    await says(page, 'It makes one turn');
    assert.doesNotMatch(await textOf(page, '#program-status'), /follow/);
    await press(page, 's');
    assert.match(await textOf(page, '#program-status'), /1 more turn will follow\.$/);
    const turn = lines[holdAt + 2]!;
    stub.write(turn);
    await settled(page, '5 of 5');
    assert.match(await textOf(page, '#program-status'), /^It makes one turn: .*over\.$/);
    stub.write({ ...turn, turn: 6, ms: 9064 });
    await says(page, 'Paused between two turns');
    await page.close();
  });

  it('asks for a prediction of the single turn when the learner predicts', async () => {
    using stub = new PageStub(lines.slice(0, holdAt + 1), ACTIONS);
    const page = await browser.open(await stub.listen());
    await press(page, 'p');
    await press(page, 'Enter');
    await press(page, 's');
    assert.match(await textOf(page, '#score'), /You are asked when its wait is over/);
    stub.write(lines[holdAt + 2]!);
    await settled(page, '5 of 5');
    await page.waitForSelector('[data-tick="23R"]');
    assert.equal(await page.getAttribute('#predict', 'aria-pressed'), 'true');
    await page.close();
  });

  it('is not offered for a recorded trace', async () => {
    using stub = new PageStub(lines);
    const page = await browser.open(await stub.listen());
    assert.equal(await page.isVisible('#program'), false);
    await press(page, 'h');
    await press(page, 's');
    assert.deepEqual(stub.controlled, []);
    await press(page, '?');
    assert.doesNotMatch(await textOf(page, '#keys'), /hold the program/);
    await page.close();
  });
});
