"""The folders of a project stay open while it is backed up: as many as this process may have open."""

from __future__ import annotations

import os
import resource
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from cvaction.archive import Archive, ImageRow, Listing, PathError
from cvaction.archive.place import Place
from cvaction.archive.shelves import Shelves
from tests.support.archives import FOLDER, ORIGIN, Sample, back_up, checked, take

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FOLDERS = [f"images/{number:02x}" for number in range(256)]


def opened() -> int:
    return len(os.listdir("/dev/fd"))  # noqa: PTH208


@pytest.fixture
def limited() -> Iterator[Callable[[int], None]]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield lambda most: resource.setrlimit(resource.RLIMIT_NOFILE, (most, before[1]))
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_each_folder_is_opened_once(workspace: Path) -> None:
    with Place.at(workspace) as place, closing(Shelves(place)) as shelves:
        folders = [shelves.folder(f"{path}/x") for path in FOLDERS]

        assert [shelves.folder(f"{path}/x") for path in FOLDERS] == folders


def test_where_few_files_may_be_open_few_folders_are(workspace: Path, limited: Callable[[int], None]) -> None:
    """macOS allows 256 files by default."""
    limited(256)
    with Place.at(workspace) as place, closing(Shelves(place)) as shelves:
        before = opened()
        for path in FOLDERS:
            shelves.folder(f"{path}/x").write("x", path.encode())
        assert opened() - before < 64

        assert {shelves.size(f"{path}/x") for path in FOLDERS} == {len(FOLDERS[0])}
    assert [(workspace / path / "x").read_text() for path in FOLDERS] == FOLDERS


def test_a_folder_that_a_thread_uses_stays_open(workspace: Path, limited: Callable[[int], None]) -> None:
    limited(256)
    with Place.at(workspace) as place, closing(Shelves(place)) as shelves:
        used = shelves.folder("images/00/x")
        for path in FOLDERS:
            shelves.folder(f"{path}/x")
        shelves.close()

        used.write("x", b"late")
        del used
    assert (workspace / "images/00/x").read_bytes() == b"late"


@pytest.mark.parametrize("linked", [False, True])
def test_a_folder_that_is_moved_away_is_noticed(workspace: Path, *, linked: bool) -> None:
    """A backup without its pictures must not pass for a good one."""
    sample = Sample()
    image_id = sample.image()
    row = ImageRow.of(sample.images[0])
    with (
        Archive.open(workspace, FOLDER, ORIGIN) as archive,
        archive.project(sample.id, sample.name) as store,
        Listing() as images,
    ):
        take(store, row, sample.pictures[image_id])
        folder = workspace / FOLDER / store.folder / "images" / image_id[:2]
        folder.rename(workspace / "away")
        if linked:
            folder.symlink_to(workspace / "away")

        images.add(row)

        if linked:
            with pytest.raises(PathError, match="is a link"):
                store.draft(sample.content(images))
            return
        draft = store.draft(sample.content(images))
        assert draft.manifest
        assert draft.manifest.counts["pictures"] == 0
        assert store.known(image_id) is None
    back_up(workspace, sample)
    assert checked(workspace).whole
