"""Python: the loop of the article without its bugs (select.select), selectors, asyncio, and uvloop."""
import asyncio
import importlib.util
import json
import os
import resource
import select
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import time

LISTENER = 3
RECV_BYTES = 65536
BACKLOG = 4096
TIMEOUT_SECONDS = 1
# Debian's package python3-uvloop belongs to this Python.
SYSTEM_PYTHON = "/usr/bin/python3"


class Counters:
    def __init__(self):
        self.connections = self.messages = self.bytes = self.checksum = 0
        self.turns = self.events = None


counters = Counters()


# The roles: received(data) handles the bytes that a connection received, and answers with write(data).


class Echo:
    def __init__(self, write):
        self.write = write

    def received(self, data):
        counters.messages += 1
        self.write(data)


class Lines:
    def __init__(self, write):
        self.write = write
        self.rest = b""

    def received(self, data):
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            self.handle(line)

    def handle(self, line):
        counters.messages += 1
        if line:
            counters.checksum += line[-1]


class Reply(Lines):
    def handle(self, line):
        counters.messages += 1
        self.write(line + b"\n")


class Collect:
    def __init__(self, write):
        pass

    def received(self, data):
        counters.messages += 1


class Urgent:
    def __init__(self, write):
        self.write = write

    def received(self, data):
        pass

    def exceptional(self, byte):
        counters.messages += 1
        self.write(byte)


ROLES = {"echo": Echo, "reply": Reply, "lines": Lines, "collect": Collect, "urgent": Urgent, "crowd": Reply}


class Connection:
    """A non-blocking socket. All answers to one recv are sent together."""

    def __init__(self, sock, role):
        sock.setblocking(False)
        counters.connections += 1
        self.sock = sock
        self.output = []
        self.handler = role(self.output.append)

    def receive(self):
        """Returns False when the connection has ended."""
        data = self.transfer(self.sock.recv, RECV_BYTES)
        if data:
            counters.bytes += len(data)
            self.handler.received(data)
        return data != b"" and self.flush()

    def receive_urgent(self):
        """Returns False when the connection has ended."""
        byte = self.transfer(self.sock.recv, 1, socket.MSG_OOB)
        if byte:
            counters.bytes += 1
            self.handler.exceptional(byte)
        return byte != b"" and self.flush()

    def flush(self):
        """Returns False when the connection has ended."""
        if not self.output:
            return True
        data = b"".join(self.output)
        self.output.clear()
        sent = self.transfer(self.sock.send, data)
        if sent == b"":
            return False
        if sent != len(data):
            self.output.append(data[sent or 0 :])
        return True

    @staticmethod
    def transfer(call, *args):
        """Returns None when the call would block, and b'' when the connection is broken."""
        try:
            return call(*args)
        except BlockingIOError:
            return None
        except OSError:
            return b""


def ready():
    # One write, even when standard output has no buffer.
    print("ready\n", end="", flush=True)


def accept(listener, role):
    """Accepts one connection in each turn, as the article does. The client may have gone in the meantime."""
    try:
        sock, _ = listener.accept()
    except (BlockingIOError, ConnectionAbortedError):
        return None
    return Connection(sock, role)


def serve_select(listener, role):
    inputs, outputs, connections = [listener], [], {}
    counters.turns = counters.events = 0

    def settle(sock, alive):
        """Does not read from a connection that has unsent output."""
        if not alive:
            (outputs if sock in outputs else inputs).remove(sock)
            del connections[sock]
            sock.close()
        elif connections[sock].output and sock not in outputs:
            inputs.remove(sock)
            outputs.append(sock)
        elif not connections[sock].output and sock in outputs:
            outputs.remove(sock)
            inputs.append(sock)

    ready()
    while True:
        readable, writable, exceptional = select.select(inputs, outputs, inputs, TIMEOUT_SECONDS)
        counters.turns += 1
        counters.events += len(readable) + len(writable) + len(exceptional)
        for s in exceptional:
            settle(s, connections[s].receive_urgent())
        # Only one of them in a turn: the next urgent byte may come after the answer, and a recv before it would skip it.
        urgent = set(exceptional)
        for s in readable:
            if s is listener:
                connection = accept(listener, role)
                if connection:
                    inputs.append(connection.sock)
                    connections[connection.sock] = connection
            elif s in connections and s not in urgent:
                settle(s, connections[s].receive())
        for s in writable:
            if s in connections:
                settle(s, connections[s].flush())


def serve_selectors(listener, role):
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    counters.turns = counters.events = 0
    ready()
    while True:
        found = selector.select(TIMEOUT_SECONDS)
        counters.turns += 1
        counters.events += len(found)
        for key, events in found:
            connection = key.data
            if connection is None:
                connection = accept(listener, role)
                if connection:
                    selector.register(connection.sock, selectors.EVENT_READ, connection)
                continue
            alive = connection.receive() if events & selectors.EVENT_READ else connection.flush()
            # A connection with unsent output is not read.
            wanted = selectors.EVENT_WRITE if connection.output else selectors.EVENT_READ
            if not alive:
                selector.unregister(connection.sock)
                connection.sock.close()
            elif wanted != key.events:
                selector.modify(connection.sock, wanted, connection)


