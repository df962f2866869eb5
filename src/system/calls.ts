// The raw system calls of `tripoll/sys`: numbers in; a result or a negative errno out.
import { native } from './native.ts';

export * from './constants/index.ts';

/**
 * `select(nfds, readfds, writefds, exceptfds, timeoutUs)`: waits until an fd of a bitmap is ready.
 *
 * A bitmap has fd `n` at bit `n % 32` of element `n / 32` of a Uint32Array, is as long as you like (the limit of 1024
 * belongs to glibc's fd_set, not to the call) and a multiple of 8 bytes up to `nfds`, the highest fd plus 1. It is
 * overwritten with the fds that are ready; `null` asks for none. `timeoutUs` is in microseconds, negative waits for
 * ever.
 *
 * The kernel ignores a closed fd above the process's fd table and leaves its bit set: count the bits against the
 * result before you believe them. `select` of `tripoll/select` throws EBADF there.
 * @returns The number of bits set, 0 when the time is up, or -errno.
 * @see select(2)
 */
export const select = native.select;

/**
 * `poll(table, nfds, timeoutMs)`: waits until one of the first `nfds` entries of `table` is ready.
 *
 * An entry is a struct pollfd, 8 bytes: the fd at element `2i` of an Int32Array, events at `4i + 2` and revents at
 * `4i + 3` of a Uint16Array over the same buffer. A negative fd is skipped. revents is overwritten. `timeoutMs` is in
 * milliseconds, negative waits for ever.
 * @returns The number of entries with revents, 0 when the time is up, or -errno.
 * @see poll(2)
 */
export const poll = native.poll;

/**
 * `epollCreate1(flags)`: `EPOLL_CLOEXEC` or 0.
 * @returns An fd, or -errno.
 * @see epoll_create1(2)
 */
export const epollCreate1 = native.epollCreate1;

/**
 * `epollCtl(epfd, op, fd, events, dataLow, dataHigh)`: the two 32-bit words come back with each event of the fd.
 * @returns 0, or -errno.
 * @see epoll_ctl(2)
 */
export const epollCtl = native.epollCtl;

/**
 * `epollWait(epfd, events, maxevents, timeoutMs)`: `events` receives up to `maxevents` struct epoll_event of
 * `SIZEOF_EPOLL_EVENT` bytes: the mask in its first 32-bit word, dataLow and dataHigh at `OFFSETOF_EPOLL_DATA`.
 * `timeoutMs` is in milliseconds, negative waits for ever.
 * @returns The number of events, 0 when the time is up, or -errno.
 * @see epoll_wait(2)
 */
export const epollWait = native.epollWait;

/**
 * `socket(domain, type, protocol)`: `type` may carry SOCK_NONBLOCK and SOCK_CLOEXEC.
 * @returns An fd, or -errno.
 * @see socket(2)
 */
export const socket = native.socket;

/**
 * `socketpair(domain, type, protocol, fds)`: the two fds are written into `fds`, an Int32Array of length 2.
 * @returns 0, or -errno.
 * @see socketpair(2)
 */
export const socketpair = native.socketpair;

/**
 * `bind(fd, address, addressLength)`: the first `addressLength` bytes of `address` are a struct sockaddr.
 * @returns 0, or -errno.
 * @see bind(2)
 */
export const bind = native.bind;

/**
 * `connect(fd, address, addressLength)`: the first `addressLength` bytes of `address` are a struct sockaddr.
 * @returns 0, or -errno (-EINPROGRESS for a non-blocking socket).
 * @see connect(2)
 */
export const connect = native.connect;

/**
 * `getsockname(fd, address, addressLength)`: fills `address`; `addressLength[0]` becomes the true length, which may be
 * more than fitted.
 * @returns 0, or -errno.
 * @see getsockname(2)
 */
export const getsockname = native.getsockname;

/**
 * `getpeername(fd, address, addressLength)`: as `getsockname`, for the other end.
 * @returns 0, or -errno.
 * @see getpeername(2)
 */
export const getpeername = native.getpeername;

/**
 * `accept4(fd, address, addressLength, flags)`: `address` and `addressLength` are filled as by `getsockname`, or `null`;
 * `flags` is of SOCK_NONBLOCK and SOCK_CLOEXEC.
 * @returns An fd, or -errno.
 * @see accept4(2)
 */
export const accept4 = native.accept4;

/**
 * `listen(fd, backlog)`.
 * @returns 0, or -errno.
 * @see listen(2)
 */
export const listen = native.listen;

/**
 * `shutdown(fd, how)`: SHUT_RD, SHUT_WR or SHUT_RDWR.
 * @returns 0, or -errno.
 * @see shutdown(2)
 */
export const shutdown = native.shutdown;

