"""A kill at each change of the disk, as the kernel sees them: nothing that comes after it happens any more.

`killed_at` is quick and stays in this process; `process_killed_at` is a `kill -9` of another one, whose buffers are lost.
"""

from __future__ import annotations

import os
import signal
import warnings
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

CHANGES = ("replace", "rename", "link", "unlink", "mkdir", "rmdir", "fsync")


class Killed(BaseException):
    """The process is gone."""


class Disk:
    """Counts the changes; the one with the number `at` is done and then the process is dead (`before`: it is not done)."""

    def __init__(self, at: int, *, before: bool) -> None:
        self.at = at
        self.before = before
        self.count = 0

    def is_dead(self) -> bool:
        return self.count >= self.at >= 0

    def wrapped(self, change: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*args: Any, **options: Any) -> Any:
            if self.is_dead():
                raise Killed
            self.count += 1
            if not (self.is_dead() and self.before):
                result = change(*args, **options)
            if self.is_dead():
                raise Killed
            return result

        return changed

    def opened(self, real: Callable[..., int]) -> Callable[..., int]:
        def opened(path: Any, flags: int, *args: Any, **options: Any) -> int:
            if self.is_dead() and flags & (os.O_CREAT | os.O_APPEND):
                raise Killed
            return real(path, flags, *args, **options)

        return opened


@contextmanager
def killed_at(monkeypatch: pytest.MonkeyPatch, at: int, *, before: bool = False) -> Iterator[Disk]:
    """Let the process die at a change; -1: it lives, and the changes are counted."""
    disk = Disk(at, before=before)
    with monkeypatch.context() as patch:
        for name in CHANGES:
            patch.setattr(os, name, disk.wrapped(getattr(os, name)))
        patch.setattr(os, "open", disk.opened(os.open))
        with suppress(Killed):
            yield disk


def process_killed_at(work: Callable[[], object], at: int, *, before: bool) -> bool:
    """Do the work in another process, which kills itself at a change; returns whether it came to that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads, which the child does not use
        child = os.fork()
    if not child:
        code = 1
        try:
            dying = _Dying(at, before=before)
            for name in CHANGES:
                setattr(os, name, dying.wrapped(getattr(os, name)))
            os.open = dying.made(os.open)
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


class _Dying:
    """Counts the changes and the files that are made; the process dies at the one with the number `at`."""

    def __init__(self, at: int, *, before: bool) -> None:
        self.at = at
        self.before = before
        self.count = 0

    def wrapped(self, change: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*args: Any, **options: Any) -> Any:
            self.count += 1
            if self.count == self.at and self.before:
                os.kill(os.getpid(), signal.SIGKILL)
            number = self.count
            try:
                return change(*args, **options)
            finally:
                if number == self.at:
                    os.kill(os.getpid(), signal.SIGKILL)

        return changed

    def made(self, real: Callable[..., int]) -> Callable[..., int]:
        counted = self.wrapped(real)

        def made(path: Any, flags: int, *args: Any, **options: Any) -> int:
            return int((counted if flags & os.O_CREAT else real)(path, flags, *args, **options))

        return made