class Protocol(asyncio.Protocol):
    def __init__(self, role):
        self.role = role

    def connection_made(self, transport):
        counters.connections += 1
        self.transport = transport
        self.handler = self.role(transport.write)

    def data_received(self, data):
        counters.bytes += len(data)
        self.handler.received(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


def serve_on(loop, listener, role):
    server = loop.create_server(lambda: Protocol(role), sock=listener, backlog=BACKLOG)
    loop.run_until_complete(server)
    loop.add_signal_handler(signal.SIGTERM, loop.stop)
    ready()
    loop.run_forever()


def serve_asyncio(listener, role):
    serve_on(asyncio.new_event_loop(), listener, role)


def serve_uvloop(listener, role):
    import uvloop

    serve_on(uvloop.new_event_loop(), listener, role)


def uvloop_python():
    """Returns the Python that has uvloop: this one, that of the system, or None."""
    if importlib.util.find_spec("uvloop"):
        return sys.executable
    try:
        command = [SYSTEM_PYTHON, "-c", "import uvloop"]
        return SYSTEM_PYTHON if subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0 else None
    except OSError:
        return None


# The roles of the loops without a third set, and the drivers: label, mechanism, roles, function.
COMMON = ["echo", "reply", "lines", "collect"]
DRIVERS = {
    "python-select": ("Python, select", "select", [*COMMON, "urgent", "call"], serve_select),
    "python-poll": ("Python, poll", "poll", ["call"], None),
    "python-epoll": ("Python, epoll", "epoll", ["call"], None),
    "python-selectors": ("Python, selectors", "epoll", COMMON, serve_selectors),
    "python-asyncio": ("Python, asyncio", "epoll", [*COMMON, "crowd"], serve_asyncio),
    "python-uvloop": ("Python, uvloop", "epoll", COMMON, serve_uvloop),
}


def describe():
    drivers = [
        {"name": name, "label": label, "mechanism": mechanism, "family": "Python", "roles": roles, "collects": False}
        for name, (label, mechanism, roles, _) in DRIVERS.items()
    ]
    # FD_SETSIZE minus the fds that the process itself has open.
    drivers[0]["maxConnections"] = 1000
    if uvloop_python() is None:
        drivers[-1]["missing"] = "uvloop is not installed: pip install uvloop, or Debian's package python3-uvloop"
    print(json.dumps({"drivers": drivers}))


def end(*_):
    raise SystemExit


def serve(name, role):
    python = uvloop_python() if name == "python-uvloop" else sys.executable
    if python != sys.executable:
        os.execv(python, [python, *sys.argv])
    signal.signal(signal.SIGTERM, end)
    listener = socket.socket(fileno=LISTENER)
    listener.setblocking(False)
    # Accepted sockets inherit this option.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        DRIVERS[name][3](listener, ROLES[role])
    except SystemExit:
        pass
    counters.checksum %= 2**32
    print(json.dumps(vars(counters)))


def one_call(mechanism, form, sockets):
    """Returns the function and the arguments of a call with the sockets and timeout 0."""
    if mechanism == "select":
        return select.select, *(sockets if letter in form else [] for letter in "rwx"), 0
    poller, prefix = (select.poll(), "POLL") if mechanism == "poll" else (select.epoll(), "EPOLL")
    names = {"r": "IN", "w": "OUT", "x": "PRI"}
    mask = sum(getattr(select, prefix + names[letter]) for letter in form)
    for sock in sockets:
        poller.register(sock, mask)
    return poller.poll, 0


def measure(seconds, call, *args):
    """The CPU time of a call in microseconds, user and system: the median of batches of about 10 ms."""

    def batch(calls):
        began = time.process_time()
        for _ in range(calls):
            call(*args)
        return (time.process_time() - began) / calls * 1e6

    batch(2000)
    calls = max(10, int(1e4 / batch(100)))
    samples = []
    end_seconds = time.perf_counter() + seconds
    while not samples or time.perf_counter() < end_seconds:
        samples.append(batch(calls))
    return statistics.median(samples)


def main():
    if sys.argv[1:] == ["--describe"]:
        describe()
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    name, role, *rest = sys.argv[1:]
    if role not in DRIVERS[name][2]:
        sys.exit(f"there is no driver {name} with the role {role}")
    if role != "call":
        serve(name, role)
        return
    form, count, seconds = rest[0], int(rest[1]), float(rest[2])
    sockets = [sock for _ in range((count + 1) // 2) for sock in socket.socketpair()][:count]
    print(json.dumps({"microseconds": measure(seconds, *one_call(DRIVERS[name][1], form, sockets))}))


main()
