"""A backup as it is written: its files, and whose they are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cvaction.archive import (
    ProjectReader,
)
from cvaction.archive.owner import Owner
from tests.support.archives import (
    FOLDER,
    Sample,
    back_up,
    checked,
    classified,
    detected,
    folder_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
from tests.support.trees import tree

ALL = {"coco": {}, "yolo": {}, "automl": {"prefix": "azureml://x/paths/backup/"}, "folders": {}}


def test_a_backup_has_the_files_of_its_layout(workspace: Path) -> None:
    sample = classified(iterations=[{"id": str(Sample(seed=9).id), "name": "Iteration 1"}])
    done = back_up(workspace, sample, formats={"coco": {}}, performance=[(Sample(seed=9).id, sample.images[0])])
    folder = folder_of(workspace, sample)

    assert folder == workspace / FOLDER / f"shelf-classifier-{sample.id[:8]}"
    assert {path.name for path in folder.iterdir()} == {
        *("manifest.json", "project.json", "tags.json", "iterations.json"),
        *("images.jsonl", "performance-images.jsonl", "files.jsonl", "images", "coco"),
    }
    assert done.changed
    assert done.manifest.counts == {
        "images": 28,
        "pictures": 28,
        "bytes": sum(map(len, sample.pictures.values())),
        "tagged": 26,
        "untagged": 2,
        "regions": 0,
        "tags": 4,
        "iterations": 1,
        "models": 0,
    }
    for image_id, data in sample.pictures.items():
        (file,) = folder.glob(f"images/{image_id[:2]}/{image_id}.*")
        assert file.read_bytes() == data
    assert checked(workspace).whole


def test_no_file_holds_an_address(workspace: Path) -> None:
    sample = classified()
    back_up(workspace, sample, performance=[(sample.new_id(), sample.images[0])])
    assert not [name for name, data in tree(workspace).items() if b"sig=" in data or b"Uri" in data]


def test_the_rows_are_what_was_sent(workspace: Path) -> None:
    sample = detected()
    back_up(workspace, sample)
    with ProjectReader.at(folder_of(workspace, sample)) as reader:
        rows = {row.id: row for row in reader.rows()}
        for row in rows.values():
            assert row.stored
            assert reader.picture(row.stored) == sample.pictures[row.id]
    for wire in sample.images:
        row = rows[wire["id"]]
        assert [region.wire() for region in row.regions] == sorted(
            wire.get("regions", []), key=lambda region: region["regionId"]
        )
        assert {label.tag for label in row.tags} == {tag["tagId"] for tag in wire.get("tags", [])}
        assert (row.created, row.width, row.height) == (wire["created"], wire["width"], wire["height"])
    assert list(rows) == [wire["id"] for wire in sorted(sample.images, key=lambda wire: (wire["created"], wire["id"]))]


def test_the_order_of_the_answers_changes_no_byte(workspace: Path, tmp_path: Path) -> None:
    sample, other = detected(), detected()
    other.images.reverse()
    other.tags.reverse()
    for wire in other.images:
        for name in ("tags", "regions"):
            wire.get(name, []).reverse()
    (tmp_path / "other").mkdir()
    back_up(workspace, sample, formats=ALL)
    back_up(tmp_path / "other", other, formats=ALL)
    assert tree(workspace) == tree(tmp_path / "other")


def test_files_belong_to_the_owner_of_the_workspace(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owners: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(Owner, "has", lambda *_: False)  # the new files of root
    monkeypatch.setattr(os, "fchown", lambda _fd, user, group: owners.append((user, group)))
    monkeypatch.setattr(os, "chown", lambda _name, user, group, **_: owners.append((user, group)))
    back_up(workspace, classified(), formats=ALL)
    status = workspace.stat()
    assert set(owners) == {(status.st_uid, status.st_gid)}
    links = sum(path.is_file() for path in workspace.glob("*/*/folders/**/*"))
    assert len(owners) >= sum(1 for _ in workspace.rglob("*")) - links


def test_a_file_that_has_this_owner_is_left_as_it_is(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On some disks a change of the owner takes as long as the file, even if nothing changes."""
    owners: list[int] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "fchown", lambda descriptor, *_: owners.append(descriptor))
    monkeypatch.setattr(os, "chown", lambda *_, **__: None)
    back_up(workspace, classified(), formats=ALL)
    assert not owners


def test_a_picture_under_a_second_name_is_no_copy(workspace: Path) -> None:
    sample = classified()
    back_up(workspace, sample, formats=ALL)
    (one,) = workspace.glob(f"*/*/folders/*/*/{sample.images[0]['id']}.*")
    (other,) = workspace.glob(f"*/*/images/*/{sample.images[0]['id']}.*")
    assert one.stat().st_ino == other.stat().st_ino
    assert not [path for path in workspace.rglob("*") if path.is_symlink()]


def test_where_no_link_can_be_made_it_is_a_copy(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_args: object, **_options: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refused)
    sample = classified()
    back_up(workspace, sample, formats=ALL)
    assert checked(workspace).whole
    (one,) = workspace.glob(f"*/*/folders/*/*/{sample.images[0]['id']}.*")
    assert one.read_bytes() == sample.pictures[sample.images[0]["id"]]
    assert one.stat().st_nlink == 1
