import { workload } from '../harness/workload.ts';

// The lists that contain the sockets: rlist, wlist and xlist. The call in the article is rx.
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
      // epoll keeps its set in the kernel, so the events for which an fd is watched cost the call nothing.
      ...(form === 'r' ? {} : { mechanisms: ['select', 'poll'] }),
      comparesMechanisms: true,
      extent: form === 'rx' ? 'quick' : 'all',
    })),
  ),
);
