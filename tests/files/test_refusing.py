"""What a backup does not take: other folders, links, pictures that are none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.archive import (
    Archive,
    ArchiveError,
    ImageRow,
    Index,
    OccupiedError,
    OriginError,
    PathError,
    PictureError,
    WireError,
)
from tests.support.archives import (
    FOLDER,
    ORIGIN,
    back_up,
    checked,
    classified,
    detected,
    folder_of,
    picture,
    take,
)

if TYPE_CHECKING:
    from pathlib import Path
from tests.support.trees import touched, tree


def test_a_folder_with_other_things_is_refused(workspace: Path) -> None:
    (workspace / FOLDER).mkdir()
    (workspace / FOLDER / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OccupiedError, match=r"notes\.txt"):
        Archive.open(workspace, FOLDER, ORIGIN)
    with pytest.raises(OccupiedError):
        Archive.peek(workspace, FOLDER, ORIGIN)
    assert list(tree(workspace)) == [f"{FOLDER}/notes.txt"]


def test_the_backup_of_another_resource_is_refused(workspace: Path) -> None:
    back_up(workspace, classified())
    with pytest.raises(OriginError, match=r"of https://shelf\.cog.*, and not of https://other\.x"):
        Archive.open(workspace, FOLDER, "https://other.x")


def test_a_look_before_changes_nothing(workspace: Path) -> None:
    assert Archive.peek(workspace, "a/b", ORIGIN) == Index(ORIGIN)
    assert not list(workspace.iterdir())
    sample = classified()
    back_up(workspace, sample)
    assert [entry.images for entry in Archive.peek(workspace, FOLDER, ORIGIN).projects] == [28]


@pytest.mark.parametrize("path", [FOLDER, f"{FOLDER}/PROJECT", f"{FOLDER}/PROJECT/images"])
def test_nothing_is_written_over_a_link(workspace: Path, tmp_path: Path, path: str) -> None:
    sample = classified()
    back_up(workspace, sample, formats={"coco": {}})
    outside = tmp_path / "outside"
    linked = workspace / path.replace("PROJECT", folder_of(workspace, sample).name)
    linked.rename(outside)
    linked.symlink_to(outside)
    before = touched(outside)
    sample.images[0]["metadata"] = {"a": "b"}
    sample.image(data=picture(seed=77777))
    with pytest.raises(PathError):
        back_up(workspace, sample, formats={"coco": {}})
    assert touched(outside) == before


def test_a_link_in_the_place_of_a_format_is_replaced(workspace: Path, tmp_path: Path) -> None:
    sample = classified()
    back_up(workspace, sample, formats={"coco": {}})
    coco = folder_of(workspace, sample) / "coco"
    coco.rename(tmp_path / "outside")
    coco.symlink_to(tmp_path / "outside")
    before = touched(tmp_path / "outside")
    sample.images[0]["metadata"] = {"a": "b"}
    back_up(workspace, sample, formats={"coco": {}})
    assert touched(tmp_path / "outside") == before
    assert not coco.is_symlink()
    assert checked(workspace).whole


@pytest.mark.parametrize("name", ["images.jsonl", "tags.json", "manifest.json", ".progress.jsonl", ".staging"])
def test_no_file_is_read_over_a_link(workspace: Path, tmp_path: Path, name: str) -> None:
    sample = classified()
    back_up(workspace, sample)
    path = folder_of(workspace, sample) / name
    (tmp_path / "secret").write_text("{}", encoding="utf-8")
    path.unlink(missing_ok=True)
    path.symlink_to(tmp_path / "secret")
    sample.image(data=picture(seed=77777))
    with pytest.raises((ArchiveError, OSError)):
        back_up(workspace, sample)
    assert (tmp_path / "secret").read_text(encoding="utf-8") == "{}"


def test_a_pipe_in_the_place_of_a_file_is_refused(workspace: Path) -> None:
    sample = classified()
    back_up(workspace, sample)
    path = folder_of(workspace, sample) / "images.jsonl"
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(PathError):
        back_up(workspace, sample)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "../../etc/passwd"}, "id of an image is not a UUID"),
        ({"tags": [{"tagId": "no"}]}, "id of a tag of an image is not a UUID"),
        ({"regions": [{"regionId": 5}]}, "id of a region is not a UUID"),
        ({"regions": [7]}, "not an object"),
        ({"tags": {}}, "not a list"),
    ],
)
def test_an_image_that_cannot_be_kept_is_an_error(change: dict[str, Any], message: str) -> None:
    with pytest.raises(WireError, match=message):
        ImageRow.of(detected().images[0] | change)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), True, "0.1", None])
def test_a_region_has_numbers(number: object) -> None:
    wire = detected().images[0]
    wire["regions"][0]["left"] = number
    with pytest.raises(WireError, match="`left` of a region is not a number"):
        ImageRow.of(wire)


def test_a_tag_that_the_list_lacks_is_an_edit(workspace: Path) -> None:
    sample = classified()
    back_up(workspace, sample)
    before = tree(workspace)
    gone = sample.tags.pop(0)["id"]
    with pytest.raises(WireError, match=f"the tag {gone}"):
        back_up(workspace, sample)
    assert tree(workspace) == before


def test_a_number_that_json_lacks_is_refused(workspace: Path) -> None:
    sample = classified(settings={"threshold": float("nan")})
    with pytest.raises(WireError, match="NaN"):
        back_up(workspace, sample)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<html>", "does not begin like"),
        (picture()[:-2], "cut"),
        (picture(50, 30), "50 x 30 pixels.*40 x 30"),
        (picture(20, 15), "20 x 15 pixels.*40 x 30"),
        (picture(30, 40), "30 x 40 pixels.*40 x 30"),
        (b"", "empty"),
    ],
)
def test_a_download_that_is_no_picture_leaves_nothing(workspace: Path, data: bytes, message: str) -> None:
    sample = classified()
    with Archive.open(workspace, FOLDER, ORIGIN) as archive, archive.project(sample.id, sample.name) as store:
        with pytest.raises(PictureError, match=message):
            take(store, ImageRow.of(sample.images[0]), data)
        assert store.known(sample.images[0]["id"]) is None
    assert not list(workspace.rglob("*.part"))


def test_a_folder_may_be_deep_in_the_workspace(workspace: Path) -> None:
    """Only paths inside a backup have a limit."""
    deep = "/".join("abcdefghijkl")
    with Archive.open(workspace, deep, ORIGIN) as archive:
        assert archive.index == Index(ORIGIN)
    assert (workspace / deep / "index.json").exists()
    assert Archive.peek(workspace, deep, ORIGIN) == Index(ORIGIN)


def test_a_link_in_a_group_is_an_error_of_its_own_image(workspace: Path) -> None:
    """The other pictures wait for the disk with it, and their thread raises the error."""
    sample = classified()
    first, good, bad = (ImageRow.of(wire) for wire in sample.images[:3])
    (workspace / "elsewhere").mkdir()
    with Archive.open(workspace, FOLDER, ORIGIN) as archive, archive.project(sample.id, sample.name) as store:

        def meanwhile() -> None:
            take(store, good, sample.pictures[good.id])
            take(store, bad, sample.pictures[bad.id])

        images = workspace / FOLDER / store.folder / "images"
        images.mkdir()
        (images / bad.id[:2]).symlink_to(workspace / "elsewhere")
        with pytest.raises(PathError, match="is a link") as caught:
            take(store, first, sample.pictures[first.id], kept=meanwhile)

    assert caught.value.__notes__ == [f"This happened to the image {bad.id}."]
    assert not list(images.glob("*/*.part"))
    assert not list((workspace / "elsewhere").iterdir())


def test_a_picture_that_is_none_makes_no_folder(workspace: Path) -> None:
    sample = classified()
    row = ImageRow.of(sample.images[0])
    with Archive.open(workspace, FOLDER, ORIGIN) as archive, archive.project(sample.id, sample.name) as store:
        with pytest.raises(PictureError):
            take(store, row, b"<html>")

        assert not (workspace / FOLDER / store.folder / "images").exists()
