"""redis-server, for the role crowd. Its requests are inline PING commands, because it has no echo of lines.

redis-server makes its own listener, so this program closes the listener that it gets and passes the port. The accepted sockets
have the congestion control of the system.
"""
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

NAME = "redis-server"
LISTENER = 3
BACKLOG = 4096
PR_SET_PDEATHSIG = 1
START_SECONDS = 10
POLL_SECONDS = 0.01


def describe():
    driver = {
        "name": NAME,
        "label": "Redis",
        "family": "Redis",
        "mechanism": "epoll",
        "roles": ["crowd"],
        "collects": False,
        "protocol": "redis",
    }
    if shutil.which(NAME) is None:
        driver["missing"] = "redis-server is not installed (Debian: apt install redis-server)"
    print(json.dumps({"drivers": [driver]}))


def end_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def wait_until_listening(server, port):
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            if server.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"redis-server does not listen on port {port}")
            time.sleep(POLL_SECONDS)


def serve():
    # The signal has to wait until sigwait() below takes it.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    listener = socket.socket(fileno=LISTENER)
    port = listener.getsockname()[1]
    listener.close()
    # The protected mode refuses clients whose address is not exactly 127.0.0.1. The server listens on the loopback only.
    settings = {
        "port": port,
        "bind": "127.0.0.1",
        "protected-mode": "no",
        "tcp-backlog": BACKLOG,
        "maxclients": 10000,
        "save": "",
    }
    arguments = [text for name, value in settings.items() for text in (f"--{name}", str(value))]
    server = subprocess.Popen([NAME, *arguments], stdout=subprocess.DEVNULL, preexec_fn=end_with_parent)
    wait_until_listening(server, port)
    print(f"ready {server.pid}\n", end="", flush=True)
    signal.sigwait([signal.SIGTERM])
    server.kill()
    server.wait()
    counters = dict.fromkeys(["connections", "messages", "bytes", "checksum"], 0)
    print(json.dumps({**counters, "turns": None, "events": None}))


def main():
    if sys.argv[1:] == ["--describe"]:
        describe()
    elif sys.argv[1:] == [NAME, "crowd"]:
        serve()
    else:
        sys.exit("usage: redis.py --describe | redis-server crowd")


main()
