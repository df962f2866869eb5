"""Runs one class of CPython's tests on tripoll: run.py MODULE CLASS OUTPUT.

Writes one line of JSON for each case: its name, its outcome, the text of a failure or skip, and whether it called tripoll.
"""
import importlib
import json
import sys
import unittest

import _tripoll

# Modules of the test programs that must keep CPython's own select and selectors.
import socket, subprocess, test.support, test.support.os_helper, test.support.socket_helper  # noqa: E401, F401

import shim_errors
import shim_select
import shim_selectors


class Result(unittest.TestResult):
    def __init__(self, output):
        super().__init__()
        self.output = output
        self.outcome = None

    def startTest(self, test):
        super().startTest(test)
        self.outcome = ("passed", "")
        self.calls = _tripoll.call_count()

    def stopTest(self, test):
        super().stopTest(test)
        self._write(test.id().rsplit(".", 1)[-1], _tripoll.call_count() > self.calls)

    def _write(self, name, is_called):
        outcome, text = self.outcome
        line = {"name": name, "outcome": outcome, "text": text, "isCalled": is_called}
        print(json.dumps(line), file=self.output, flush=True)

    def addError(self, test, err):
        super().addError(test, err)
        self.outcome = ("failed", self._exc_info_to_string(err, test))
        if not hasattr(test, "_testMethodName"):  # setUpClass or tearDownClass
            self._write(str(test), False)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.outcome = ("failed", self._exc_info_to_string(err, test))

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.outcome = ("failed", self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.outcome = ("skipped", reason)
        if not hasattr(test, "_testMethodName"):
            self._write(str(test), False)


def main():
    module_name, class_name, output_path = sys.argv[1:]
    _tripoll.set_error_maker(shim_errors.make_error)
    sys.modules["select"] = shim_select.module
    sys.modules["selectors"] = shim_selectors.module
    module = importlib.import_module(f"test.{module_name}")
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(getattr(module, class_name))
    with open(output_path, "w") as output:
        suite.run(Result(output))


main()
