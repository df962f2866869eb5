import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { type Encoding, encodings } from '../../../../src/cli/serve/output/encoding.ts';
import { createJsonFormat } from '../../../../src/cli/serve/output/json-format.ts';
import { createLineFormat } from '../../../../src/cli/serve/output/line-format.ts';
import { MessageBuffer } from '../../../../src/cli/serve/output/message-buffer.ts';
import { type Format, type Messages, OneMessage } from '../../../../src/cli/serve/output/messages.ts';
import { parsePrefix, type PrefixField } from '../../../../src/cli/serve/output/prefix.ts';
import { createTerminalJsonFormat, writeTerminalText } from '../../../../src/cli/serve/output/terminal-format.ts';
import { writeText } from '../../../../src/cli/serve/output/text-format.ts';
import type { DisconnectReason } from '../../../../src/server/connection/disconnect-reason.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 17, 0, 0, 7);
const sender = { address: ['127.0.0.1', 9001] as [string, number] };

/** Messages between which the bytes of a framing lie. */
class Batch implements Messages {
  readonly length: number;
  readonly source: Buffer;
  readonly #starts: number[] = [];
  readonly #messages: readonly Uint8Array[];

  constructor(messages: readonly Uint8Array[], between: readonly Uint8Array[]) {
    this.#messages = messages;
    this.length = messages.length;
    const parts: Uint8Array[] = [];
    let at = 0;
    messages.forEach((message, index) => {
      this.#starts.push(at);
      const gap = between[index % between.length]!;
      parts.push(message, gap);
      at += message.length + gap.length;
    });
    this.source = Buffer.concat(parts);
  }

  start(index: number): number {
    return this.#starts[index]!;
  }

  end(index: number): number {
    return this.start(index) + this.#messages[index]!.length;
  }
}

/** What a format writes, whole and by message. */
function written(format: Format, messages: Messages): { text: Buffer; lengths: number[] } {
  const buffer = new MessageBuffer();
  format(messages, sender, buffer);
  const text = Buffer.from(buffer.bytes.subarray(0, buffer.end));
  const lengths: number[] = [];
  // The lengths, as an output that writes byte by byte sees them.
  for (let left = buffer.unwrittenMessages, length = 1; left > 0; length++) {
    buffer.written(1);
    if (buffer.unwrittenMessages === left) continue;
    lengths.push(length);
    left--;
    length = 0;
  }
  return { text, lengths };
}

function textOf(message: Uint8Array): Buffer {
  return message.at(-1) === 10 ? Buffer.from(message) : Buffer.concat([message, Buffer.from('\n')]);
}

function jsonOf(bytes: Uint8Array): Buffer {
  const message = Buffer.from(bytes);
  const content = isUtf8(message) ? { message: message.toString() } : { base64: message.toString('base64') };
  const line = JSON.stringify({ time: new Date(NOW_MS).toISOString(), peer: '127.0.0.1:9001', ...content });
  return Buffer.from(`${line}\n`);
}

// Bytes that matter to a format, and any others.
const someBytes = fc
  .array(
    fc.oneof(
      fc
        .constantFrom('\n', '\r', '"', '\\', '\0', '\x1f', '\x7f', 'a', 'ü', '\u2028', '😀')
        .map((text) => [...Buffer.from(text)]),
      fc.nat(255).map((byte) => [byte]),
    ),
    { maxLength: 40 },
  )
  .map((parts) => Uint8Array.from(parts.flat()));
const utf8 = fc.string({ unit: 'binary', maxLength: 60 }).map((text) => Uint8Array.from(Buffer.from(text)));
const message = fc.oneof(someBytes, utf8);
const batches = fc.record({
  messages: fc.array(message, { minLength: 1, maxLength: 20 }),
  between: fc.array(
    fc.constantFrom('\n', '\r\n', '', ',', '\n5:').map((text) => Uint8Array.from(Buffer.from(text))),
    {
      minLength: 1,
      maxLength: 3,
    },
  ),
});

