"""Python's module `select`, served by tripoll."""
import types

import _tripoll

js = _tripoll.get(_tripoll.root, "select")


def _tuples(pairs):
    return [tuple(pair) for pair in pairs]


def select(*args, **kwargs):
    if kwargs:
        raise TypeError("select.select() takes no keyword arguments")
    return tuple(_tripoll.call(js, "select", args, False))


class poll:
    def __new__(cls, *args):
        self = object.__new__(cls)
        self._js = _tripoll.call(js, "Poll", args, True)
        return self

    def register(self, *args):
        return _tripoll.call(self._js, "register", args, False)

    def modify(self, *args):
        return _tripoll.call(self._js, "modify", args, False)

    def unregister(self, *args):
        return _tripoll.call(self._js, "unregister", args, False)

    def poll(self, *args):
        return _tuples(_tripoll.call(self._js, "poll", args, False))


def _make_poll(*args):
    self = object.__new__(poll)
    self._js = _tripoll.call(js, "poll", args, False)
    return self


def _positional(args, kwargs, defaults):
    """Keyword arguments by their places, since JavaScript has none; one that is left out gets its default."""
    unknown = kwargs.keys() - defaults.keys()
    if unknown:
        raise TypeError(f"{unknown.pop()!r} is an invalid keyword argument")
    names = list(defaults)
    last = max((names.index(name) for name in kwargs), default=-1)
    return args + tuple(kwargs.get(name, defaults[name]) for name in names[len(args):last + 1])


class epoll:
    def __new__(cls, *args, **kwargs):
        self = object.__new__(cls)
        self._js = _tripoll.call(js, "epoll", _positional(args, kwargs, {"sizehint": -1, "flags": 0}), False)
        return self

    @classmethod
    def fromfd(cls, *args):
        self = object.__new__(cls)
        self._js = _tripoll.call(_tripoll.get(js, "Epoll"), "fromfd", args, False)
        return self

    def close(self):
        return _tripoll.call(self._js, "close", (), False)

    @property
    def closed(self):
        return _tripoll.get(self._js, "closed")

    def fileno(self):
        return _tripoll.call(self._js, "fileno", (), False)

    def register(self, *args, **kwargs):
        return _tripoll.call(self._js, "register", _positional(args, kwargs, {"fd": None, "eventmask": None}), False)

    def modify(self, *args, **kwargs):
        return _tripoll.call(self._js, "modify", _positional(args, kwargs, {"fd": None, "eventmask": None}), False)

    def unregister(self, *args, **kwargs):
        return _tripoll.call(self._js, "unregister", _positional(args, kwargs, {"fd": None}), False)

    def poll(self, *args, **kwargs):
        args = _positional(args, kwargs, {"timeout": None, "maxevents": -1})
        return _tuples(_tripoll.call(self._js, "poll", args, False))

    def __enter__(self):
        self.fileno()
        return self

    def __exit__(self, *_):
        self.close()


poll.__module__ = epoll.__module__ = "select"

module = types.ModuleType("select")
module.select, module.poll, module.epoll, module.error = select, _make_poll, epoll, OSError
_names = __import__("select")
for _name in dir(_names):
    if _name.isupper():
        setattr(module, _name, _tripoll.get(js, _name))
