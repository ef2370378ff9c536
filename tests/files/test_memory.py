"""Memory does not grow with the project."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from runner_double.double import REPOSITORY

MEGABYTES = 45  # of a process that does nothing else; measured with 100,000 images: 34


@pytest.mark.slow
def test_thousands_of_images_need_little_memory() -> None:
    command = [sys.executable, "-m", "tests.files.large", "4000"]
    done = subprocess.run(
        command, cwd=REPOSITORY, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert int(done.stdout) < MEGABYTES
