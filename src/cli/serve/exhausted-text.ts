const CAUSES: Readonly<Record<string, string>> = {
  EMFILE: 'the process has no free file descriptor (ulimit -n)',
  ENFILE: 'the system has no free file descriptor (sysctl fs.file-max)',
  ENOBUFS: 'the kernel has no memory for another socket',
  ENOMEM: 'the kernel has no memory',
  ENOSPC: 'epoll watches as many file descriptors of this user as allowed (sysctl fs.epoll.max_user_watches)',
};

/** Says in a sentence why the server cannot accept clients for a moment. `code` is the error of a system call. */
export function exhaustedText(code: string): string {
  const cause = CAUSES[code] ?? `a system call has failed with ${code}`;
  return `${cause}: new clients wait, and the server tries again soon`;
}
