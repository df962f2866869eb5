/** An action of a button of the page. */
export interface Action {
  readonly name: string;
  readonly label: string;
  /** Says in a sentence what happens. */
  readonly text: string;
  /** Says in a sentence what to look for on the page. */
  readonly look: string;
}

export const IDLE_CLIENTS = 2000;

/** How long `stop-reading` reads nothing, and how long `emfile` leaves the process without fds. */
export const HARD_TIME_MS = 3000;

/** Writes a number as the page does: `2,000`. */
export function countText(count: number): string {
  return count.toLocaleString('en');
}

/** Says what to look for when the idle clients disconnect. */
export const LEAVING_LOOK =
  'Each of their fds becomes readable, and recv returns 0: the client has closed. The server closes the fd and stops watching it, so each later turn is less work for select and poll.';

/** All actions, in the order of their buttons. */
export const actions = [
  {
    name: 'connect',
    label: 'Connect',
    text: 'A client connects.',
    look: 'The listener becomes readable. accept returns a new fd, and the next turn watches this fd, too.',
  },
  {
    name: 'send',
    label: 'Send',
    text: 'A client sends 6 bytes.',
    look: "The client's fd becomes readable, and recv returns 6. No other fd is returned.",
  },
  {
    name: 'urgent',
    label: 'Urgent byte',
    text: 'A client sends an urgent byte.',
    look: "The client's fd is returned in the third set, exceptional. That is not an error: recv with MSG_OOB returns the byte.",
  },
  {
    name: 'half-close',
    label: 'Half-close',
    text: 'A client sends 6 bytes, ends its output, and still reads.',
    look: "The client's fd becomes readable. After the 6 bytes, recv returns 0: that is the end of input. A server that ignores it finds the fd readable in every turn.",
  },
  {
    name: 'reset',
    label: 'Reset',
    text: 'A client ends its connection with a reset.',
    look: "The client's fd becomes readable although it has no bytes. recv fails with ECONNRESET, and the server closes the fd.",
  },
  {
    name: 'stop-reading',
    label: 'Stop reading',
    text: `The server writes 1 MiB to a client that reads nothing for ${HARD_TIME_MS / 1e3} seconds, then reads all of it and disconnects.`,
    look: "The kernel accepts a part of it, and the rest stays in the server's own queue. The server asks whether the fd is writable, and it is not until the client reads again.",
  },
  {
    name: 'vanish',
    label: 'Vanish',
    text: 'A client is cut off as if its network cable were pulled, and the server sends it 15 bytes.',
    look: "Nothing happens: the fd is watched and never ready, and the bytes stay in the kernel. Only a deadline of the server's own can end such a connection soon.",
  },
  {
    name: 'idle',
    label: '2,000 idle clients',
    text: `${countText(IDLE_CLIENTS)} clients connect and send nothing. Press again to disconnect them.`,
    look: 'select and poll receive the whole list in every turn, and epoll received each fd only once. All three return none of them.',
  },
  {
    name: 'emfile',
    label: 'Out of fds (EMFILE)',
    text: `The process may open no more fds for ${HARD_TIME_MS / 1e3} seconds, and clients connect.`,
    look: "The listener is readable, and accept fails with EMFILE. The server stops watching the listener for a while, because otherwise it would return at once in every turn. The clients wait in the listener's queue.",
  },
  {
    name: 'signal',
    label: 'Signal',
    text: 'The process receives the signal SIGUSR2.',
    look: "No fd of the server is ready. The fd of Node's own event loop is: Node runs the handler of the signal, and the wait continues with the time that remains.",
  },
] as const satisfies readonly Action[];

export type ActionName = (typeof actions)[number]['name'];

export function actionOf(name: string): (typeof actions)[number] | undefined {
  return actions.find((action) => action.name === name);
}
