import type { LoadReport } from './load.ts';
import type { Role } from './results.ts';
import type { Counters } from './server.ts';

type Counter = 'messages' | 'bytes' | 'checksum';

// What must be equal. The chunks of an echo server are as the kernel cut them, so only their bytes can be compared.
const compared: Record<Role, readonly Counter[]> = {
  echo: ['bytes'],
  reply: ['messages', 'bytes'],
  lines: ['messages', 'bytes', 'checksum'],
  batch: ['messages', 'bytes', 'checksum'],
  collect: ['bytes'],
  urgent: ['messages'],
  call: [],
};

/** Where a server's counters differ from what the load generator sent in all, as sentences. */
export function mismatches(role: Role, load: LoadReport, server: Counters): string[] {
  // What an overloaded server has still before it when the load ends, it may or may not read.
  if ((load.unanswered ?? 0) > 0) return [];
  return compared[role]
    .filter((counter) => server[counter] !== load.total[counter])
    .map((counter) => `${counter}: the load sent ${load.total[counter]}, the server counted ${server[counter]}`);
}
