/** What can be made to happen while one watches. */
export interface Action {
  /** Its name. */
  readonly name: string;
  /** What stands on the button. */
  readonly label: string;
  /** What happens, in a sentence. */
  readonly text: string;
  /** What to look for, in a sentence. */
  readonly look: string;
}

/** How many idle clients come. */
export const IDLE_CLIENTS = 2000;

/** How long a client that stops reading does so, and how long fds are short. */
export const HARD_TIME_MS = 3000;

/**
 * Writes a number as the page does.
 * @param count The number.
 * @returns `2,000`.
 */
export function countText(count: number): string {
  return count.toLocaleString('en');
}

/** What to look for when the idle clients leave. */
export const LEAVING_LOOK =
  'Their fds are readable and recv gives 0 for each: they are closed and leave the sets, and each turn costs select and poll less.';

/** All of them, in the order of the buttons. */
export const actions = [
  {
    name: 'connect',
    label: 'Connect',
    text: 'A client connects.',
    look: 'The listener is readable; accept gives a new fd, and from the next turn on that fd is asked for too.',
  },
  {
    name: 'send',
    label: 'Send',
    text: 'A client sends 6 bytes.',
    look: 'Its fd is readable, and recv gives 6; nothing else woke the loop.',
  },
  {
    name: 'urgent',
    label: 'Urgent byte',
    text: 'A client sends an urgent byte.',
    look: 'Its fd is in the third set, exceptional: that is no error, and recv with MSG_OOB gives the byte.',
  },
  {
    name: 'half-close',
    label: 'Half-close',
    text: 'A client sends 6 bytes and its end of input, and still reads.',
    look: 'Its fd is readable and recv gives 0: the end is something to read; a server that ignores it finds the fd ready for ever.',
  },
  {
    name: 'reset',
    label: 'Reset',
    text: 'A client ends its connection with a reset.',
    look: 'Its fd is readable, though there is nothing to read: recv fails with ECONNRESET, and the fd is closed.',
  },
  {
    name: 'stop-reading',
    label: 'Stop reading',
    text: `The server writes 1 MiB to a client that reads none of it for ${HARD_TIME_MS / 1e3} seconds, then all, and leaves.`,
    look: 'The kernel takes some, the rest stays in our queue; its fd is asked for as writable, and is not, until the client reads on.',
  },
  {
    name: 'vanish',
    label: 'Vanish',
    text: 'A client is cut off, as if its cable were pulled, and closes; the server sends it 15 bytes.',
    look: 'Nothing: its fd stays in the sets and is never ready, and the bytes stay in the kernel. Only a deadline ends such a connection soon.',
  },
  {
    name: 'idle',
    label: '2,000 idle clients',
    text: `${countText(IDLE_CLIENTS)} clients connect and say nothing; pressed again, they leave.`,
    look: 'select and poll are given all of them in every turn, epoll was told of each once; all three report none of them.',
  },
  {
    name: 'emfile',
    label: 'Out of fds (EMFILE)',
    text: `The process may open no more fds for ${HARD_TIME_MS / 1e3} seconds, and clients connect.`,
    look: 'The listener is readable, and accept fails with EMFILE: it leaves the sets for a while, else the loop would spin; the clients wait in its queue.',
  },
  {
    name: 'signal',
    label: 'Signal',
    text: 'The process is sent SIGUSR2.',
    look: "No fd of ours is ready: Node's own loop is, its handler runs, and the wait goes on with the time that is left.",
  },
] as const satisfies readonly Action[];

/** The name of an action. */
export type ActionName = (typeof actions)[number]['name'];

/**
 * Finds an action.
 * @param name Its name.
 * @returns It, where there is one.
 */
export function actionOf(name: string): (typeof actions)[number] | undefined {
  return actions.find((action) => action.name === name);
}
