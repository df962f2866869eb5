"""What a scenario has named, the fds of it, and a folder for its files: tripoll/world.ts and fd-range.ts."""

import os
import shutil
import tempfile

FIRST_FD = 600
COUNT = 100


def occupy_low_fds():
    fd = os.open(os.devnull, os.O_RDONLY)
    while os.dup(fd) < FIRST_FD - 1:
        pass


def is_scenario_fd(value):
    return FIRST_FD <= value < FIRST_FD + COUNT


class World:
    def __init__(self):
        self.objects = {}
        self._fds = {}
        self._name_of_fd = {}
        self._folder = None
        # What Python would close as soon as nobody knows it; in JavaScript only the scenario's end does.
        self._kept = []

    def name(self, name, value):
        self.objects[name] = value
        self.keep(value)
        fd = fileno_of(value)
        if fd >= 0:
            self._fds[name] = fd
            self._name_of_fd[fd] = name

    def keep(self, value):
        self._kept.append(value)

    def object(self, name):
        if name not in self.objects:
            raise RuntimeError("the scenario has no " + name)
        return self.objects[name]

    def fd(self, name):
        if name not in self._fds:
            raise RuntimeError(name + " has no fd")
        return self._fds[name]

    def name_of(self, value):
        for name, named in self.objects.items():
            if named is value:
                return name
        return None

    def name_of_fd(self, fd):
        return self._name_of_fd.get(fd)

    def path(self, relative):
        if self._folder is None:
            self._folder = tempfile.mkdtemp(prefix="tripoll-")
        return os.path.join(self._folder, relative)

    def end(self):
        # Selectors are in reference cycles: left to the collector, they would close another scenario's fds.
        for value in self._kept:
            close(value)
        os.closerange(FIRST_FD, FIRST_FD + COUNT)
        if self._folder is not None:
            shutil.rmtree(self._folder)


def fileno_of(value):
    if type(value) is int:
        return value
    if hasattr(value, "fileno") and hasattr(value, "close"):
        return value.fileno()
    return -1


def close(value):
    if hasattr(value, "close"):
        try:
            value.close()
        except OSError:
            pass
