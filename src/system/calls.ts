// The raw system calls of `tripoll/sys`, each with the name of its man page in section 2. Their arguments are numbers and
// typed arrays; the result of a failed call is a negative errno.
import { native } from './native.ts';

export * from './constants/index.ts';

/**
 * `select(nfds, readfds, writefds, exceptfds, timeoutUs)` waits until an fd of a bitmap is ready.
 *
 * A bitmap is a Uint32Array; fd `n` is bit `n % 32` of element `n / 32`. Up to `nfds`, the highest fd plus 1, its
 * length is a multiple of 8 bytes. There is no other limit: 1024 is a limit of glibc's fd_set, not of the system call.
 * The call overwrites the bitmap with the fds that are ready; `null` stands for no fds. `timeoutUs` is in microseconds;
 * a negative timeout waits for ever.
 *
 * The kernel ignores a closed fd beyond the process's fd table and leaves its bit set: before you use the bits, compare
 * their number with the result. `select` of `tripoll/select` throws EBADF for such an fd.
 * @returns The number of bits that are set, 0 when the time is up, or -errno.
 */
export const select = native.select;

/**
 * `poll(table, nfds, timeoutMs)` waits until one of the first `nfds` entries of `table` is ready.
 *
 * An entry is a struct pollfd of 8 bytes: the fd is element `2i` of an Int32Array; events is element `4i + 2` and
 * revents element `4i + 3` of a Uint16Array over the same buffer. An entry with a negative fd is skipped. The call
 * overwrites revents. `timeoutMs` is in milliseconds; a negative timeout waits for ever.
 * @returns The number of entries with revents, 0 when the time is up, or -errno.
 */
export const poll = native.poll;

/**
 * `epollCreate1(flags)`: `flags` is `EPOLL_CLOEXEC` or 0.
 * @returns An fd, or -errno.
 */
export const epollCreate1 = native.epollCreate1;

/**
 * `epollCtl(epfd, op, fd, events, dataLow, dataHigh)`: each event of the fd carries the two 32-bit words of data.
 * @returns 0, or -errno.
 */
export const epollCtl = native.epollCtl;

/**
 * `epollWait(epfd, events, maxevents, timeoutMs)` writes up to `maxevents` struct epoll_event into `events`. Each has
 * `SIZEOF_EPOLL_EVENT` bytes: the mask is the first 32-bit word; dataLow and dataHigh are at `OFFSETOF_EPOLL_DATA`.
 * `timeoutMs` is in milliseconds; a negative timeout waits for ever.
 * @returns The number of events, 0 when the time is up, or -errno.
 */
export const epollWait = native.epollWait;

/**
 * `socket(domain, type, protocol)`: `type` may include SOCK_NONBLOCK and SOCK_CLOEXEC.
 * @returns An fd, or -errno.
 */
export const socket = native.socket;

/**
 * `socketpair(domain, type, protocol, fds)` writes the two fds into `fds`, an Int32Array of length 2.
 * @returns 0, or -errno.
 */
export const socketpair = native.socketpair;

/**
 * `bind(fd, address, addressLength)`: the first `addressLength` bytes of `address` are a struct sockaddr.
 * @returns 0, or -errno.
 */
export const bind = native.bind;

/**
 * `connect(fd, address, addressLength)`: the first `addressLength` bytes of `address` are a struct sockaddr.
 * @returns 0, or -errno (-EINPROGRESS for a non-blocking socket).
 */
export const connect = native.connect;

/**
 * `getsockname(fd, address, addressLength)` writes a struct sockaddr into `address`, as far as it fits, and its full
 * length into `addressLength[0]`.
 * @returns 0, or -errno.
 */
export const getsockname = native.getsockname;

/**
 * `getpeername(fd, address, addressLength)` is `getsockname` for the other end.
 * @returns 0, or -errno.
 */
export const getpeername = native.getpeername;

/**
 * `accept4(fd, address, addressLength, flags)`: `address` and `addressLength` are as for `getsockname`, or `null`;
 * `flags` are SOCK_NONBLOCK and SOCK_CLOEXEC.
 * @returns An fd, or -errno.
 */
export const accept4 = native.accept4;

/**
 * `listen(fd, backlog)`.
 * @returns 0, or -errno.
 */
export const listen = native.listen;

/**
 * `shutdown(fd, how)`: `how` is SHUT_RD, SHUT_WR or SHUT_RDWR.
 * @returns 0, or -errno.
 */
export const shutdown = native.shutdown;

/**
 * `getsockopt(fd, level, option, value, valueLength)` writes the option into `value`, and its length in bytes into
 * `valueLength[0]`.
 *
 * The result is -ENOPROTOOPT for options whose value contains pointers, because the kernel would follow pointers that
 * JavaScript made up; for IP_MSFILTER, MCAST_MSFILTER and TCP_AO_GET_KEYS, which write beyond the end of the value; and
 * for levels other than SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMPV6 and IPPROTO_RAW.
 * @returns 0, or -errno.
 */
