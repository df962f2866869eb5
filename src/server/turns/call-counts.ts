import type { TurnAction } from './turn-record.ts';

type Call = TurnAction['call'];

/** How often each call was made. It is counted for every call of a server that is watched: fields, and no table. */
export class CallCounts {
  #accept = 0;
  #recv = 0;
  #send = 0;
  #close = 0;
  #message = 0;

  /**
   * Counts a call.
   * @param call Its name.
   */
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

  /**
   * Takes the counts, which begin anew.
   * @returns Those that are not 0, by call.
   */
  take(): Partial<Record<Call, number>> {
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
