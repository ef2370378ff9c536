"""Nobody takes a long run for a dead one: a line at least every half minute, and one at the start."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.github.runner import Runner
from emulator import Fault
from tests.support.archives import Sample, classified, picture
from tests.support.restoring import Target
from tests.support.threaded_clock import ThreadedClock

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.backups import Stage

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")


def longest_pause(monkeypatch: pytest.MonkeyPatch, clock: ThreadedClock) -> list[float]:
    """The moments at which a line is printed, filled while something runs."""
    moments: list[float] = []
    info = Runner.info

    def noted(runner: Runner, text: str = "") -> None:
        moments.append(clock.now())
        info(runner, text)

    monkeypatch.setattr(Runner, "info", noted)
    return moments


def test_one_upload_that_hangs_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadedClock() as clock:
        target = Target.of(tmp_path, classified(), clock=clock)
        moments = longest_pause(monkeypatch, clock)

        def hang(wire: Any) -> None:
            wire.clock.advance(100.0)  # it is given up after 60 s, and sent again

        result, _ = target.run({9: hang})

    assert result.status == "restored", result.log
    assert clock.now() - 1000 > 60
    assert max(after - before for before, after in pairwise(moments)) <= 30
    assert (
        len(re.findall(r"^Still at work: the last step has taken [0-9a-z ]+ so far\.$", result.log, re.MULTILINE)) >= 2
    )


def test_a_quick_restore_has_no_such_line(tmp_path: Path) -> None:
    with ThreadedClock() as clock:
        target = Target.of(tmp_path, classified(), clock=clock)
        result, _ = target.run()

    assert result.status == "restored", result.log
    assert "Still at work" not in result.log
    assert re.search(r"^Sending 28 images, 0\.\d MB\.$", result.log, re.MULTILINE)


def test_the_upload_tells_speed_and_time_left(tmp_path: Path) -> None:
    sample = Sample("multilabel")
    tea = sample.tag("Tea")
    for number in range(256):
        sample.image([tea], data=picture(seed=number))
    target = Target.of(tmp_path, sample)
    slow = {number: lambda wire: wire.clock.advance(9.0) for number in range(3, 230)}

    result, _ = target.run(slow)

    assert result.status == "restored", result.log
    assert re.search(r"^\d+ of 256 images sent, \d+ kB/s, about [0-9a-z. ]+ left$", result.log, re.MULTILINE)


def test_a_picture_that_is_sent_once_counts_once(tmp_path: Path) -> None:
    sample = Sample("multilabel")
    tea, data = sample.tag("Tea"), picture(400, 300, seed=3)
    for _ in range(3):
        sample.image([tea], data=data, size=(400, 300))
    target = Target.of(tmp_path, sample)

    result, _ = target.run()

    assert f"Sending 1 image, {len(data) / 1e6:,.1f} MB." in result.log


class TestABackup:
    def test_says_at_the_start_how_much_is_to_come(self, stage: Stage) -> None:
        stage.classifier()
        found = stage.detector()
        first = stage.good()
        stage.emulator.add_project(stage.resource, "New", tags={"A": 4})
        second = stage.good()
        labels = stage.good(images="false")

        assert "2 projects with 17 images, about 17 of them to download." in first.log
        assert "3 projects with 21 images, about 4 of them to download." in second.log
        assert "3 projects with 21 images, without their pixels." in labels.log
        assert first.log.index("2 projects with") < first.log.index("Backing up")
        counts = [one for one in stage.emulator.log if "Count" in one.operation and found.id in one.path]
        assert len(counts) == 3 * 2, "nothing is asked twice"

    def test_of_one_project_says_it_there(self, stage: Stage) -> None:
        stage.classifier()
        assert "projects with" not in stage.good().log

    def test_counts_a_project_again_where_that_failed(self, stage: Stage) -> None:
        one, _ = stage.classifier(), stage.detector()
        stage.emulator.faults.add(Fault("code:BadRequest", status=400, path_contains=f"{one.id}/images/tagged/count"))
        result = stage.good()
        assert "2 projects with 5 images, about 5 of them to download; 1 could not be counted yet." in result.log