describe('the formats of serve', () => {
  const formats = [
    ['text', writeText, textOf],
    ['json', createJsonFormat('auto', () => NOW_MS), jsonOf],
  ] as const;
  for (const [name, format, expected] of formats) {
    it(`write any batch as if each message were written alone, and know where each ends (${name})`, () => {
      fc.assert(
        fc.property(batches, ({ messages, between }) => {
          const lines = messages.map(expected);
          const result = written(format, new Batch(messages, between));
          assert.equal(result.text.toString('latin1'), Buffer.concat(lines).toString('latin1'));
          assert.deepEqual(
            result.lengths,
            lines.map(({ length }) => length),
          );
        }),
        { numRuns: 1000 },
      );
    });

    it(`write long messages that need much room (${name})`, () => {
      for (const byte of [0x00, 0x22, 0x61, 0xff]) {
        const long = Buffer.alloc(300_001, byte);
        assert.ok(written(format, new OneMessage(long)).text.equals(expected(long)), `byte ${byte}`);
      }
    });
  }

  it('mark an unfinished message, so that nobody takes it for a whole one', () => {
    const rest = (bytes: Buffer) => new OneMessage(bytes, 'reset');
    const half = rest(Buffer.from('one\nhalf'));
    const binary = rest(Buffer.of(0xff, 10, 0));
    const json = createJsonFormat('auto', () => NOW_MS);
    const head = '{"time":"2026-11-23T17:00:00.007Z","peer":"127.0.0.1:9001",';
    for (const format of [writeText, writeTerminalText]) {
      assert.equal(String(written(format, half).text), '[unfinished: reset] one\\x0ahalf\n');
      assert.equal(String(written(format, binary).text), '[unfinished: reset, base64] /woA\n');
    }
    for (const format of [json, createTerminalJsonFormat('auto', () => NOW_MS)]) {
      assert.equal(String(written(format, half).text), `${head}"unfinished":"reset","message":"one\\nhalf"}\n`);
      assert.equal(String(written(format, binary).text), `${head}"unfinished":"reset","base64":"/woA"}\n`);
    }
    assert.equal(String(written(json, new OneMessage(Buffer.from('next'))).text), `${head}"message":"next"}\n`);
  });

  it('write the time of each batch, and the address of each sender', () => {
    let nowMs = NOW_MS;
    const format = createJsonFormat('auto', () => nowMs);
    const buffer = new MessageBuffer();
    format(new OneMessage(Buffer.from('a')), sender, buffer);
    nowMs += 1;
    format(new OneMessage(Buffer.from('b')), { address: ['::1', 7, 0, 0] }, buffer);
    assert.equal(
      buffer.bytes.toString('utf8', 0, buffer.end),
      '{"time":"2026-11-23T17:00:00.007Z","peer":"127.0.0.1:9001","message":"a"}\n' +
        '{"time":"2026-11-23T17:00:00.008Z","peer":"[::1]:7","message":"b"}\n',
    );
  });
});

describe('the encodings of JSON', () => {
  const head = { time: '2026-11-23T17:00:00.007Z', peer: '127.0.0.1:9001', unfinished: null };
  // What each encoding makes of any bytes.
  const contents = {
    utf8: (bytes: Buffer) => ({ replaced: !isUtf8(bytes), message: bytes.toString() }),
    latin1: (bytes: Buffer) => ({ message: bytes.toString('latin1') }),
    base64: (bytes: Buffer) => ({ base64: bytes.toString('base64') }),
    hex: (bytes: Buffer) => ({ hex: bytes.toString('hex') }),
  };
  for (const encoding of ['utf8', 'latin1', 'base64', 'hex'] as const) {
    const format = createJsonFormat(encoding, () => NOW_MS);
    const lineOf = (bytes: Uint8Array) =>
      Buffer.from(`${JSON.stringify({ ...head, ...contents[encoding](Buffer.from(bytes)) })}\n`);

    it(`give every message the same fields in the same order (${encoding})`, () => {
      fc.assert(
        fc.property(batches, ({ messages, between }) => {
          const lines = messages.map(lineOf);
          const result = written(format, new Batch(messages, between));
          assert.equal(result.text.toString('latin1'), Buffer.concat(lines).toString('latin1'));
          const lengths = lines.map(({ length }) => length);
          assert.deepEqual(result.lengths, lengths);
        }),
        { numRuns: 300 },
      );
    });

    it(`write long messages that need much room (${encoding})`, () => {
      for (const byte of [0x00, 0x61, 0xff]) {
        const long = Buffer.alloc(300_001, byte);
        assert.ok(written(format, new OneMessage(long)).text.equals(lineOf(long)), `byte ${byte}`);
      }
    });

    it(`give an unfinished message the same fields, too (${encoding})`, () => {
      const { text } = written(format, new OneMessage(Buffer.from('ab'), 'reset'));
      assert.deepEqual(JSON.parse(String(text)), {
        ...head,
        unfinished: 'reset',
        ...contents[encoding](Buffer.from('ab')),
      });
    });
  }
});

