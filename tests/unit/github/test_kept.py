"""A log that is kept: one closed group a project, whatever the others print."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from cvaction.github.kept import KeptLog
from cvaction.github.runner import ANNOTATIONS_A_KIND, Runner
from cvaction.secret import Secret
from runner_double.log_commands import StepLog, split_lines
from tests.support.samples import KEY, TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def read(capfd: pytest.CaptureFixture[str]) -> Callable[[], StepLog]:
    """What the runner makes of all that was printed since the last look."""

    def parse() -> StepLog:
        log = StepLog()
        for line in split_lines(capfd.readouterr().out.encode("utf-8", "backslashreplace")):
            log.feed(line)
        return log

    return parse


def test_is_one_group_that_is_printed_when_it_ends(read: Callable[[], StepLog]) -> None:
    runner, told = Runner({}), list[tuple[str, str]]()
    kept = KeptLog(runner, lambda title, text: told.append((title, text)))
    kept.info("Begins.")
    with kept.group("export"):
        kept.info("two\nlines")
        with kept.group("deeper"):
            kept.warning("Odd", "A thing.")
    kept.info("Ends.")

    runner.info("1/3 copied")
    assert read().lines == ["1/3 copied"]
    assert told == [("Odd", "A thing.")]
    kept.close("Shelf: promoted")
    printed = read()
    assert printed.groups == ["Shelf: promoted"]
    assert printed.lines[1:-1] == [
        "Begins.",
        "export",
        "  two",
        "  lines",
        "  deeper",
        "    warning: Odd: A thing.",
        "Ends.",
    ]
    assert printed.lines[-1] == "##[endgroup]"
    assert not printed.annotations


def test_is_printed_once_and_drops_what_is_said_later(read: Callable[[], StepLog]) -> None:
    kept = KeptLog(Runner({}))
    kept.info("one")
    kept.close("Shelf")
    kept.info("two")
    kept.close("Shelf again")

    assert read().lines == ["##[group]Shelf", "one", "##[endgroup]"]


def test_leaves_a_group_that_fails(read: Callable[[], StepLog]) -> None:
    kept = KeptLog(Runner({}))
    with pytest.raises(KeyError), kept.group("export"):
        raise KeyError
    kept.info("Failed.")
    kept.close("Shelf")

    assert read().lines[1:-1] == ["export", "Failed."]


def test_hides_a_secret_that_became_known_only_later(read: Callable[[], StepLog]) -> None:
    """And the mask is printed at once: other projects print before this one ends."""
    runner = Runner({})
    kept = KeptLog(runner)
    kept.info(f"token {TOKEN}")
    runner.mask(Secret(TOKEN))
    assert read().masker.mask(TOKEN) == "***"
    kept.close(f"Shelf {KEY}")
    assert not [line for line in read().lines if TOKEN in line]


def test_obeys_no_command_in_what_is_said(read: Callable[[], StepLog]) -> None:
    kept = KeptLog(Runner({}))
    kept.info("::error::x\n##[group]y")
    with kept.group("::endgroup::"):
        kept.warning("::warning::", "::stop-commands::z")
    kept.close("a\n::error::b")

    printed = read()
    assert printed.groups == ["a ::error::b"]
    assert not printed.annotations
    assert len(printed.lines) == 6


@pytest.mark.parametrize("debugging", [True, False])
def test_shows_debug_lines_to_who_asks(debugging: bool, read: Callable[[], StepLog]) -> None:
    kept = KeptLog(Runner({"RUNNER_DEBUG": "1"} if debugging else {}))
    with kept.group("read"):
        kept.debug("GET /projects 200")
    kept.close("Shelf")

    assert read().debug == ["GET /projects 200"] * debugging


class Slow:
    """An output on which another thread gets its turn between any two writes."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        for part in (text[: len(text) // 2], text[len(text) // 2 :]):
            before = self.text
            time.sleep(0)
            self.text = before + part
        return len(text)

    def flush(self) -> None:
        time.sleep(0)


def test_lines_of_several_threads_never_mix(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Slow()
    monkeypatch.setattr(sys, "stdout", out)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    runner = Runner({"RUNNER_DEBUG": "1"})
    start = threading.Barrier(6)

    def work(number: int) -> None:
        name, kept = f"thread{number}", KeptLog(runner)
        start.wait(30)
        for turn in range(15):
            runner.info(f"{name} a\n{name} b")
            runner.warning(name, f"{name} c")
            runner.mask(Secret(f"secret-{number}-{turn}"))
            kept.info(f"{name} d\n{name} secret-{number}-{turn}")
            kept.debug(f"{name} e")
        kept.close(name)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    sys.setswitchinterval(interval)

    lines, log = out.text.splitlines(), StepLog()
    for line in lines:
        log.feed(line)
    assert "secret-" not in "".join(line for line in lines if not line.startswith("::add-mask::"))
    assert sum(line.startswith("::add-mask::") for line in lines) == 6 * 15
    assert len(log.annotations) == ANNOTATIONS_A_KIND
    assert sum(line.startswith("warning: thread") for line in lines) == 6 * 15 - ANNOTATIONS_A_KIND
    for at, line in enumerate(lines):
        if line.endswith(" a"):
            assert lines[at + 1] == line[:-1] + "b", "two lines of one text"
        if line.startswith("::group::"):
            name, end = line.removeprefix("::group::"), lines.index("::endgroup::", at)
            assert end - at == 1 + 15 * 3
            assert all(name in inside for inside in lines[at + 1 : end])
