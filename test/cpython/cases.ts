/**
 * The cases of CPython's own tests for select, poll, epoll and the selectors, and of its EINTR tester: each with what it
 * checks, and what tripoll makes of it. list.test.ts compares the list with the original.
 */

/** The CPython whose list this is. */
export const VERSION = '3.11.7';

/** A case that is passed in another form: `deviation` is the first cell of a row of docs/deviations.md. */
export interface Deviation {
  checks: string;
  deviation: string;
}

/** A case of something that is not there. */
export interface NotApplicable {
  checks: string;
  notApplicable: string;
}

/** A case: what it checks, where it is passed as it is. */
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
const PYTHON_OS = '`tripoll/sys` returns -EINTR to its caller by design; what repeats the call is';

const selector = {
  test_register:
    'The key has the object, its fd, the events and the data; unknown events and a negative fd are errors of value; the same fd again, as object or number, is a `KeyError`.',
  test_unregister: 'Takes a file out; an unknown one, and the same one again, is a `KeyError`.',
  test_unregister_after_fd_close: 'Takes out an fd that was closed since.',
  test_unregister_after_fd_close_and_reuse: 'Takes out an fd that was closed since, and whose number is in use again.',
  test_unregister_after_socket_close: 'Takes out a socket object that was closed since and has no fd any more.',
  test_modify:
    'Changes events or data, and returns the new key; an unknown file is a `KeyError`; new data alone is neither `register` nor `unregister`.',
  test_close: deviating('Forgets all: `get_key` is an error, and the old map finds nothing.', MAP),
  test_get_key: 'Finds the key of a file; an unknown one is a `KeyError`.',
  test_get_map: deviating(
    'A read-only mapping that follows the selector: length, `in`, look-up by object, iteration over the fds.',
    MAP,
  ),
  test_select: 'Of a pair, returns the writable end only, with its key and no event that was not asked for.',
  test_select_read_write: 'A file that is both readable and writable is reported as both by one call (gh-110038).',
  test_context_manager: 'Is closed at the end of the block.',
  test_fileno: 'Where the selector has an fd, `fileno` returns it.',
  test_selector: 'With 12 pairs, a message sent by any ready writer is reported at the right reader, and only there.',
  test_empty_select: 'With nothing registered and timeout 0, returns an empty list (issue 23009).',
  test_timeout:
    'A timeout of 0, and a negative one, does not wait; a positive one is waited for where nothing is ready.',
  test_select_interrupt_exc: deviating(
    'A signal whose handler raises ends the wait at once, with that exception.',
    'EINTR in a blocking call',
  ),
  test_select_interrupt_noraise: 'A signal whose handler returns does not end the wait, nor make it longer or shorter.',
};

const modifyUnregister = {
  test_modify_unregister:
    'Where the kernel refuses `modify`, the error goes out and the file is not registered any more.',
};

const scalable = {
  test_above_fd_setsize: 'Thousands of pairs, as many as the limit of fds allows: each writer is reported.',
};

