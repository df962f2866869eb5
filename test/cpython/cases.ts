/**
 * The cases of CPython's own tests for select, poll, epoll and the selectors, and of its EINTR tester. Each case says what
 * it checks and how tripoll passes it. list.test.ts compares this list with CPython's.
 */

/** The version of CPython that the list was taken from. */
export const VERSION = '3.11.7';

/** A case that is passed in another form: `deviation` is the first cell of a row of docs/deviations.md. */
export interface Deviation {
  checks: string;
  deviation: string;
}

/** A case that tests something that tripoll does not have. */
export interface NotApplicable {
  checks: string;
  notApplicable: string;
}

/** A case. A string says what the case checks, and that tripoll passes it as CPython does. */
export type Case = string | Deviation | NotApplicable;

type Absent<Cases> = { [Name in keyof Cases]: NotApplicable };

function deviating(checks: string, deviation: string): Deviation {
  return { checks, deviation };
}

function absent<Cases extends Record<string, Case>>(notApplicable: string, cases: Cases): Absent<Cases> {
  const entries = Object.entries(cases).map(([name, entry]) => {
    const checks = typeof entry === 'string' ? entry : entry.checks;
    return [name, { checks, notApplicable }];
  });
  return Object.fromEntries(entries) as Absent<Cases>;
}

const NOT_ON_LINUX = 'kqueue and /dev/poll are not on Linux';
const MAP = 'selectors: `SelectorKey`, `get_map()`';
const PYTHON_OS = '`tripoll/sys` returns -EINTR to its caller by design; the functions that repeat the call are';

const selector = {
  test_register:
    'The key contains the object, its fd, the events and the data. Unknown events and a negative fd raise ValueError. Registering the same fd again, as object or number, is a `KeyError`.',
  test_unregister: 'Removes a file. Removing an unknown file, or the same file again, is a `KeyError`.',
  test_unregister_after_fd_close: 'Removes an fd that was closed after it was registered.',
  test_unregister_after_fd_close_and_reuse:
    'Removes an fd that was closed after it was registered, and whose number is in use again.',
  test_unregister_after_socket_close:
    'Removes a socket object that was closed after it was registered, and that has no fd any more.',
  test_modify:
    'Changes events or data, and returns the new key. An unknown file is a `KeyError`. A call that changes only the data calls neither `register` nor `unregister`.',
  test_close: deviating('After `close`, `get_key` is an error, and a map from before finds nothing.', MAP),
  test_get_key: 'Finds the key of a file. An unknown file is a `KeyError`.',
  test_get_map: deviating(
    'Returns a read-only mapping that follows the selector: length, `in`, look-up by object, iteration over the fds.',
    MAP,
  ),
  test_select:
    'Of two connected sockets, returns only the writable one, with its key, and only the events that were asked for.',
  test_select_read_write: 'One call reports a file as readable and writable if it is both (gh-110038).',
  test_context_manager: 'The selector is closed at the end of the block.',
  test_fileno: '`fileno` returns the fd of the selector, if it has one.',
  test_selector:
    'With 12 pairs of sockets: when a ready writer sends a message, the selector reports the reader of the same pair, and no other.',
  test_empty_select: 'With no registered file and timeout 0, returns an empty list (issue 23009).',
  test_timeout:
    'A timeout of 0 and a negative timeout do not wait. A positive timeout waits for its time if nothing is ready.',
  test_select_interrupt_exc: deviating(
    'If the handler of a signal raises, the wait ends at once with that exception.',
    'EINTR in a blocking call',
  ),
  test_select_interrupt_noraise:
    'If the handler of a signal returns, the wait goes on, and its length does not change.',
};

const modifyUnregister = {
  test_modify_unregister:
    'If the kernel refuses `modify`, the call raises the error, and the file is not registered any more.',
};

const scalable = {
  test_above_fd_setsize:
    'With thousands of pairs of sockets, as many as the limit of fds allows, each writer is reported.',
};

