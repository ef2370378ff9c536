"""The Pythons that TLS is tested with: this one, and the image's, which is stricter with certificates."""

from __future__ import annotations

import sys
import sysconfig
from typing import Any

import pytest

from runner_double.double import REPOSITORY
from tools.container.standin import MINOR, find_python

# What another Python needs to run the action without being set up for it.
PATH = [str(REPOSITORY), sysconfig.get_path("purelib")]


def _pythons() -> list[Any]:
    found = [pytest.param(sys.executable, id="this")]
    if sys.version_info >= (3, 13):
        return found
    other = find_python()
    missing = pytest.mark.skip(reason=f"no CPython {MINOR}, which the image has, was found on this machine")
    path = str(other.prefix / "bin" / f"python{MINOR}") if other else ""
    return [*found, pytest.param(path, id=MINOR, marks=() if other else missing)]


each_python = pytest.mark.parametrize("python", _pythons())
