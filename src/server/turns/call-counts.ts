import type { TurnAction } from './turn-record.ts';

type Call = TurnAction['call'];

/** Counts calls by name. A watched server counts every call, so the counts are fields: a table would be slower. */
export class CallCounts {
  #accept = 0;
  #recv = 0;
  #send = 0;
  #close = 0;
  #message = 0;

  add(call: Call): void {
    switch (call) {
      case 'accept':
        this.#accept++;
        break;
      case 'recv':
        this.#recv++;
        break;
      case 'send':
        this.#send++;
        break;
      case 'close':
        this.#close++;
        break;
      case 'message':
        this.#message++;
    }
  }

  /** Returns the counts that are not 0, and resets all counts. */
  reset(): Partial<Record<Call, number>> {
    const counts: [Call, number][] = [
      ['accept', this.#accept],
      ['recv', this.#recv],
      ['send', this.#send],
      ['close', this.#close],
      ['message', this.#message],
    ];
    this.#accept = this.#recv = this.#send = this.#close = this.#message = 0;
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }
}
