"""The named objects of a scenario, their fds, and a folder for its files. The counterparts are tripoll/world.ts and fd-range.ts."""

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
        # Keeps objects alive that Python would otherwise close when their last reference goes; in JavaScript they stay open until the scenario ends.
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
        # Selectors are in reference cycles: closed by the garbage collector, they would close fds of a later scenario.
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
