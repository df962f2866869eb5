"""Makes arguments from the values of a scenario (values.ts). Its counterpart is tripoll/arguments.ts."""

import builtins
import select
import selectors
import socket


def bits(names, *modules):
    mask = 0
    for name in names:
        mask |= next(getattr(module, name) for module in modules or (select, socket, selectors) if hasattr(module, name))
    # Plain ints: the repr of socket's enums would appear in messages.
    return int(mask)


class MadeUp:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)

    def __repr__(self):
        return "an object"


def raiser(name):
    def fileno():
        raise getattr(builtins, name)("fileno")

    return fileno


def decode_list(world, items):
    return [decode(world, item) for item in items]


DECODERS = {
    "object": lambda world, name: world.object(name),
    "fd": lambda world, name: world.fd(name),
    "address": lambda world, name: world.object(name).getsockname(),
    "bits": lambda world, names: bits(names),
    "float": lambda world, text: float(text),
    "int": lambda world, text: int(text),
    "bytes": lambda world, text: text.encode("latin-1"),
    "tuple": lambda world, items: tuple(decode_list(world, items)),
    "set": lambda world, items: set(decode_list(world, items)),
    "generator": lambda world, items: (item for item in decode_list(world, items)),
    "fileno": lambda world, value: MadeUp(fileno=lambda: decode(world, value)),
    "filenoRaises": lambda world, name: MadeUp(fileno=raiser(name)),
    "filenoIs": lambda world, value: MadeUp(fileno=decode(world, value)),
    "plain": lambda world, _: MadeUp(),
}


def decode(world, value):
    if isinstance(value, list):
        return decode_list(world, value)
    if isinstance(value, dict):
        ((tag, content),) = value.items()
        return DECODERS[tag](world, content)
    return value


def decode_arguments(world, arguments):
    """Returns positional and keyword arguments."""
    if arguments and isinstance(arguments[-1], dict) and "keywords" in arguments[-1]:
        keywords = arguments[-1]["keywords"]
        return decode_list(world, arguments[:-1]), {name: decode(world, value) for name, value in keywords.items()}
    return decode_list(world, arguments), {}