/** By file and class, as unittest names them. */
export const cases = {
  'test_select.SelectTestCase': {
    test_error_conditions:
      'Wrong types: no lists, an object without `fileno`, one whose `fileno` returns a string, a timeout that is no number. A negative timeout is an error of value.',
    test_errno: 'A closed fd is an `OSError` with EBADF.',
    test_returned_list_identity: 'The three empty lists of a timeout are three objects (issue 8329).',
    test_select:
      "Reads a child's lines from a pipe with timeouts of 0, 1, 2, 4, 8, 16 seconds and none: only the first list is ever filled, and the end comes.",
    test_select_mutated: 'A `fileno` that shortens the list: of ten items five are asked and returned (issue 16230).',
    test_disallow_instantiation: 'The type of a poll object cannot be called.',
  },
  'test_poll.PollTests': {
    test_poll1:
      '12 pipes with `register`, `modify` and `unregister`: what a ready writer sends, a ready reader receives.',
    test_poll_unit_tests:
      'POLLNVAL for a closed fd, also for one that was open before; wrong types; `KeyError` for an unknown fd.',
    test_poll2: "Reads a child's lines from a pipe with timeouts: POLLIN brings a line, POLLHUP means no more data.",
    test_poll3: 'Timeouts and masks of 2**64, and negative masks, are errors of value.',
    test_poll_c_limits: 'So are masks above 65535 and timeouts above 2**31 - 1 ms.',
    test_threaded_poll: deviating(
      'While a thread waits in `poll`, another may unregister and register; a second `poll` is an error.',
      'a second `poll()` on a poll object that waits',
    ),
    test_poll_blocks_with_negative_ms: 'None, -1000, -1, -1.0, -0.1 and -1e-100 ms wait until something is ready.',
  },
  'test_epoll.TestEPoll': {
    test_create:
      'Has an fd and is not closed; after `close` it is, and `fileno` an error; the flags 0 and EPOLL_CLOEXEC.',
    test_badcreate:
      'Three arguments, and a size that is no integer, are errors of type; sizes 0 and -2 of value; unknown flags an `OSError`.',
    test_context_manager: 'Is open in the block, and closed at its end.',
    test_add: 'Takes an fd or an object; errors for no file object, a negative fd, a closed fd, and the same fd again.',
    test_fromfd: 'Two objects on one epoll see the same events; when the one is closed, the other gets EBADF.',
    test_control_and_wait:
      'Edge-triggered: writable once, then nothing, then both after data; afterwards `unregister` and `modify` have their effect at once.',
    test_errors: 'A size of -2 and an fd of -1 are errors of value.',
    test_unregister_closed: 'Taking out an fd that was closed since is EBADF.',
    test_close: 'Closing twice is no error; every other call on a closed epoll is one.',
    test_fd_non_inheritable: 'The fd is closed on exec.',
  },
  'test_selectors.DefaultSelectorTestCase': { ...selector, ...modifyUnregister },
  'test_selectors.SelectSelectorTestCase': {
    ...selector,
    ...absent(
      'CPython skips it here too: `select` keeps nothing in the kernel that could be refused',
      modifyUnregister,
    ),
  },
  'test_selectors.PollSelectorTestCase': { ...selector, ...modifyUnregister, ...scalable },
  'test_selectors.EpollSelectorTestCase': {
    ...selector,
    ...modifyUnregister,
    ...scalable,
    test_register_file: 'A regular file is refused with EPERM, and has no key afterwards.',
  },
  'test_selectors.KqueueSelectorTestCase': absent(NOT_ON_LINUX, {
    ...selector,
    ...modifyUnregister,
    ...scalable,
    test_register_bad_fd: 'A closed fd is refused with EBADF, and has no key afterwards.',
    test_empty_select_timeout: 'The timeout is waited for where nothing is registered.',
  }),
  'test_selectors.DevpollSelectorTestCase': absent(NOT_ON_LINUX, { ...selector, ...modifyUnregister, ...scalable }),
  'test_eintr.EINTRTests': absent('node:test runs each file in a process of its own anyway', {
    test_all: 'Runs `_test_eintr`, below, in a process of its own.',
  }),
  '_test_eintr.SelectEINTRTest': {
    test_select: '`select` lasts its timeout.',
    test_poll: '`poll` lasts its timeout.',
    test_epoll: '`epoll.poll` lasts its timeout.',
    ...absent(NOT_ON_LINUX, {
      test_kqueue: '`kqueue.control` lasts its timeout.',
      test_devpoll: '`devpoll.poll` lasts its timeout.',
    }),
  },
  '_test_eintr.SocketEINTRTest': {
    test_recv: '`recv` waits for each of three bytes.',
    test_recvmsg: '`recvmsg` waits for each of three bytes.',
    test_send: '`send` waits for a slow reader, who gets all bytes unchanged.',
    test_sendall: '`sendall` waits for a slow reader, who gets all bytes unchanged.',
    test_sendmsg: '`sendmsg` waits for a slow reader, who gets all bytes unchanged.',
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
    ...absent("Node has no such call: `child_process.spawnSync` and the event 'exit' stand there", {
      test_wait: '`os.wait` waits for three children.',
      test_wait3: '`os.wait3` waits for three children.',
      test_wait4: '`os.wait4` waits for a child.',
      test_waitpid: '`os.waitpid` waits for a child.',
    }),
  },
  '_test_eintr.TimeEINTRTest': absent('`select([], [], [], seconds)` stands there: SelectEINTRTest.test_select', {
    test_sleep: '`time.sleep` lasts its time.',
  }),
  '_test_eintr.SignalEINTRTest': absent("Node has no such call: `await once(process, 'SIGUSR1')` stands there", {
    test_sigwaitinfo: '`signal.sigwaitinfo` waits for its signal.',
    test_sigtimedwait: '`signal.sigtimedwait` waits for its signal.',
  }),
  '_test_eintr.FNTLEINTRTest': absent('Node has no file locks', {
    test_lockf: '`fcntl.lockf` waits for the lock.',
    test_flock: '`fcntl.flock` waits for the lock.',
  }),
  'test_kqueue.TestKQueue': absent(NOT_ON_LINUX, {
    test_create_queue: 'Has an fd and is not closed; after `close` it is.',
    test_create_event: 'The attributes of a kevent, their defaults, and the order of kevents.',
    test_queue_event: 'Write and read events of a connected pair, through two objects on one queue.',
    testPair: 'A message in one socket of a pair is reported at the other, with its length.',
    test_issue30058: 'The list of changes may be any iterable.',
    test_close: 'Closing twice is no error; every other call on a closed queue is one.',
    test_fd_non_inheritable: 'The fd is closed on exec.',
  }),
  'test_devpoll.DevPollTests': absent(NOT_ON_LINUX, {
    test_devpoll1: '12 pipes: what a ready writer sends, a ready reader receives.',
    test_timeout_overflow: 'Timeouts below -1 and from 2**31 ms on are errors of value.',
    test_close: 'Closing twice is no error; every other call on a closed object is one.',
    test_fd_non_inheritable: 'The fd is closed on exec.',
    test_events_mask_overflow: 'Negative masks, and masks of 2**64, are errors of value.',
    test_events_mask_overflow_c_limits: 'So are masks above 65535.',
  }),
} satisfies Record<string, Record<string, Case>>;
