"""The cases of a backup's folder: what is removed from it, how its files are called, and whose they are."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from cvaction.archive.owner import Owner
from cvaction.customvision.image_reader import ImageReader
from cvaction.customvision.project_reader import ProjectReader
from emulator import Fault
from tests.support.backups import HOSTILE, Stage, assert_whole, index

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

FOREVER = 10_000
DEVICE = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")  # names of devices on Windows


def a_listing_that_hides_a_project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(folder)
    with stage.clock:
        one = stage.classifier()
        stage.detector()
        stage.good()
        whole = ProjectReader.projects
        monkeypatch.setattr(
            ProjectReader, "projects", lambda self: tuple(row for row in whole(self) if row.id != one.id)
        )
        stage.run(prune="true")
        assert one.id in index(stage.folder)


def a_gone_project_that_is_not_selected(folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(folder)
    with stage.clock:
        one = stage.classifier()
        stage.detector()
        stage.good()
        stage.emulator.delete(stage.resource, one.id)
        stage.run(prune="true", projects="Traffic")
        assert one.id in index(stage.folder)
        stage.run(prune="true")
        assert one.id not in index(stage.folder)


def a_project_that_fails_beside_one_that_is_gone(folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is removed: neither the gone project nor the gone image of a project that is saved."""
    stage = Stage(folder)
    with stage.clock:
        one, other, gone = stage.classifier(), stage.detector(), stage.classifier("Gone")
        stage.good()
        stage.emulator.delete(stage.resource, gone.id)
        stage.emulator.delete_images(stage.resource, one.id, stage.emulator.images(stage.resource, one.id)[0].id)
        stage.emulator.faults.add(Fault("redirect", operation="GetImages", path_contains=other.id, times=FOREVER))
        before = _pictures(stage)
        result = stage.run(prune="true")
    assert gone.id in index(stage.folder)
    assert before == _pictures(stage)
    assert result.status == "incomplete"


def a_listing_that_hides_an_image(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time, though the service counts it: nothing is removed."""
    stage = Stage(folder)
    with stage.clock:
        one, gone = stage.classifier(), stage.detector()
        stage.good()
        stage.emulator.delete(stage.resource, gone.id)
        hidden = stage.emulator.images(stage.resource, one.id)[0].id
        page = ImageReader.page
        monkeypatch.setattr(
            ImageReader,
            "page",
            lambda self, project_id, skip: [row for row in page(self, project_id, skip) if row.id != hidden],
        )
        before = _pictures(stage)
        stage.run(prune="true")
    assert gone.id in index(stage.folder)
    assert before == _pictures(stage)


def _pictures(stage: Stage) -> set[str]:
    return {path.name for path in stage.folder.glob("*/images/*/*")}


def names_that_are_harmful(folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    """Of projects and of tags: no file of the backup has such a name, on any system."""
    stage = Stage(folder)
    with stage.clock:
        for number, name in enumerate(HOSTILE):
            stage.emulator.add_project(stage.resource, name, tags=dict.fromkeys(HOSTILE[number:], 1))
        stage.run(formats="folders")
    found = [path.name for path in stage.folder.rglob("*")]
    places = [stage.folder, *stage.folder.glob("*/folders/classes")]
    assert len(places) == len(HOSTILE) + 1
    assert [name for name in found if set(name) & set('"<>:|*?\\') or not name.isprintable()] == []
    assert [name for name in found if DEVICE.match(name) or name[0] in "-. " or name[-1] in ". "] == []
    for place in places:
        names = [path.name.casefold() for path in place.iterdir()]
        assert len(names) == len(set(names)), "one file to a system that ignores case"


def files_of_another_owner(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container of root each new file and folder is given to the owner of the workspace."""
    owners: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(Owner, "has", lambda *_: False)  # new files of root
    monkeypatch.setattr(os, "fchown", lambda _fd, user, group: owners.append((user, group)))
    monkeypatch.setattr(os, "chown", lambda _name, user, group, **_: owners.append((user, group)))
    stage = Stage(folder)
    with stage.clock:
        stage.classifier()
        stage.good()
    status = stage.workspace.stat()
    assert set(owners) == {(status.st_uid, status.st_gid)}
    assert len(owners) >= len(list(stage.folder.rglob("*")))


def images_that_the_source_still_has(folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(folder)
    with stage.clock:
        one = stage.classifier()
        stage.good()
        stage.emulator.delete_images(stage.resource, one.id, stage.emulator.images(stage.resource, one.id)[0].id)
        stage.good(prune="true")
        assert_whole(stage.folder)
        assert len(list(stage.folder.glob("*/images/*/*"))) == 11


def a_folder_of_somebody_else(folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(folder)
    with stage.clock:
        stage.classifier()
        stage.folder.mkdir()
        (stage.folder / "notes.txt").write_text("mine", encoding="utf-8")
        assert stage.run().status == "failed"
        (stage.folder / "notes.txt").unlink()
        stage.good()
        text = (stage.folder / "index.json").read_text(encoding="utf-8")
        (stage.folder / "index.json").write_text(text.replace(stage.origin, "http://127.0.0.1:9"), encoding="utf-8")
        assert stage.run().status == "failed"
