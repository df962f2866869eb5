# The public names of the four modules as JSON: {"version": […], "required": {module: [name]}, "known": {module: [name]}}.
# A method or attribute is CLASS.NAME, with the base class that defines it first. "known" also contains the names that
# `__init__` and `setup` use: some of them are attributes of the objects, which dir() of a class does not list.
import inspect
import json
import select
import selectors
import socket
import socketserver
import sys


def public(names):
    return sorted(name for name in names if not name.startswith("_"))


# False for a name that the module has only imported.
def belongs(value, module):
    if inspect.ismodule(value):
        return False
    home = getattr(value, "__module__", None) or module.__name__
    return home.lstrip("_") in (module.__name__, "builtins") or not callable(value)


def used(cls):
    functions = [vars(cls)[name] for name in ("__init__", "setup") if inspect.isfunction(vars(cls).get(name))]
    return {name for function in functions for name in function.__code__.co_names}


def members(classes):
    for name, cls in classes.items():
        bases = [base for base in cls.__mro__[1:] if base in classes.values()]
        inherited = {member for base in bases for member in dir(base)}
        yield name, public(set(dir(cls)) - inherited), public(used(cls))


required, known = {}, {}
for module in (select, selectors, socket, socketserver):
    values = {name: getattr(module, name) for name in public(dir(module)) if belongs(getattr(module, name), module)}
    classes = {cls.__name__: cls for name, cls in values.items() if inspect.isclass(cls) and cls.__name__ == name}
    if module is select:
        classes["poll"] = type(select.poll())
    if module is socket:
        classes = {"socket": socket.socket, "SocketIO": socket.SocketIO}
    names = list(values)
    for cls, own, _ in members(classes):
        names += [f"{cls}.{name}" for name in own]
    required[module.__name__] = names
    known[module.__name__] = names + [f"{cls}.{name}" for cls, _, extra in members(classes) for name in extra]

json.dump({"version": sys.version_info[:2], "required": required, "known": known}, sys.stdout)