/**
 * `getsockopt(fd, level, option, value, valueLength)`: fills `value`; `valueLength[0]` becomes its length in bytes.
 * Options whose value holds pointers give -ENOPROTOOPT, as do levels other than SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6,
 * IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMPV6 and IPPROTO_RAW: the kernel would follow pointers that JavaScript made up.
 * So do IP_MSFILTER, MCAST_MSFILTER and TCP_AO_GET_KEYS, which write beyond the value's end.
 * @returns 0, or -errno.
 * @see getsockopt(2)
 */
export const getsockopt = native.getsockopt;

/**
 * `setsockopt(fd, level, option, value, length)`: `length` counts only where `value` is `null`. The levels and options
 * are those of `getsockopt`.
 * @returns 0, or -errno.
 * @see setsockopt(2)
 */
export const setsockopt = native.setsockopt;

/**
 * `recv(fd, buffer, offset, length, flags)`: receives at most `length` bytes at `offset`.
 * @returns The number of bytes, 0 at end of input, or -errno. With MSG_TRUNC the datagram's whole length, which may be
 *   more than was stored.
 * @see recv(2)
 */
export const recv = native.recv;

/**
 * `send(fd, buffer, offset, length, flags)`: MSG_NOSIGNAL is always added; MSG_ZEROCOPY gives -ENOTSUP (EOPNOTSUPP), since the
 * kernel would read the buffer after the call.
 * @returns The number of bytes taken, which may be fewer than `length`, or -errno.
 * @see send(2)
 */
export const send = native.send;

/**
 * `recvfrom(fd, buffer, offset, length, flags, address, addressLength)`: `recv` that also tells the sender.
 * @returns As `recv`.
 * @see recvfrom(2)
 */
export const recvfrom = native.recvfrom;

/**
 * `sendto(fd, buffer, offset, length, flags, address, addressLength)`: `send` to an address.
 * @returns As `send`.
 * @see sendto(2)
 */
export const sendto = native.sendto;

/**
 * `sendmsg(fd, buffers, control, flags, address, addressLength)`: gathers up to 1024 Uint8Arrays; `control` holds
 * struct cmsghdr records or is `null`; `address` may be `null`.
 * @returns As `send`.
 * @see sendmsg(2)
 */
export const sendmsg = native.sendmsg;

/**
 * `recvmsg(fd, buffers, control, flags, address, out)`: scatters into up to 1024 Uint8Arrays. `out` is an Int32Array
 * of length 3: the control length, the message flags, the address length. MSG_CMSG_CLOEXEC is always added.
 * @returns As `recv`.
 * @see recvmsg(2)
 */
export const recvmsg = native.recvmsg;

/**
 * `sendfile(outFd, inFd, offset, count)`: from `offset` of a file to a socket, without a copy through JavaScript.
 * @returns The number of bytes sent, or -errno.
 * @see sendfile(2)
 */
export const sendfile = native.sendfile;

/**
 * `close(fd)`. Never call it twice for one fd, not even after -EINTR: the number is free by then.
 * @returns 0, or -errno.
 * @see close(2)
 */
export const close = native.close;

/**
 * `dup3(oldfd, newfd, flags)`: makes `newfd` a copy of `oldfd`, closing what it was; `flags` is O_CLOEXEC or 0.
 * @returns `newfd`, or -errno.
 * @see dup3(2)
 */
export const dup3 = native.dup3;

/**
 * `fcntl(fd, command, argument)`: F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETPIPE_SZ and
 * F_SETPIPE_SZ. Other commands take pointers and give -EINVAL.
 * @returns What the command gives, or -errno.
 * @see fcntl(2)
 */
export const fcntl = native.fcntl;

/**
 * `ioctl(fd, request, argument)`: FIONREAD, FIONBIO, SIOCOUTQ, SIOCATMARK, TIOCGPTN and TIOCSPTLCK, all on one int.
 * Other requests give -EINVAL.
 * @returns The int that the request left, as an unsigned number, or -errno.
 * @see ioctl(2), tcp(7), ioctl_tty(2)
 */
export const ioctl = native.ioctl;

/**
 * `read(fd, buffer, offset, length)`.
 * @returns The number of bytes, 0 at end of file, or -errno.
 * @see read(2)
 */
export const read = native.read;

/**
 * `write(fd, buffer, offset, length)`.
 * @returns The number of bytes taken, or -errno.
 * @see write(2)
 */
export const write = native.write;

/**
 * `pipe2(fds, flags)`: writes the read end and the write end into `fds`, an Int32Array of length 2; `flags` is of
 * O_NONBLOCK and O_CLOEXEC.
 * @returns 0, or -errno.
 * @see pipe2(2)
 */
export const pipe2 = native.pipe2;

/**
 * `eventfd(initval, flags)`: a 64-bit counter as an fd, read and written as 8 bytes.
 * @returns An fd, or -errno.
 * @see eventfd(2)
 */
export const eventfd = native.eventfd;
