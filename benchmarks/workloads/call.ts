import { workload } from '../harness/workload.ts';

// Which of rlist, wlist and xlist hold the sockets; the article's call is rx.
const FORMS = ['r', 'rx', 'rwx'];

export default workload(
  'one call',
  'One select, poll or epoll_wait with timeout 0 over idle, connected sockets.',
  FORMS.flatMap((form) =>
    [10, 100, 450].map((sockets) => ({
      name: `one call, ${sockets} sockets, ${form}`,
      role: 'call',
      kind: 'call',
      parameters: { form, sockets },
      load: [form, String(sockets)],
      // epoll keeps its set in the kernel: what it asks of each fd costs the call nothing.
      ...(form === 'r' ? {} : { mechanisms: ['select', 'poll'] }),
      quick: form === 'rx' && sockets > 10,
    })),
  ),
);
