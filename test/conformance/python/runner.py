"""Runs scenarios (scenario.ts) on Python's own modules: each input line is a JSON object, each output line the outcomes of its steps."""

import json
import platform
import sys
import time
import warnings

from call import call
from operations import operate
from results import failure
from world import World, occupy_low_fds


def perform(world, step):
    try:
        return call(world, step) if "." in step[0] else operate(world, step)
    except Exception as error:
        return failure(world, error)


def run(steps, pause_ms):
    world = World()
    outcomes = []
    try:
        for step in steps:
            outcomes.append(perform(world, step))
            time.sleep(pause_ms / 1000)
    finally:
        world.end()
    return outcomes


# Ignores the warnings about a bool as an fd (since 3.13) and about sockets that are still open.
warnings.simplefilter("ignore")
occupy_low_fds()
print(platform.python_version(), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(run(request["steps"], request["pauseMs"])), flush=True)