export const getsockopt = native.getsockopt;

/**
 * `setsockopt(fd, level, option, value, length)`: `length` is used only when `value` is `null`. The levels and options
 * are those of `getsockopt`.
 * @returns 0, or -errno.
 */
export const setsockopt = native.setsockopt;

/**
 * `recv(fd, buffer, offset, length, flags)` receives up to `length` bytes and stores them at `offset`.
 * @returns The number of bytes, 0 at the end of the input, or -errno. With MSG_TRUNC it is the length of the whole
 *   datagram, which may be more than the number of bytes stored.
 */
export const recv = native.recv;

/**
 * `send(fd, buffer, offset, length, flags)` always adds MSG_NOSIGNAL. MSG_ZEROCOPY returns -ENOTSUP (EOPNOTSUPP),
 * because the kernel would read the buffer after the call.
 * @returns The number of bytes that the kernel has accepted, which may be less than `length`, or -errno.
 */
export const send = native.send;

/**
 * `recvfrom(fd, buffer, offset, length, flags, address, addressLength)` is `recv` with the address of the sender, which
 * it writes as `getsockname` does.
 * @returns As `recv`.
 */
export const recvfrom = native.recvfrom;

/**
 * `sendto(fd, buffer, offset, length, flags, address, addressLength)` is `send` to an address.
 * @returns As `send`.
 */
export const sendto = native.sendto;

/**
 * `sendmsg(fd, buffers, control, flags, address, addressLength)` sends the bytes of up to 1024 Uint8Arrays. `control`
 * has struct cmsghdr records, or is `null`; `address` may be `null`.
 * @returns As `send`.
 */
export const sendmsg = native.sendmsg;

/**
 * `recvmsg(fd, buffers, control, flags, address, out)` receives into up to 1024 Uint8Arrays. `out` is an Int32Array of
 * length 3: the control length, the message flags, the address length. MSG_CMSG_CLOEXEC is always added.
 * @returns As `recv`.
 */
export const recvmsg = native.recvmsg;

/**
 * `sendfile(outFd, inFd, offset, count)` sends bytes of a file, from `offset` on, to a socket. The bytes are not copied
 * through JavaScript.
 * @returns The number of bytes sent, or -errno.
 */
export const sendfile = native.sendfile;

/**
 * `close(fd)`. Never call it twice for one fd, not even after -EINTR: the number is free by then.
 * @returns 0, or -errno.
 */
export const close = native.close;

/**
 * `dup3(oldfd, newfd, flags)` closes `newfd` and makes it a duplicate of `oldfd`; `flags` is O_CLOEXEC or 0.
 * @returns `newfd`, or -errno.
 */
export const dup3 = native.dup3;

/**
 * `fcntl(fd, command, argument)`: the commands are F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL,
 * F_GETPIPE_SZ and F_SETPIPE_SZ. Other commands return -EINVAL, because their argument is a pointer.
 * @returns The result of the command, or -errno.
 */
export const fcntl = native.fcntl;

/**
 * `ioctl(fd, request, argument)`: the requests are FIONREAD, FIONBIO, SIOCOUTQ, SIOCATMARK, TIOCGPTN and TIOCSPTLCK,
 * whose argument is a pointer to an int. Other requests return -EINVAL.
 * @returns The int after the call, as an unsigned number, or -errno.
 * @see ioctl(2), tcp(7), ioctl_tty(2)
 */
export const ioctl = native.ioctl;

/**
 * `read(fd, buffer, offset, length)`.
 * @returns The number of bytes, 0 at the end of the file, or -errno.
 */
export const read = native.read;

/**
 * `write(fd, buffer, offset, length)`.
 * @returns The number of bytes that were written, or -errno.
 */
export const write = native.write;

/**
 * `flock(fd, operation)`; the operation is LOCK_SH, LOCK_EX or LOCK_UN. It never waits: LOCK_NB is always added.
 * @returns 0, or -errno: -EAGAIN when the file is locked already.
 */
export const flock = native.flock;

/**
 * `pipe2(fds, flags)` writes the read end and the write end into `fds`, an Int32Array of length 2; `flags` are
 * O_NONBLOCK and O_CLOEXEC.
 * @returns 0, or -errno.
 */
export const pipe2 = native.pipe2;

/**
 * `eventfd(initval, flags)` makes a 64-bit counter, which is read and written as 8 bytes.
 * @returns An fd, or -errno.
 */
export const eventfd = native.eventfd;

/**
 * `keepOpen(fd)` is no system call: the worker thread that opened `fd` no longer closes it when it ends. Call it before
 * you hand the number to another thread. `Socket.detach` calls it. On the main thread it does nothing.
 * @returns 0, or -errno when `fd` is closed.
 */
export const keepOpen = native.keepOpen;
