"""What somebody changes while a restore runs, what earlier runs have left, and a cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulator import NewImage
from tests.support.archives import classified
from tests.support.restoring import Target

if TYPE_CHECKING:
    from pathlib import Path

from tests.support.restore_runs import check, position, run

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")


def test_what_somebody_adds_meanwhile_is_left_and_told(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    at = position(target.copy(), "GetImages")

    def add(_wire: Any) -> None:
        (project,) = target.made()
        target.emulator.put_images(target.resource, project.id, [NewImage()])

    result, _ = target.run({at: add})
    check(result)
    assert result.status == "restored", result.log
    assert any("1 image and 0 labels" in text for text in result.report["warnings"])


def test_the_project_that_somebody_deletes_is_told(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    at = position(target.copy(), "CreateImagesFromFiles")

    def delete(_wire: Any) -> None:
        (project,) = target.made()
        target.emulator.remove(target.resource, project)

    result, _ = target.run({at: delete})
    check(result)
    assert result.status == "failed"
    assert run(target, number=2).status == "restored"


@pytest.mark.parametrize(
    ("operation", "lost"), [("CreateTag", "images.jsonl"), ("CreateTag", "images"), ("GetImages", "images.jsonl")]
)
def test_files_that_are_moved_meanwhile_are_told(tmp_path: Path, operation: str, lost: str) -> None:
    """It is no fault of the action. With the files back, the re-run continues with the same project."""
    target = Target.of(tmp_path, classified())
    at = position(target.copy(), operation)
    path, away = tmp_path / target.path / lost, tmp_path / "away"
    result, _ = target.run({at: lambda _wire: path.rename(away)})
    check(result)
    assert result.report["error"]["title"] == "The backup was changed during the restore"
    assert lost in result.log.partition("::error")[2]
    away.rename(path)
    again = run(target, number=2)
    assert (again.status, again.outputs["project-id"]) == ("restored", result.outputs["project-id"])


def test_dead_leftovers_of_this_work_go_and_young_ones_stay(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    target.run({8: "kill-after"}, run_id="1")
    (leftover,) = target.made()
    result = run(target, run_id="2")
    assert any("Another run's unfinished restore" in text for text in result.report["warnings"])
    assert leftover.id in target.resource.projects
    target.clock.advance(25 * 3600)
    run(target, run_id="3")
    assert leftover.id not in target.resource.projects
    assert len(target.made()) == 2


def test_a_cancel_says_that_the_next_attempt_goes_on(tmp_path: Path) -> None:
    import signal  # noqa: PLC0415

    from cvaction.clock import Cancelled  # noqa: PLC0415

    target = Target.of(tmp_path, classified())

    def cancel(_wire: Any) -> None:
        raise Cancelled(signal.SIGTERM)

    result, _ = target.run({7: cancel})
    assert (result.status, result.exit_code) == ("cancelled", 143)
    assert "The next attempt continues with it" in result.log
    assert run(target, number=2).status == "restored"