/** The cases by file and class, with the names of unittest. */
export const cases = {
  'test_select.SelectTestCase': {
    test_error_conditions:
      'These arguments raise TypeError: an argument that is no list, an object without `fileno`, an object whose `fileno` returns a string, a timeout that is no number. A negative timeout raises ValueError.',
    test_errno: 'A closed fd is an `OSError` with EBADF.',
    test_returned_list_identity: 'After a timeout, the three empty lists are three different objects (issue 8329).',
    test_select:
      "Reads a child's lines from a pipe, with timeouts of 0, 1, 2, 4, 8 and 16 seconds and without timeout. Only the first list is ever filled, and `select` reports the end of the pipe.",
    test_select_mutated:
      'A `fileno` method shortens the list during the call: five of the ten items are asked for and returned (issue 16230).',
    test_disallow_instantiation: 'The type of a poll object cannot be called.',
  },
  'test_poll.PollTests': {
    test_poll1:
      '12 pipes with `register`, `modify` and `unregister`: a ready reader receives what a ready writer has sent.',
    test_poll_unit_tests:
      'POLLNVAL for a closed fd, and for an fd that is closed after it was registered; TypeError for arguments of a wrong type; KeyError for an unknown fd.',
    test_poll2: "Reads a child's lines from a pipe with timeouts: POLLIN brings a line, POLLHUP means no more data.",
    test_poll3: 'Timeouts and masks of 2**64 raise OverflowError, negative masks raise ValueError.',
    test_poll_c_limits: 'Masks above 65535 and timeouts above 2**31 - 1 ms raise OverflowError.',
    test_threaded_poll: deviating(
      'While one thread waits in `poll`, another thread may unregister and register files. A second `poll` is an error.',
      'a second `poll()` on a poll object that waits',
    ),
    test_poll_blocks_with_negative_ms: 'None, -1000, -1, -1.0, -0.1 and -1e-100 ms wait until something is ready.',
  },
  'test_epoll.TestEPoll': {
    test_create:
      'A new epoll has an fd and is not closed. After `close` it is closed, and `fileno` is an error. The flags 0 and EPOLL_CLOEXEC are allowed.',
    test_badcreate:
      'Three arguments, or a size that is no integer, raise TypeError. The sizes 0 and -2 raise ValueError. Unknown flags raise OSError.',
    test_context_manager: 'The epoll is open in the block, and closed at its end.',
    test_add:
      '`register` accepts an fd or an object. Errors: no file object, a negative fd, a closed fd, the same fd again.',
    test_fromfd: 'Two objects on one epoll see the same events. When one of them is closed, the other gets EBADF.',
    test_control_and_wait:
      'Edge-triggered sockets are reported as writable once, then not at all, then as readable and writable when data has come. `unregister` and `modify` have their effect at once.',
    test_errors: 'A size of -2 and an fd of -1 raise ValueError.',
    test_unregister_closed: 'Removing an fd that was closed after it was registered is EBADF.',
    test_close: 'Closing twice is no error. Every other call on a closed epoll is an error.',
    test_fd_non_inheritable: 'The fd is closed on exec.',
  },
  'test_selectors.DefaultSelectorTestCase': { ...selector, ...modifyUnregister },
  'test_selectors.SelectSelectorTestCase': {
    ...selector,
    ...absent(
      'CPython skips this case, too: `select` keeps no state in the kernel, so the kernel cannot refuse a change',
      modifyUnregister,
    ),
  },
  'test_selectors.PollSelectorTestCase': { ...selector, ...modifyUnregister, ...scalable },
  'test_selectors.EpollSelectorTestCase': {
    ...selector,
    ...modifyUnregister,
    ...scalable,
    test_register_file: 'The selector refuses a regular file with EPERM, and the file has no key afterwards.',
  },
  'test_selectors.KqueueSelectorTestCase': absent(NOT_ON_LINUX, {
    ...selector,
    ...modifyUnregister,
    ...scalable,
    test_register_bad_fd: 'The selector refuses a closed fd with EBADF, and the fd has no key afterwards.',
    test_empty_select_timeout: 'With no registered file, `select` waits for its timeout.',
  }),
  'test_selectors.DevpollSelectorTestCase': absent(NOT_ON_LINUX, { ...selector, ...modifyUnregister, ...scalable }),
  'test_eintr.EINTRTests': absent('node:test runs each test file in its own process', {
    test_all: 'Runs `_test_eintr` (below) in its own process.',
  }),
  '_test_eintr.SelectEINTRTest': {
    test_select: '`select` lasts as long as its timeout.',
    test_poll: '`poll` lasts as long as its timeout.',
    test_epoll: '`epoll.poll` lasts as long as its timeout.',
    ...absent(NOT_ON_LINUX, {
      test_kqueue: '`kqueue.control` lasts as long as its timeout.',
      test_devpoll: '`devpoll.poll` lasts as long as its timeout.',
    }),
  },
  '_test_eintr.SocketEINTRTest': {
    test_recv: '`recv` waits for each of three bytes.',
    test_recvmsg: '`recvmsg` waits for each of three bytes.',
    test_send: '`send` waits for a slow reader, which gets all bytes unchanged.',
    test_sendall: '`sendall` waits for a slow reader, which gets all bytes unchanged.',
    test_sendmsg: '`sendmsg` waits for a slow reader, which gets all bytes unchanged.',
    test_accept: '`accept` waits for a client.',
    ...absent(`${PYTHON_OS} Node's \`fs.openSync\``, {
      test_open: 'The built-in `open` waits for the reader of a FIFO.',
      test_os_open: '`os.open` waits for the reader of a FIFO.',
    }),
  },
  '_test_eintr.OSEINTRTest': {
    ...absent(`${PYTHON_OS} Node's \`fs.readSync\` and \`fs.writeSync\``, {
      test_read: '`os.read` waits for each of three messages.',
      test_write: '`os.write` waits for a slow reader of a pipe.',
    }),
    ...absent("Node has no such call. Its replacements are `child_process.spawnSync` and the event 'exit'", {
      test_wait: '`os.wait` waits for three children.',
      test_wait3: '`os.wait3` waits for three children.',
      test_wait4: '`os.wait4` waits for a child.',
      test_waitpid: '`os.waitpid` waits for a child.',
    }),
  },
  '_test_eintr.TimeEINTRTest': absent(
    'its replacement is `select([], [], [], seconds)`, which SelectEINTRTest.test_select tests',
    {
      test_sleep: '`time.sleep` lasts as long as its argument says.',
    },
  ),
  '_test_eintr.SignalEINTRTest': absent("Node has no such call. Its replacement is `await once(process, 'SIGUSR1')`", {
    test_sigwaitinfo: '`signal.sigwaitinfo` waits for its signal.',
    test_sigtimedwait: '`signal.sigtimedwait` waits for its signal.',
  }),
  '_test_eintr.FNTLEINTRTest': absent('Node has no file locks', {
    test_lockf: '`fcntl.lockf` waits for the lock.',
    test_flock: '`fcntl.flock` waits for the lock.',
  }),
  'test_kqueue.TestKQueue': absent(NOT_ON_LINUX, {
    test_create_queue: 'A new queue has an fd and is not closed. After `close` it is closed.',
    test_create_event: 'The attributes of a kevent, their defaults, and the order of kevents.',
    test_queue_event: 'Write and read events of a connected pair, through two objects on one queue.',
    testPair:
      'When one socket of a pair sends a message, the queue reports the other socket, with the length of the message.',
    test_issue30058: 'The list of changes may be any iterable.',
    test_close: 'Closing twice is no error. Every other call on a closed queue is an error.',
    test_fd_non_inheritable: 'The fd is closed on exec.',
  }),
  'test_devpoll.DevPollTests': absent(NOT_ON_LINUX, {
    test_devpoll1: '12 pipes: a ready reader receives what a ready writer has sent.',
    test_timeout_overflow: 'Timeouts below -1 and timeouts of 2**31 ms and more raise OverflowError.',
    test_close: 'Closing twice is no error. Every other call on a closed object is an error.',
    test_fd_non_inheritable: 'The fd is closed on exec.',
    test_events_mask_overflow: 'Negative masks raise ValueError, masks of 2**64 raise OverflowError.',
    test_events_mask_overflow_c_limits: 'Masks above 65535 raise OverflowError.',
  }),
} satisfies Record<string, Record<string, Case>>;
