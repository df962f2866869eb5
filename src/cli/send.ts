import type { Command } from 'commander';

import { sendMessages } from '../socket/send-messages.ts';
import { hostPortText, counted, log } from './text.ts';
import { parser, seconds, wholeNumber } from './values.ts';

interface SendOptions {
  host: string;
  port: number;
  count: number;
  interval: number;
  message: string;
}

const EXAMPLES = `Examples:
  tripoll send                              15 messages to 127.0.0.1:9001, 150 ms apart
  tripoll send --count 100 --interval 0
  tripoll send --port 9002 --message 'temperature '
`;

/**
 * Adds `tripoll send`.
 * @param program The command that it becomes part of.
 */
export function addSend(program: Command): void {
  program
    .command('send')
    .summary('send messages to a server, one connection each')
    .description('Sends numbered messages over TCP, each on a connection of its own that stays open for the interval.')
    .addHelpText('before', EXAMPLES)
    .option('--host <address>', "the server's address or name", '127.0.0.1')
    .option('--port <number>', "the server's port", parser(wholeNumber(1, 65535)), 9001)
    .option('--count <number>', 'how many messages', parser(wholeNumber(1, 1_000_000_000)), 15)
    .option('--interval <seconds>', 'the pause after each message', parser(seconds(0, 3600)), 0.15)
    .option('--message <text>', 'what each message begins with; its number follows', 'Hello Server!')
    .action(send);
}

async function send({ host, port, count, interval, message }: SendOptions): Promise<void> {
  const began = performance.now();
  const progress = process.stderr.isTTY;
  const to = hostPortText([host, port]);
  let messages = 0;
  const options = { address: [host, port], count, intervalSeconds: interval, message } as const;
  const onSent = (number: number): void => {
    messages = number;
    if (progress) process.stderr.write(`\rtripoll: ${number} of ${count} sent `);
  };
  let bytes;
  try {
    ({ bytes } = await sendMessages({ ...options, onSent }));
  } catch (error) {
    if (progress && messages > 0) process.stderr.write('\n');
    log(`${messages} of ${counted(count, 'message')} sent to ${to}`);
    throw error;
  }
  if (progress) process.stderr.write('\r');
  const took = ((performance.now() - began) / 1e3).toFixed(1);
  log(`sent ${counted(messages, 'message')}, ${counted(bytes, 'byte')} to ${to} in ${took} s`);
}
