"""Makes the calls of a scenario. Its counterpart is tripoll/call.ts."""

import functools
import select
import selectors
import socket

from arguments import decode_arguments
from results import encode, encode_result_of

MODULES = {"select": select, "selectors": selectors, "socket": socket}


def call(world, step):
    names, _, path = step[0].rpartition(" = ")
    head, *rest, method = path.split(".")
    owner = functools.reduce(getattr, rest, MODULES.get(head) or world.object(head))
    result = getattr(owner, method)
    if callable(result):
        arguments, keywords = decode_arguments(world, step[1:])
        result = result(*arguments, **keywords)
    world.keep(result)
    give_names(world, names, result)
    return encode(world, result) if names else encode_result_of(world, owner, method, result)


def give_names(world, names, result):
    if "," in names:
        for name, value in zip(names.split(", "), result):
            world.name(name, value)
    elif names:
        world.name(names, result)
