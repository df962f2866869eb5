"""Writes results and errors in tripoll's terms. Its counterpart is tripoll/results.ts."""

import errno
import json
import math
import re
import select
import selectors
import socket
from collections.abc import KeysView

from world import is_scenario_fd

EVENTS = "IN PRI OUT ERR HUP NVAL RDHUP RDNORM RDBAND WRNORM WRBAND MSG".split()
EPHEMERAL = 32768
# tripoll's names for Python's errors.
CLASSES = {"ValueError": "RangeError", "OverflowError": "RangeError", "RuntimeError": "Error"}
POLLERS = (type(select.poll()), select.epoll)


def encode(world, result):
    if result is None or isinstance(result, (bool, str)):
        return result
    if isinstance(result, (int, float)):
        return encode_number(world, result)
    return encode_object(world, result)


def encode_number(world, value):
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": str(value)}
    if abs(value) >= 2**53:
        return {"int": str(value)}
    name = world.name_of_fd(value) if is_scenario_fd(value) else None
    return int(value) if name is None else {"fd": name}


def encode_object(world, value):
    name = world.name_of(value)
    if name is not None:
        return {"object": name}
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": value.decode("latin-1")}
    if isinstance(value, selectors.SelectorKey):
        return {"key": [encode(world, field) for field in value]}
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str) and value[1] >= EPHEMERAL:
        return [value[0], "port"]
    if isinstance(value, (list, tuple, KeysView)):
        return [encode(world, item) for item in value]
    return {"unnamed": type(value).__name__.lower()}


def encode_result_of(world, owner, method, result):
    if isinstance(owner, POLLERS) and method == "poll":
        return [[encode(world, fd), event_names(mask)] for fd, mask in result]
    value = encode(world, result)
    if isinstance(owner, selectors.SelectSelector) and method == "select":
        return sorted(value, key=lambda item: json.dumps(item, separators=(",", ":")))
    return value


def event_names(mask):
    return " ".join(name for name in EVENTS if mask & getattr(select, "POLL" + name))


def failure(world, error):
    # The errnos of gaierror are negative and have no names.
    number = getattr(error, "errno", None)
    if number is not None:
        return {
            "error": error_name(error),
            "errno": errno.errorcode.get(number, number),
            "message": error.strerror,
        }
    return {"error": error_name(error), "message": with_names(world, error_text(error))}


def error_name(error):
    # Before Python 3.10 this was a class of its own.
    name = "TimeoutError" if isinstance(error, socket.timeout) else type(error).__name__
    return CLASSES.get(name, name)


def error_text(error):
    # str(KeyError("a")) contains the quotes of a repr.
    return str(error.args[0]) if isinstance(error, KeyError) else str(error)


def with_names(world, text):
    if "registered" in text or "Invalid file object" in text:
        for name, value in world.objects.items():
            if value is not None and not isinstance(value, int):
                text = text.replace(repr(value), name if isinstance(value, socket.socket) else "an object")

    def named(match):
        number = int(match[0])
        return (is_scenario_fd(number) and world.name_of_fd(number)) or match[0]

    return re.sub(r"\b\d{3}\b", named, text)
