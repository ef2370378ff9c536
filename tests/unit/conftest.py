"""What the tests of single modules share."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from cvaction.clock import CANCELS, SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def listening() -> Iterator[SystemClock]:
    """A clock that takes real signals; the process's own handlers come back."""
    before = {number: signal.getsignal(number) for number in (*CANCELS, signal.SIGALRM)}
    clock = SystemClock.listening()
    yield clock
    clock.end()
    for number, handler in before.items():
        signal.signal(number, handler)
