import { setTimeout } from 'node:timers/promises';

import { createConnection } from './create.ts';

/** The messages that `sendMessages` sends, and their receiver. */
export interface SendOptions {
  /** The server's address: [host, port]. */
  address: readonly [host: string, port: number];
  /** The number of messages. */
  count: number;
  /** The pause after each message in seconds. The message's connection stays open during the pause. */
  intervalSeconds: number;
  /** The text that each message starts with; the message's number follows it. */
  message: string;
  /** Called after each message with the number of messages sent so far. */
  onSent?: (sent: number) => void;
}

const CONNECT_TIMEOUT_SECONDS = 10;

/**
 * The article's client: makes a connection for each message, `Hello Server!0`, `Hello Server!1` and so on. Only
 * `tripoll send` uses it. It is in this folder because cli/ has no logic of its own, and sockets are all that it needs.
 *
 * Returns the number of messages and bytes that were sent. Throws the OSError of the first message that cannot be sent.
 */
export async function sendMessages(options: SendOptions): Promise<{ messages: number; bytes: number }> {
  let bytes = 0;
  for (let i = 0; i < options.count; i++) {
    const data = Buffer.from(`${options.message}${i}`);
    const connection = createConnection(options.address, CONNECT_TIMEOUT_SECONDS);
    try {
      connection.sendall(data);
      bytes += data.length;
      options.onSent?.(i + 1);
      await setTimeout(options.intervalSeconds * 1e3);
    } finally {
      connection.close();
    }
  }
  return { messages: options.count, bytes };
}
