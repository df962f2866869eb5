"""Prints the microseconds of CPU that one select.select() call takes: select-call.py SOCKETS FORM SECONDS."""
import select
import socket
import statistics
import sys
import time

count, form, seconds = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
sockets = [end for _ in range(count // 2) for end in socket.socketpair()]
lists = [sockets if letter in form else [] for letter in "rwx"]


def batch(calls):
    began = time.process_time()
    for _ in range(calls):
        select.select(*lists, 0)
    return (time.process_time() - began) / calls * 1e6


batch(200)
calls = max(10, int(1e4 / batch(100)))  # about 10 ms
samples = []
end = time.perf_counter() + seconds
while time.perf_counter() < end:
    samples.append(batch(calls))
print(statistics.median(samples))
