"""Two runs on one folder at once, as their users see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cvaction.archive import Archive
from cvaction.archive.place import Place
from tests.support.archives import FOLDER, classified
from tests.support.archives import ORIGIN as BACKED_UP
from tests.support.backups import ORIGIN, Stage, assert_whole, files, index
from tests.support.restoring import Target

if TYPE_CHECKING:
    from pathlib import Path


def told(result: Any) -> tuple[str, str]:
    return result.status, result.report["error"]["title"]


def test_a_second_backup_is_told_and_downloads_nothing(stage: Stage) -> None:
    stage.classifier()
    stage.good()
    before, asked = files(stage.folder), len(stage.emulator.log)

    with Archive.open(stage.workspace, FOLDER, ORIGIN):
        result = stage.run()

    assert told(result) == ("failed", "Another run uses the folder of the backup")
    assert f"Another run uses `{FOLDER}` at this moment." in result.log
    assert "There is no lock to remove" in result.log
    assert files(stage.folder) == before
    assert not [entry for entry in stage.emulator.log[asked:] if entry.operation == "GetImages"]


def test_a_project_that_is_restored_fails_alone(stage: Stage) -> None:
    one, other = stage.classifier(), stage.detector()
    stage.good()
    folder = stage.folder / index(stage.folder)[one.id]["folder"]

    with Place.at(folder) as place:
        place.lock(shared=True)
        result = stage.run()

    assert told(result) == ("incomplete", "Some projects are not backed up")
    assert {row["id"]: row["status"] for row in result.report["projects"]} == {one.id: "failed", other.id: "unchanged"}
    assert f"'Shelf' ({one.id}): Another run uses the folder of the backup" in result.log
    assert_whole(stage.folder)


def test_a_prune_leaves_what_is_restored(stage: Stage) -> None:
    one, _ = stage.classifier(), stage.detector()
    stage.good()
    folder = stage.folder / index(stage.folder)[one.id]["folder"]
    stage.resource.projects.pop(one.id)

    with Place.at(folder) as place:
        place.lock(shared=True)
        result = stage.run(prune="true")

    assert told(result) == ("incomplete", "The projects are backed up, but `prune` was not finished")
    assert "Another run uses the folder of the backup: " in result.log
    assert one.id in index(stage.folder)
    assert_whole(stage.folder)
    stage.good(prune="true")
    assert one.id not in index(stage.folder)


def test_a_dry_run_needs_no_lock(stage: Stage) -> None:
    stage.classifier()
    stage.good()
    with Archive.open(stage.workspace, FOLDER, ORIGIN):
        assert stage.run(dry_run="true").status == "planned"


@pytest.mark.parametrize("dry_run", ["false", "true"])
def test_a_restore_beside_a_backup_makes_nothing(tmp_path: Path, dry_run: str) -> None:
    target = Target.of(tmp_path, classified())

    with (
        Archive.open(tmp_path, FOLDER, BACKED_UP) as archive,
        archive.project(target.sample.id, target.sample.name),
    ):
        result, wire = target.run(dry_run=dry_run)

    assert told(result) == ("failed", "The backup is being written at this moment")
    assert f"Another run writes into `{target.path.rpartition('/')[2]}` at this moment." in result.log
    assert (target.made(), wire.count) == ([], 0)
    result, _ = target.run()
    assert result.status == "restored", result.log


def test_a_restore_holds_its_backup_to_the_end(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    seen = []

    def look(_world: Any) -> None:
        with Place.at(tmp_path / target.path) as place:
            place.lock(shared=True)  # a second restore may
        try:
            with Archive.open(tmp_path, FOLDER, BACKED_UP) as archive:
                archive.project(target.sample.id, target.sample.name).close()
        except Exception as error:  # noqa: BLE001 - which one is what is asked
            seen.append(type(error).__name__)

    _, wire = target.copy().run()
    result, _ = target.run({2: look, wire.count - 1: look})

    assert result.status == "restored", result.log
    assert seen == ["BusyError", "BusyError"]