describe('text with a prefix or an encoding', () => {
  const line = (encoding: Encoding, prefix: readonly PrefixField[], bytes: Buffer, reason?: DisconnectReason) => {
    const format = createLineFormat(encoding, prefix, () => NOW_MS);
    return String(written(format, new OneMessage(bytes, reason)).text);
  };

  it('has the time and the peer before each message, in the order that was asked for', () => {
    const message = Buffer.from('temp=21');
    assert.equal(line('auto', ['time', 'peer'], message), '2026-11-23T17:00:00.007Z 127.0.0.1:9001 temp=21\n');
    assert.equal(line('auto', ['peer'], message), '127.0.0.1:9001 temp=21\n');
    assert.deepEqual(parsePrefix('peer,time'), ['peer', 'time']);
    for (const wrong of ['', 'peer,', 'fd', 'peer,peer', 'time peer']) assert.equal(parsePrefix(wrong), undefined);
  });

  it('is one line for each message, also for a message that contains a forged line', () => {
    const forged = Buffer.from('one\n127.0.0.2:1 two\r\n');
    assert.equal(line('auto', ['peer'], forged), '127.0.0.1:9001 one\\x0a127.0.0.2:1 two\n');
    assert.equal(line('utf8', [], forged), 'one\\x0a127.0.0.2:1 two\n');
    fc.assert(
      fc.property(batches, fc.constantFrom(...encodings), ({ messages, between }, encoding) => {
        const format = createLineFormat(encoding, [], () => NOW_MS);
        const { text, lengths } = written(format, new Batch(messages, between));
        assert.equal(String(text).split('\n').length, messages.length + 1);
        assert.equal(lengths.length, messages.length);
      }),
    );
  });

  it('shows binary messages, and marks those that have another form than the others', () => {
    const binary = Buffer.of(0xb0, 0x43, 10, 0);
    assert.equal(line('auto', ['peer'], binary), '127.0.0.1:9001 [base64] sEMKAA==\n');
    assert.equal(line('utf8', [], binary), '[replaced] \ufffdC\\x0a\\x00\n');
    assert.equal(line('latin1', [], binary), '°C\\x0a\\x00\n');
    assert.equal(line('hex', [], binary), 'b0430a00\n');
    assert.equal(line('base64', [], binary), 'sEMKAA==\n');
    assert.equal(line('hex', [], binary, 'reset'), '[unfinished: reset] b0430a00\n');
    assert.equal(line('utf8', [], binary, 'reset'), '[unfinished: reset, replaced] \ufffdC\\x0a\\x00\n');
  });
});

describe('the formats for a terminal', () => {
  // C0, DEL, C1, and the characters of Bidi_Control.
  const obeyed = /[^\P{Cc}\t\n]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
  const hostile = 'a\u009b2J\u202eb\u2066\u200f\u061c\x1b[2J\x7f\tc';

  it('leave no character that a terminal obeys in text', () => {
    const { text } = written(writeTerminalText, new OneMessage(Buffer.from(hostile)));
    assert.doesNotMatch(text.toString(), obeyed);
    assert.equal(text.toString(), 'a\\x9b2J\\u202eb\\u2066\\u200f\\u061c\\x1b[2J\\x7f\tc\n');
  });

  it('leave no such character in JSON, whose values stay the same', () => {
    const batch = new Batch([Buffer.from(hostile), Buffer.from('b')], [Buffer.from('\n')]);
    const { text, lengths } = written(
      createTerminalJsonFormat('auto', () => NOW_MS),
      batch,
    );
    assert.doesNotMatch(text.toString(), obeyed);
    assert.equal(lengths.length, 2);
    const lines = text.toString().trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { message: string }).message),
      [hostile, 'b'],
    );
  });
});
