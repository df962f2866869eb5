/**
 * The cases of CPython's tests that do not pass as they are. `deviates` is the first cell of a row of docs/deviations.md;
 * `notApplicable` is the reason why the case cannot test tripoll. A case stands for itself, a class for all its cases. An
 * entry whose case passes is an error, and so is an entry whose case does not exist.
 */
const ONE_THREAD = 'The case calls a poll object in a second thread, where no JavaScript can run.';
const INTERNALS = "The case replaces a part of CPython's own selectors (`_selector_cls`).";
const NOT_ON_LINUX = 'kqueue and /dev/poll do not exist on Linux. CPython skips the case, too.';
const SIGNAL = 'a signal should end a blocking call';

const deviates = (row) => ({ deviates: row });
const notApplicable = (reason) => ({ notApplicable: reason });

export const modules = ['test_select', 'test_poll', 'test_epoll', 'test_selectors', '_test_eintr'];

/** Cases of the EINTR tester that call neither select nor a socket, and those of sockets, which have no shim yet. */
export const otherClasses = [
  '_test_eintr.OSEINTRTest',
  '_test_eintr.SocketEINTRTest',
  '_test_eintr.TimeEINTRTest',
  '_test_eintr.SignalEINTRTest',
  '_test_eintr.FNTLEINTRTest',
];

export const expected = {
  'test_poll.PollTests.test_threaded_poll': deviates('a second `poll()` on a poll object that waits'),
  'test_poll.PollTests.test_poll_blocks_with_negative_ms': notApplicable(ONE_THREAD),
  'test_selectors.DefaultSelectorTestCase.test_modify_unregister': notApplicable(INTERNALS),
  'test_selectors.PollSelectorTestCase.test_modify_unregister': notApplicable(INTERNALS),
  'test_selectors.EpollSelectorTestCase.test_modify_unregister': notApplicable(INTERNALS),
  'test_selectors.SelectSelectorTestCase.test_modify_unregister': notApplicable(
    'The kernel keeps no state for `select`, so it cannot refuse a change. CPython skips the case, too.',
  ),
  'test_selectors.DefaultSelectorTestCase.test_select_interrupt_exc': deviates(SIGNAL),
  'test_selectors.SelectSelectorTestCase.test_select_interrupt_exc': deviates(SIGNAL),
  'test_selectors.PollSelectorTestCase.test_select_interrupt_exc': deviates(SIGNAL),
  'test_selectors.EpollSelectorTestCase.test_select_interrupt_exc': deviates(SIGNAL),
  'test_selectors.KqueueSelectorTestCase': notApplicable(NOT_ON_LINUX),
  'test_selectors.DevpollSelectorTestCase': notApplicable(NOT_ON_LINUX),
  '_test_eintr.SelectEINTRTest.test_kqueue': notApplicable(NOT_ON_LINUX),
  '_test_eintr.SelectEINTRTest.test_devpoll': notApplicable(NOT_ON_LINUX),
};
