"""How a program is measured: time to its first request, or its whole time and peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping, Sequence

    from tools.bench.contestants import Program

_PATIENCE = 60  # seconds for a first request
_PATH = "/usr/local/bin:/usr/bin:/bin"

# The peak memory of a program counts from its parent's, so the parent is a small one, which also holds the watch.
_WATCH = """
import os, sys, time
began = time.monotonic()
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
seconds = time.monotonic() - began
with open(sys.argv[1], "w") as file:
    file.write(f"{os.waitstatus_to_exitcode(status)} {seconds} {usage.ru_maxrss}")
"""


class Run(NamedTuple):
    """A whole run."""

    seconds: float
    peak_mb: float
    code: int = 0


def rounds(number: int, contestants: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Measure the programs in turn, so that other load on the machine affects all equally. The first round does not count."""
    measured: dict[str, list[float]] = {name: [] for name in contestants}
    for count in range(number + 1):
        for name, measure in contestants.items():
            value = measure()
            if count:
                measured[name].append(value)
    return measured


def median(values: Sequence[float]) -> float:
    """The median, rounded."""
    return round(statistics.median(values), 4)


def to_first_request(program: Program, port: socket.socket) -> float:
    """Seconds from the process's start until the first bytes of its first request arrive. The process is then ended."""
    port.settimeout(_PATIENCE)
    began = time.monotonic()
    process = _start(program)
    try:
        connection, _ = port.accept()
        with connection:
            connection.settimeout(_PATIENCE)
            connection.recv(65536)
            return time.monotonic() - began
    finally:
        process.kill()
        process.wait()


def to_end(program: Program) -> float:
    """Seconds from the process's start to its end."""
    began = time.monotonic()
    if _start(program).wait():
        raise SystemExit(f"ended with an error: {program.command[:4]}")
    return time.monotonic() - began


def whole(program: Program, *, may_fail: bool = False) -> Run:
    """Run to the end, and measure time and peak memory. A program that fails ends the benchmark, unless it `may_fail`."""
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="ascii") as told:
        watch = (sys.executable, "-IS", "-c", _WATCH, f"/dev/fd/{writing}", *program.command)
        process = subprocess.Popen(
            watch,
            env={"PATH": _PATH, **program.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if may_fail else None,
            pass_fds=[writing],
        )
        os.close(writing)
        process.wait()
        code, seconds, kilobytes = told.read().split()
    if int(code) and not may_fail:
        raise SystemExit(f"ended with {code}: {program.command[:4]}")
    return Run(float(seconds), int(kilobytes) * 1024 / 1e6, int(code))


def _start(program: Program) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        program.command,
        env={"PATH": _PATH, **program.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
