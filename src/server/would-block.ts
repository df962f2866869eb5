import { EAGAIN, EINTR } from '../system/errno.ts';

/** Whether a call found nothing to do: "ready" is only a hint (select(2), BUGS), and a signal may interrupt the call. */
export function wouldBlock(result: number): boolean {
  return result === EAGAIN || result === EINTR;
}
