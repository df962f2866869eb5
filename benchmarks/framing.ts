// Measures the cost of cutting the bytes of a recv into messages: frames of 64 bytes, 16 and 1,000 in a recv, with the copy for
// the handler. It also measures ways to find newlines, without a copy. It prints the medians of CPU time, user and system,
// because the machine may be shared. The forms take turns.
import { createFraming, type Framing } from '../src/server/framing/framing.ts';
import { median } from './harness/statistics.ts';

const ROUNDS = 15;
const MESSAGES = 200_000;
const NEWLINE = 10;
const TEXT = 'x'.repeat(63);

// Handles one recv, and returns the number of its messages.
type Form = () => number;

function decoding(framing: Framing, stream: string): Form {
  const decoder = createFraming(framing, 65_536)();
  const received = Buffer.from(stream);
  return () => {
    let messages = 0;
    decoder.feed(received, 0, received.length);
    while (decoder.next() !== undefined) messages++;
    decoder.keep();
    return messages;
  };
}

function scanning(lines: number, next: (received: Buffer, from: number) => number): Form {
  const received = Buffer.from(`${TEXT}\n`.repeat(lines));
  return () => {
    for (let i = 0, from = 0; i < lines; i++) from = next(received, from) + 1;
    return lines;
  };
}

function scanningText(lines: number): Form {
  const received = Buffer.from(`${TEXT}\n`.repeat(lines));
  return () => {
    const text = received.toString('latin1');
    for (let i = 0, from = 0; i < lines; i++) from = text.indexOf('\n', from) + 1;
    return lines;
  };
}

function loop(received: Buffer, from: number): number {
  let at = from;
  while (received[at] !== NEWLINE) at++;
  return at;
}

const forms = (perRecv: number): Record<string, Form> => ({
  "chunk, one message of the recv's size": decoding('chunk', `${TEXT}\n`.repeat(perRecv)),
  line: decoding('line', `${TEXT}\n`.repeat(perRecv)),
  'line, each recv ends within one': decoding('line', `x\n${`${TEXT}\n`.repeat(perRecv - 1)}${TEXT.slice(1)}`),
  'delimiter of 2 bytes': decoding({ kind: 'delimiter', delimiter: '\r\n' }, `${TEXT.slice(1)}\r\n`.repeat(perRecv)),
  fixed: decoding({ kind: 'fixed', length: 64 }, `${TEXT}\n`.repeat(perRecv)),
  'lengthPrefixed, 4 bytes': decoding({ kind: 'lengthPrefixed', bytes: 4 }, `\0\0\0<${TEXT.slice(3)}`.repeat(perRecv)),
  netstring: decoding('netstring', `60:${TEXT.slice(3)},`.repeat(perRecv)),
  'octet-counting': decoding('octet-counting', `61 ${TEXT.slice(2)}`.repeat(perRecv)),
  'only newlines: Buffer.indexOf': scanning(perRecv, (received, from) => received.indexOf(NEWLINE, from)),
  'only newlines: a loop': scanning(perRecv, loop),
  'only newlines: String.indexOf of all as latin1': scanningText(perRecv),
});

for (const perRecv of [16, 1000]) {
  const entries = Object.entries(forms(perRecv)).map(([name, form]) => ({ name, form, samples: [] as number[] }));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { form, samples } of entries) {
      const before = process.cpuUsage();
      let messages = 0;
      for (let recvs = MESSAGES / perRecv; recvs > 0; recvs--) messages += form();
      const { user, system } = process.cpuUsage(before);
      // The first round warms up.
      if (round > 0) samples.push(((user + system) * 1000) / messages);
    }
  }
  console.log(
    `ns of CPU a message, ${perRecv} frames a recv, medians of ${ROUNDS} rounds, Node ${process.versions.node}`,
  );
  for (const { name, samples } of entries) console.log(`${name.padEnd(50)} ${median(samples).toFixed(0)}`);
}
