"""Prints the classes of CPython's tests and their cases as JSON: list.py MODULE…"""
import importlib
import json
import sys
import unittest


def cases_of(module):
    loader = unittest.defaultTestLoader
    classes = {
        name: loader.getTestCaseNames(value)
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, unittest.TestCase) and value.__module__ == module.__name__
    }
    return {name: cases for name, cases in classes.items() if cases}


print(json.dumps({name: cases_of(importlib.import_module(f"test.{name}")) for name in sys.argv[1:]}))
