"""Runs scenarios (scenario.ts) on Python's own modules: JSON on stdin, one outcome a line of JSON on stdout."""

import ctypes
import errno
import json
import os
import select
import socket
import struct
import sys
import tempfile
import time

# The longest that a step waits, in both runners.
WAIT_SECONDS = 5
EVENTS = ["POLL" + name for name in "IN PRI OUT ERR HUP NVAL RDHUP RDNORM RDBAND WRNORM WRBAND MSG".split()]
INTEREST = select.POLLIN | select.POLLPRI | select.POLLOUT | select.POLLRDHUP
CHUNK = bytes(65536)


def bits(module, *names):
    mask = 0
    for name in names:
        mask |= getattr(module, name)
    return mask


def event_names(events):
    return [name for name in EVENTS if events & getattr(select, name)]


def failure(error):
    # socket.timeout of Python 3.9 has no errno.
    return {"error": errno.errorcode[error.errno or errno.ETIMEDOUT]}


def poll_once(file, mask, timeout_ms):
    poller = select.poll()
    poller.register(file, mask)
    events = poller.poll(timeout_ms)
    return events[0][1] if events else 0


def within(attempt):
    deadline = time.monotonic() + WAIT_SECONDS
    remaining = WAIT_SECONDS
    while remaining > 0:
        if attempt(remaining * 1000):
            return None
        remaining = deadline - time.monotonic()
    raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))


def make_eventfd(count):
    # os.eventfd is of Python 3.10.
    fd = ctypes.CDLL(None, use_errno=True).eventfd(count, os.O_NONBLOCK | os.O_CLOEXEC)
    if fd < 0:
        raise OSError(ctypes.get_errno(), "eventfd")
    return fd


class World:
    """The files of one run by their names, and the operations on them: one method each, Python's own calls inside."""

    def __init__(self, folder):
        self.folder = folder
        self.files = {}

    def fd(self, name):
        file = self.files[name]
        return file if isinstance(file, int) else file.fileno()

    def end(self):
        for name in list(self.files):
            self.close(name)

    def _add_socket(self, name, sock):
        sock.setblocking(False)
        self.files[name] = sock

    def tcp(self, name):
        self._add_socket(name, socket.socket(socket.AF_INET, socket.SOCK_STREAM))

    def udp(self, name):
        self._add_socket(name, socket.socket(socket.AF_INET, socket.SOCK_DGRAM))

    def socketpair(self, name, other, kind):
        for key, sock in zip((name, other), socket.socketpair(socket.AF_UNIX, getattr(socket, kind))):
            self._add_socket(key, sock)

    def bind(self, name):
        self.files[name].bind(("127.0.0.1", 0))

    def listen(self, name, backlog):
        self.files[name].listen(backlog)

    def connect(self, name, peer):
        sock = self.files[name]
        sock.settimeout(WAIT_SECONDS)
        try:
            sock.connect(self.files[peer].getsockname())
        finally:
            sock.setblocking(False)

    def startConnect(self, name, peer):
        self.files[name].connect(self.files[peer].getsockname())

    def accept(self, listener, name):
        self._add_socket(name, self.files[listener].accept()[0])

    def send(self, name, text, *flags):
        return self.files[name].send(text.encode("latin-1"), bits(socket, *flags))

    def recv(self, name, length, *flags):
        return self.files[name].recv(length, bits(socket, *flags)).decode("latin-1")

    def shutdown(self, name, how):
        self.files[name].shutdown(getattr(socket, how))

    def reset(self, name):
        self.files[name].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close(name)

    def setsockopt(self, name, option, value):
        self.files[name].setsockopt(socket.SOL_SOCKET, getattr(socket, option), value)

    def getsockopt(self, name, option):
        return self.files[name].getsockopt(socket.SOL_SOCKET, getattr(socket, option))

    def pipe(self, read_end, write_end):
        self.files[read_end], self.files[write_end] = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def open(self, name, path, *flags):
        mask = bits(os, *flags) | os.O_NONBLOCK | os.O_NOCTTY
        self.files[name] = os.open(os.path.join(self.folder, path), mask, 0o600)

    def mkfifo(self, path):
        os.mkfifo(os.path.join(self.folder, path))

    def pty(self, master, slave):
        self.files[master], self.files[slave] = os.openpty()
        os.set_blocking(self.files[master], False)
        os.set_blocking(self.files[slave], False)

    def eventfd(self, name, count):
        self.files[name] = make_eventfd(count)

    def epoll(self, name):
        self.files[name] = select.epoll()

    def epollAdd(self, epoll, name, *events):
        self.files[epoll].register(self.files[name], bits(select, *events))

    def read(self, name, length):
        return os.read(self.fd(name), length).decode("latin-1")

    def write(self, name, text):
        return os.write(self.fd(name), text.encode("latin-1"))

    def dup(self, name, original):
        file = self.files[original]
        self.files[name] = os.dup(file) if isinstance(file, int) else file.dup()

    def close(self, name):
        file = self.files.pop(name)
        if isinstance(file, int):
            os.close(file)
        else:
            file.close()

    def fill(self, name):
        try:
            while os.write(self.fd(name), CHUNK) > 0:
                pass
        except BlockingIOError:
            pass

    def drain(self, reader, writer):
        def attempt(remaining_ms):
            if poll_once(self.files[writer], select.POLLOUT, 0):
                return True
            if poll_once(self.files[reader], select.POLLIN, min(remaining_ms, 10)):
                os.read(self.fd(reader), len(CHUNK))
            return False

        within(attempt)

    def settle(self, name, *events):
        missing = bits(select, *events)

        def attempt(remaining_ms):
            nonlocal missing
            missing &= ~poll_once(self.files[name], missing, remaining_ms)
            return missing == 0

        within(attempt)


def perform(world, step):
    try:
        return getattr(world, step[0])(*step[1:])
    except OSError as error:
        return failure(error)


def by_select(file):
    sets = select.select([file], [file], [file], 0)
    return "".join(letter if ready else "-" for letter, ready in zip("rwx", sets))


def by_epoll(file, mask):
    with select.epoll() as poller:
        try:
            poller.register(file, mask)
            events = poller.poll(0)
        except OSError as error:
            return errno.errorcode[error.errno]
    return event_names(events[0][1] if events else 0)


def run(scenario):
    with tempfile.TemporaryDirectory(prefix="tripoll-") as folder:
        world = World(folder)
        try:
            steps = [perform(world, step) for step in scenario["steps"]]
            target = world.files[scenario["target"]]
            return {
                "steps": steps,
                "select": by_select(target),
                "poll": event_names(poll_once(target, INTEREST, 0)),
                "mask0": event_names(poll_once(target, 0, 0)),
                "epoll": by_epoll(target, INTEREST),
                "epollMask0": by_epoll(target, 0),
                "after": [perform(world, check[0]) for check in scenario.get("after", [])],
            }
        finally:
            world.end()


for scenario in json.load(sys.stdin):
    print(json.dumps(run(scenario)))
