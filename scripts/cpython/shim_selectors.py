"""Python's module `selectors`, served by tripoll."""
import collections
import collections.abc
import types

import _tripoll

js = _tripoll.get(_tripoll.root, "selectors")

SelectorKey = collections.namedtuple("SelectorKey", ["fileobj", "fd", "events", "data"])


class _Data:
    """Carries the data of a key through JavaScript, so that it comes back as the same object."""

    def __init__(self, value):
        self.value = value


def _key(key):
    """A key as the named tuple that Python has; docs/deviations.md has a row for its form."""
    data = _tripoll.get(key, "data")
    return SelectorKey(*(_tripoll.get(key, name) for name in ("fileobj", "fd", "events")), data and data.value)


class _Map(collections.abc.Mapping):
    def __init__(self, map):
        self._js = map

    def __len__(self):
        return _tripoll.get(self._js, "size")

    def __getitem__(self, fileobj):
        key = _tripoll.call(self._js, "get", (fileobj,), False)
        if key is None:
            raise KeyError(f"{fileobj!r} is not registered")
        return _key(key)

    def __iter__(self):
        fds = _tripoll.call(self._js, "keys", (), False)
        return iter(_tripoll.call(_tripoll.root, "toArray", (fds,), False))


class BaseSelector:
    def __init__(self):
        self._js = _tripoll.call(js, type(self).__name__, (), True)

    def register(self, fileobj, events, data=None):
        return _key(_tripoll.call(self._js, "register", (fileobj, events, _Data(data)), False))

    def unregister(self, fileobj):
        return _key(_tripoll.call(self._js, "unregister", (fileobj,), False))

    def modify(self, fileobj, events, data=None):
        return _key(_tripoll.call(self._js, "modify", (fileobj, events, _Data(data)), False))

    def select(self, timeout=None):
        ready = _tripoll.call(self._js, "select", (timeout,), False)
        return [(_key(key), events) for key, events in ready]

    def get_key(self, fileobj):
        return _key(_tripoll.call(self._js, "getKey", (fileobj,), False))

    def get_map(self):
        map = _tripoll.call(self._js, "getMap", (), False)
        return map and _Map(map)

    def close(self):
        return _tripoll.call(self._js, "close", (), False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class SelectSelector(BaseSelector):
    pass


class PollSelector(BaseSelector):
    pass


class EpollSelector(BaseSelector):
    def fileno(self):
        return _tripoll.call(self._js, "fileno", (), False)


module = types.ModuleType("selectors")
module.SelectorKey, module.BaseSelector = SelectorKey, BaseSelector
module.SelectSelector, module.PollSelector, module.EpollSelector = SelectSelector, PollSelector, EpollSelector
module.DefaultSelector = EpollSelector
module.EVENT_READ, module.EVENT_WRITE = _tripoll.get(js, "EVENT_READ"), _tripoll.get(js, "EVENT_WRITE")
