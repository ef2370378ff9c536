"""What a kill leaves: the old backup or the new one, and pictures that are known."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.archive import (
    Archive,
    DamagedError,
    ImageRow,
    ProjectReader,
    layout,
    place,
)
from tests.files.killing import killed_at
from tests.support.archives import (
    FOLDER,
    ORIGIN,
    Sample,
    back_up,
    checked,
    classified,
    take,
)

if TYPE_CHECKING:
    from pathlib import Path
from tests.support.trees import tree


def test_pictures_that_came_in_before_a_kill_are_known(workspace: Path) -> None:
    sample = classified()
    with Archive.open(workspace, FOLDER, ORIGIN) as archive, archive.project(sample.id, sample.name) as store:
        for wire in sample.images[:5]:
            take(store, ImageRow.of(wire), sample.pictures[wire["id"]])
    (journal,) = workspace.glob(f"*/*/{layout.JOURNAL}")
    journal.write_bytes(journal.read_bytes()[:-20])  # the last line is cut: that picture is looked at itself
    sample.name = "Renamed meanwhile"
    with Archive.open(workspace, FOLDER, ORIGIN) as archive, archive.project(sample.id, sample.name) as store:
        for wire in sample.images[:5]:
            stored = store.known(wire["id"])
            assert stored
            assert stored.sha256 == hashlib.sha256(sample.pictures[wire["id"]]).hexdigest()
        assert store.known(sample.images[5]["id"]) is None
    back_up(workspace, sample)
    assert checked(workspace).whole
    assert len(list((workspace / FOLDER).iterdir())) == 2
    assert not list(workspace.glob(f"*/*/{layout.JOURNAL}"))


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("first", [True, False])
def test_after_a_kill_at_any_moment_a_backup_is_whole(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: bool, before: bool
) -> None:
    """The old one until the new one is; and the next run leaves the same bytes as one that nobody killed."""
    old, new = small(), small(changed=True)
    formats: dict[str, dict[str, str]] = {"coco": {}, "folders": {}}
    (tmp_path / "clean").mkdir()
    if not first:
        back_up(tmp_path / "clean", old, performance=[(old.id, old.images[0])])
    back_up(tmp_path / "clean", new, formats=formats)
    wanted = tree(tmp_path / "clean")
    at, dead = 0, True
    while dead:
        folder = tmp_path / f"{at}"
        folder.mkdir()
        if not first:
            back_up(folder, old, performance=[(old.id, old.images[0])])
        with killed_at(monkeypatch, at + 1, before=before) as disk:
            back_up(folder, new, formats=formats)
        dead = disk.is_dead()
        assert_one_is_whole(folder, first=first)
        back_up(folder, new, formats=formats)
        assert checked(folder).whole, at
        assert tree(folder) == wanted, at
        at += 1
    assert at > 30


def small(*, changed: bool = False) -> Sample:
    sample = Sample()
    tea = sample.tag("Tea")
    for _ in range(3):
        sample.image([tea])
    if changed:
        sample.images[1]["metadata"] = {"a": "b"}
        sample.image([tea])
    return sample


def assert_one_is_whole(folder: Path, *, first: bool) -> None:
    """What a kill has left can be verified as it is, but for the moment of the moves, which says so itself."""
    root = folder / FOLDER
    if not (root / "index.json").exists() or first:
        return
    verdict = checked(folder)
    assert verdict.whole or all("the next backup finishes this" in problem for problem in verdict.problems), (
        verdict.problems
    )


def test_a_commit_that_failed_leaves_no_staged_file(workspace: Path) -> None:
    sample = classified()
    back_up(workspace, sample)
    before = tree(workspace)
    sample.images[0]["metadata"] = {"new": "1"}

    def failing() -> Any:
        yield sample.id, sample.images[0]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        back_up(workspace, sample, performance=failing())
    assert tree(workspace) == before


def test_a_reader_refuses_a_backup_that_is_half_in_place(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = classified()
    back_up(workspace, sample)
    monkeypatch.setattr("cvaction.archive.staging.finish", lambda *_: (_ for _ in ()).throw(SystemExit))
    sample.images.pop()
    with pytest.raises(SystemExit):
        back_up(workspace, sample)
    monkeypatch.undo()
    (folder,) = (path for path in (workspace / FOLDER).iterdir() if path.is_dir())
    with pytest.raises(DamagedError, match="the next backup finishes this"):
        ProjectReader.at(folder)
    back_up(workspace, sample)
    assert checked(workspace).whole


def test_free_space_is_told(workspace: Path) -> None:
    with Archive.open(workspace, FOLDER, ORIGIN) as archive:
        assert archive.free() > 0


def test_a_place_ends_with_its_folder(workspace: Path) -> None:
    with place.Place.at(workspace) as root:
        assert root.names("no/such/folder") == []
        assert root.size("no/such/file") is None
        root.remove("no/such/file")
        root.remove_folder("no/such/folder")
    root.close()
