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
    page.waitForFunction((wanted) => document.querySelector('#held')!.textContent.startsWith(wanted), text);

  it('asks for it, says so when it is so, and shows after it what had gathered', async () => {
    using stub = new PageStub(lines.slice(0, holdAt), ACTIONS);
    stub.answer = { ok: true };
    const page = await browser.open(await stub.listen());
    await settled(page, '4 of 4');
    assert.equal(await page.getAttribute('#held', 'role'), 'status');
    assert.match(await textOf(page, '#held'), /^It runs\./);
    assert.equal(await page.isDisabled('#one-turn'), true);

    await page.click('#hold');
    await says(page, 'It stops when this turn is over.');
    assert.deepEqual(stub.controlled, [{ held: true }]);
    stub.write(lines[holdAt]!);
    await says(page, 'Stopped between two turns');
    assert.equal(await textOf(page, '#hold-label'), 'Let it go on');
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
    await says(page, 'It runs.');
    await settled(page, `${RAW_TURNS.held + 1} of`);
    assert.equal(await page.getAttribute('tr[data-fd="23"] [data-queue=in]', 'data-bytes'), '4096');
    await page.close();
  });

  it('is worked by keys, which are in the help, and says what went wrong', async () => {
    using stub = new PageStub(lines.slice(0, holdAt), ACTIONS);
    stub.answer = { ok: false, error: 'the loop has ended.' };
    const page = await browser.open(await stub.listen());
    await press(page, 's');
    await press(page, 'h');
    await says(page, 'That did not work: the loop has ended.');
    assert.deepEqual(stub.controlled, [{ held: true }]);
    await press(page, '?');
    assert.match(await textOf(page, '#keys'), /hold the program between two turns, or let it go on/);
    await press(page, 'Escape');
    stub.write(lines[holdAt]!);
    await page.waitForSelector('#one-turn:enabled');
    await press(page, 's');
    await until(() => stub.controlled.length === 2);
    stub.write({ type: 'end', ms: 9999 });
    await page.waitForSelector('#hold:disabled');
    assert.equal(await page.isDisabled('#one-turn'), true);
    assert.match(await textOf(page, '#held'), /^It has ended/);
    assert.equal(await page.isDisabled('[data-action=send]'), true);
    await page.close();
  });

  it('says that a turn is under way, how many will follow, and what was pressed before it', async () => {
    using stub = new PageStub(lines.slice(0, holdAt + 1), ACTIONS);
    const page = await browser.open(await stub.listen());
    const press2 = { type: 'action', ms: 3000, action: 'send', text: 'A client sends 6 bytes.' };
    stub.write(press2, { ...press2, ms: 3001 });
    await page.waitForFunction(() =>
      document.querySelector('#held')!.textContent.endsWith('Pressed since: A client sends 6 bytes. (2 times)'),
    );
    await press(page, 's');
    await says(page, 'It makes one turn');
    assert.doesNotMatch(await textOf(page, '#held'), /follow/);
    await press(page, 's');
    assert.match(await textOf(page, '#held'), /1 more turn will follow it\.$/);
    const turn = lines[holdAt + 2]!;
    stub.write(turn);
    await settled(page, '5 of 5');
    assert.match(await textOf(page, '#held'), /^It makes one turn: .*up\.$/);
    stub.write({ ...turn, turn: 6, ms: 9064 });
    await says(page, 'Stopped between two turns');
    await page.close();
  });

  it('asks about the turn that it makes, where the learner predicts', async () => {
    using stub = new PageStub(lines.slice(0, holdAt + 1), ACTIONS);
    const page = await browser.open(await stub.listen());
    await press(page, 'p');
    await press(page, 'Enter');
    await press(page, 's');
    assert.match(await textOf(page, '#score'), /you are asked as soon as the wait is over/);
    stub.write(lines[holdAt + 2]!);
    await settled(page, '5 of 5');
    await page.waitForSelector('[data-tick="23R"]');
    assert.equal(await page.getAttribute('#predict', 'aria-pressed'), 'true');
    await page.close();
  });

  it('is not offered for a file', async () => {
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
