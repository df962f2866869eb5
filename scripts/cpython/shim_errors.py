"""Makes Python's exceptions of JavaScript's errors, by the table of docs/deviations.md."""
import builtins
import socket


class RangeError(ValueError, OverflowError):
    """Stands for both: JavaScript has one class for them."""


BY_NAME = {
    "RangeError": RangeError,
    "TypeError": TypeError,
    "Error": RuntimeError,
    "KeyError": KeyError,
    "gaierror": socket.gaierror,
    "herror": socket.herror,
}


def make_error(fields):
    name, errno, strerror, message = fields
    cls = BY_NAME.get(name) or getattr(builtins, name, None)
    if cls is None:
        return SystemError(f"JavaScript threw {name}: {message}")
    if errno is None:
        return cls(message)
    return cls(errno if cls is socket.gaierror else abs(errno), strerror)
