"""Prints the version of this Python, and the names of the cases in its own tests of the modules given: JSON."""

import ast
import importlib.util
import json
import sys
import unittest


def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


def loaded(module):
    tests = unittest.defaultTestLoader.loadTestsFromName(f"test.{module}")
    return [test.id().removeprefix("test.") for test in flat(tests)]


def written(module):
    """For a module that refuses to load on Linux; its classes inherit no cases."""
    with open(importlib.util.find_spec(f"test.{module}").origin, encoding="utf-8") as source:
        body = ast.parse(source.read()).body
    classes = [node for node in body if isinstance(node, ast.ClassDef)]
    return [
        f"{module}.{node.name}.{function.name}"
        for node in classes
        for function in node.body
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test")
    ]


def names(module):
    if importlib.util.find_spec(f"test.{module}") is None:
        return []
    try:
        return loaded(module)
    except unittest.SkipTest:
        return written(module)


def main():
    version = list(sys.version_info[:3])
    # Debian has the tests in a package of their own. Without it, only the support for other packages' tests is installed.
    present = bool(importlib.util.find_spec("test")) and bool(importlib.util.find_spec("test.test_select"))
    found = [name for module in sys.argv[1:] for name in names(module)] if present else None
    print(json.dumps({"version": version, "names": found}))


main()
