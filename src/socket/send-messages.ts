import { setTimeout } from 'node:timers/promises';

import { createConnection } from './create.ts';

/** What to send, and where. */
export interface SendOptions {
  /** The server's address: [host, port]. */
  address: readonly [host: string, port: number];
  /** How many messages. */
  count: number;
  /** The pause after each message, in seconds; its connection stays open meanwhile. */
  intervalSeconds: number;
  /** The text that each message begins with; its number follows. */
  message: string;
  /** Called after each message with how many have been sent. */
  onSent?: (sent: number) => void;
}

const CONNECT_TIMEOUT_SECONDS = 10;

/**
 * The document's client: a connection for each message, `Hello Server!0`, `Hello Server!1` and so on.
 * @param options What to send, and where.
 * @returns How many messages and bytes were sent.
 * @throws {OSError} ECONNREFUSED and kin, as soon as one message cannot be sent.
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
