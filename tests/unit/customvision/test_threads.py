"""Real threads, real connections, a real signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING

from cvaction.clock import SystemClock
from cvaction.customvision import schemas
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.session import Sessions, new_session
from cvaction.customvision.transport import Call, Transport
from cvaction.secret import Secret
from cvaction.workers import run_all
from tests.support.loopback import Loopback, http

if TYPE_CHECKING:
    import socket

    import requests

READ = Call("GetImageCount", "GET", "/count")
PROGRAM = """
import sys
from functools import partial
from cvaction.clock import Cancelled, SystemClock
from cvaction.customvision import schemas
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.transport import Call, Transport
from cvaction.github.runner import Runner
from cvaction.secret import Secret
from cvaction.workers import run_all

clock, runner = SystemClock.listening(), Runner({})
sender = Transport(sys.argv[1], KeyCredential(Secret("k" * 32)), clock=clock)
begun, ended = [], []

def work(number):
    begun.append(number)
    try:
        while True:
            sender.send(Call("GetImageCount", "GET", "/count"), schemas.count)
            runner.info(f"{number} said")
    finally:
        ended.append(number)

try:
    list(run_all(clock, [partial(work, number) for number in range(40)], 16))
except Cancelled as cancel:
    clock.end()
    print(len(begun) >= 7 and sorted(begun) == sorted(ended))
    sys.exit(128 + cancel.signum)
"""


def test_a_signal_ends_a_process_of_many_threads() -> None:
    """Some hang in a request, some wait for the pace: all have ended before the run is told of."""
    hanging, over = threading.Semaphore(0), threading.Event()

    def hang(_connection: socket.socket) -> None:
        hanging.release()
        over.wait(60)

    with Loopback(http(), http(), http(), hang) as server:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, server.origin],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": "."},
        )
        for _ in range(7):
            assert hanging.acquire(timeout=60)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        over.set()

    assert (process.returncode, err) == (128 + signal.SIGTERM, "")
    assert out.splitlines()[-1] == "True"


def test_a_connection_is_passed_on_and_never_used_by_two() -> None:
    made: list[requests.Session] = []

    def counted() -> requests.Session:
        made.append(new_session())
        return made[-1]

    clock, sessions = SystemClock(), Sessions(counted)
    with Loopback(http(b"7", headers=b"Connection: close\r\n")) as server:

        def job(number: int) -> int:
            sender = Transport(server.origin, KeyCredential(Secret("k" * 32)), clock=clock, sessions=sessions)
            return number + sender.send(READ, schemas.count)

        done = list(run_all(clock, [partial(job, number) for number in range(40)], 4))

    assert sorted(each.result() for each in done) == list(range(7, 47))
    assert len(made) <= 4
    assert len(server.requests) == 40
