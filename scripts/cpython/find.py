"""Prints where this Python's header, shared library and tests are, as JSON."""
import importlib.util
import json
import os.path
import sys
import sysconfig

include = sysconfig.get_path("include")
library = os.path.join(sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME") or "")
try:
    has_tests = importlib.util.find_spec("test.test_select") is not None
except ModuleNotFoundError:
    has_tests = False

print(json.dumps({
    "program": sys.executable,
    "version": sys.version.split()[0],
    "include": include if os.path.exists(os.path.join(include, "Python.h")) else None,
    "library": library if ".so" in library and os.path.exists(library) else None,
    "hasTests": has_tests,
}))
