"""The operations of the scenarios, one method each. The counterparts are src/explain/operations.ts and tripoll/operations.ts."""

import ctypes
import errno
import os
import select
import socket
import struct
import time

from arguments import bits, decode
from results import event_names

# The longest time that a step waits, in both runners.
WAIT_SECONDS = 5
INTEREST = select.POLLIN | select.POLLPRI | select.POLLOUT | select.POLLRDHUP
CHUNK = bytes(65536)


def operate(world, step):
    return getattr(Operations, step[0])(world, *step[1:])


class Operations:
    def let(world, name, value):
        world.name(name, decode(world, value))

    def tcp(world, name):
        add_socket(world, name, socket.socket(socket.AF_INET, socket.SOCK_STREAM))

    def udp(world, name):
        add_socket(world, name, socket.socket(socket.AF_INET, socket.SOCK_DGRAM))

    def socketpair(world, name, other, kind):
        for key, sock in zip((name, other), socket.socketpair(socket.AF_UNIX, getattr(socket, kind))):
            add_socket(world, key, sock)

    def bind(world, name):
        world.object(name).bind(("127.0.0.1", 0))

    def connect(world, name, peer):
        sock = world.object(name)
        sock.settimeout(WAIT_SECONDS)
        try:
            sock.connect(world.object(peer).getsockname())
        finally:
            sock.setblocking(False)

    def accept(world, listener, name):
        add_socket(world, name, world.object(listener).accept()[0])

    def reset(world, name):
        sock = world.object(name)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()

    def pipe(world, read_end, write_end):
        for name, fd in zip((read_end, write_end), os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)):
            world.name(name, fd)

    def open(world, name, path, *flags):
        mask = bits(flags, os) | os.O_NONBLOCK | os.O_NOCTTY
        world.name(name, os.open(world.path(path), mask, 0o600))

    def mkfifo(world, path):
        os.mkfifo(world.path(path))

    def pty(world, master, slave):
        for name, fd in zip((master, slave), os.openpty()):
            os.set_blocking(fd, False)
            world.name(name, fd)

    def eventfd(world, name, count):
        # os.eventfd is new in Python 3.10.
        fd = ctypes.CDLL(None, use_errno=True).eventfd(count, os.O_NONBLOCK | os.O_CLOEXEC)
        if fd < 0:
            raise OSError(ctypes.get_errno(), "eventfd")
        world.name(name, fd)

    def epoll(world, name, file):
        poller = select.epoll()
        poller.register(fd_of(world, file), select.EPOLLIN)
        world.name(name, poller)

    def read(world, name, length):
        return os.read(fd_of(world, name), length).decode("latin-1")

    def write(world, name, text):
        return os.write(fd_of(world, name), text.encode("latin-1"))

    def dup(world, name, original):
        world.name(name, os.dup(fd_of(world, original)))

    def close(world, name):
        file = world.object(name)
        if isinstance(file, int):
            os.close(file)
        else:
            file.close()

    def closeFd(world, name):
        os.close(world.fd(name))

    def fill(world, name):
        try:
            while os.write(fd_of(world, name), CHUNK) > 0:
                pass
        except BlockingIOError:
            pass

    def drain(world, reader, writer):
        def attempt(remaining_ms):
            if poll_once(world.object(writer), select.POLLOUT, 0):
                return True
            if poll_once(world.object(reader), select.POLLIN, min(remaining_ms, 10)):
                os.read(fd_of(world, reader), len(CHUNK))
            return False

        within(attempt)

    def settle(world, name, *events):
        missing = bits(events)

        def attempt(remaining_ms):
            nonlocal missing
            missing &= ~poll_once(world.object(name), missing, remaining_ms)
            return missing == 0

        within(attempt)

    def measure(world, name):
        file = world.object(name)
        sets = select.select([file], [file], [file], 0)
        letters = "".join(letter if ready else "-" for letter, ready in zip("rwx", sets))
        by_poll = [event_names(poll_once(file, mask, 0)) for mask in (INTEREST, 0)]
        return [letters, *by_poll, *[by_epoll(file, mask) for mask in (INTEREST, 0)]]


def add_socket(world, name, sock):
    sock.setblocking(False)
    world.name(name, sock)


def fd_of(world, name):
    file = world.object(name)
    return file if isinstance(file, int) else file.fileno()


def poll_once(file, mask, timeout_ms):
    poller = select.poll()
    poller.register(file, mask)
    events = poller.poll(timeout_ms)
    return events[0][1] if events else 0


def by_epoll(file, mask):
    with select.epoll() as poller:
        try:
            poller.register(file, mask)
            events = poller.poll(0)
        except OSError as error:
            return errno.errorcode[error.errno]
    return event_names(events[0][1] if events else 0)


def within(attempt):
    deadline = time.monotonic() + WAIT_SECONDS
    remaining = WAIT_SECONDS
    while remaining > 0:
        if attempt(remaining * 1000):
            return
        remaining = deadline - time.monotonic()
    raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
