"""A backup as it is written: its files, what a second run changes, and what a kill leaves."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.archive import (
    Archive,
    ArchiveError,
    DamagedError,
    ImageRow,
    Index,
    OccupiedError,
    OriginError,
    PathError,
    PictureError,
    ProjectReader,
    WireError,
    layout,
    place,
)
from tests.files.killing import killed_at
from tests.support.archives import (
    FOLDER,
    ORIGIN,
    WHEN,
    Sample,
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

ALL = {"coco": {}, "yolo": {}, "automl": {"prefix": "azureml://x/paths/backup/"}, "folders": {}}


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if not path.is_dir()}


def touched(folder: Path) -> dict[str, tuple[int, int]]:
    """Each file and folder with its inode and its last change."""
    return {str(path.relative_to(folder)): (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.rglob("*")}


# What is written


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
    monkeypatch.setattr(os, "fchown", lambda _fd, user, group: owners.append((user, group)))
    monkeypatch.setattr(os, "chown", lambda _name, user, group, **_: owners.append((user, group)))
    back_up(workspace, classified(), formats=ALL)
    status = workspace.stat()
    assert set(owners) == {(status.st_uid, status.st_gid)}
    links = sum(path.is_file() for path in workspace.glob("*/*/folders/**/*"))
    assert len(owners) >= sum(1 for _ in workspace.rglob("*")) - links


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


# A second run


def test_where_nothing_has_changed_no_file_is_touched(workspace: Path) -> None:
    samples = [classified(), detected(seed=2)]
    for sample in samples:
        back_up(workspace, sample, formats=ALL, performance=[(sample.id, sample.images[0])])
    before = touched(workspace)
    for sample in samples:
        done = back_up(
            workspace, sample, formats=ALL, performance=[(sample.id, sample.images[0])], when=WHEN + timedelta(days=1)
        )
        assert not done.changed
        assert done.manifest.when == "2026-11-27T02:00:00Z"
    assert touched(workspace) == before


def test_what_has_changed_is_written_and_nothing_else(workspace: Path) -> None:
    sample = classified()
    back_up(workspace, sample, formats={"coco": {}})
    folder, before = folder_of(workspace, sample), touched(workspace)
    sample.images[0]["metadata"] = {"shelf": "3"}
    done = back_up(workspace, sample, formats={"coco": {}}, when=WHEN + timedelta(days=1))
    after = touched(workspace)

    assert done.changed
    assert done.manifest.when == "2026-11-28T02:00:00Z"
    names = {name for name in after if after[name] != before.get(name)}
    files = {name.removeprefix(f"{FOLDER}/{folder.name}/") for name in names if (workspace / name).is_file()}
    assert files == {
        "images.jsonl",
        "manifest.json",
        "coco/annotations.json",
        "coco/unlabelled.json",
        f"{FOLDER}/index.json",
    }
    assert checked(workspace).whole


@pytest.mark.parametrize("loss", ["tags.json", "images.jsonl", "files.jsonl", "coco/annotations.json", "coco"])
def test_what_somebody_removed_is_written_again(workspace: Path, loss: str) -> None:
    sample = classified()
    back_up(workspace, sample, formats={"coco": {}})
    before, lost = tree(workspace), folder_of(workspace, sample) / loss
    for path in [lost] if lost.is_file() else lost.iterdir():
        path.unlink()
    back_up(workspace, sample, formats={"coco": {}})
    assert tree(workspace) == before


def test_a_picture_that_was_cut_is_fetched_again(workspace: Path) -> None:
    sample = classified()
    back_up(workspace, sample)
    before = tree(workspace)
    path = next(path for path in workspace.glob("*/*/images/*/*"))
    path.write_bytes(path.read_bytes()[:-1])
    back_up(workspace, sample)
    assert tree(workspace) == before


def test_a_format_that_is_no_longer_wanted_goes(workspace: Path) -> None:
    sample = detected()
    back_up(workspace, sample, formats=ALL, performance=[])
    back_up(workspace, sample, formats={"coco": {}})
    names = {path.name for path in folder_of(workspace, sample).iterdir()}
    assert not names & {"yolo", "automl", "folders", "performance-images.jsonl"}
    back_up(workspace, sample)
    assert not {path.name for path in folder_of(workspace, sample).iterdir()} & {"coco", "files.jsonl"}
    assert checked(workspace).whole


def test_a_renamed_project_keeps_its_folder(workspace: Path) -> None:
    sample = classified()
    back_up(workspace, sample)
    folder = folder_of(workspace, sample)
    sample.name = "Another name"
    back_up(workspace, sample)
    assert folder_of(workspace, sample) == folder
    assert [path.name for path in (workspace / FOLDER).iterdir() if path.is_dir()] == [folder.name]
    assert json.loads((workspace / FOLDER / "index.json").read_bytes())["projects"][0]["name"] == "Another name"


def test_two_projects_of_one_name_and_beginning_of_id(workspace: Path) -> None:
    one, other = classified(), classified(seed=2)
    other.id = one.id[:8] + other.id[8:]
    back_up(workspace, one)
    back_up(workspace, other)
    back_up(workspace, one)
    assert folder_of(workspace, one).name == f"shelf-classifier-{one.id[:8]}"
    assert folder_of(workspace, other).name == f"shelf-classifier-{other.id}"
    assert checked(workspace).whole


def test_without_pictures_all_else_is_there(workspace: Path) -> None:
    sample = detected()
    done = back_up(workspace, sample, pixels=False, formats=ALL)
    assert (done.manifest.counts["images"], done.manifest.counts["pictures"]) == (28, 0)
    assert [text for text in done.warnings if text.startswith("coco")] == back_up_warnings(workspace, sample)
    assert checked(workspace, pixels=False).whole
    assert not checked(workspace).whole
    back_up(workspace, sample, formats=ALL)
    assert checked(workspace).whole


def back_up_warnings(workspace: Path, sample: Sample) -> list[str]:
    """What COCO says of the same project with its pictures."""
    other = workspace.parent / "with-pictures"
    other.mkdir()
    return [text for text in back_up(other, sample, formats=ALL).warnings if text.startswith("coco")]


def test_images_that_the_source_no_longer_has_go_on_request(workspace: Path) -> None:
    sample = classified()
    back_up(workspace, sample)
    gone = sample.images.pop(3)["id"]
    back_up(workspace, sample)
    assert list(workspace.glob(f"*/*/images/*/{gone}.*")), "only on request"
    (stranger,) = workspace.glob(f"*/*/images/{gone[:2]}")
    (stranger / "notes.txt").write_text("mine", encoding="utf-8")
    removed: list[tuple[int, int]] = []
    back_up(workspace, sample, also=lambda store: removed.append(store.prune()))
    assert removed == [(1, len(sample.pictures[gone]))]
    assert not list(workspace.glob(f"*/*/images/*/{gone}.*"))
    assert (stranger / "notes.txt").exists()
    assert checked(workspace).whole


def test_a_project_that_is_gone_is_removed_with_its_entry(workspace: Path) -> None:
    one, other = classified(), detected(seed=2)
    back_up(workspace, one)
    back_up(workspace, other)
    folder = folder_of(workspace, one)
    with Archive.open(workspace, FOLDER, ORIGIN) as archive:
        assert archive.remove(one.id) == sum(map(len, one.pictures.values()))
        assert archive.remove(one.id) == 0
        assert [entry.id for entry in archive.index.projects] == [other.id]
    assert not folder.exists()
    assert checked(workspace).whole


def test_a_model_comes_along_and_is_kept(workspace: Path) -> None:
    sample, iteration = classified(), Sample(seed=5).id

    def model(store: Any) -> None:
        if not store.model(iteration, "ONNX-ONNX12"):
            with store.incoming_model(iteration, 'Iteration "2"', "ONNX-ONNX12") as part:
                with part.open() as file:
                    file.write(b"half of")
                with part.open() as file:
                    file.write(b"PK\3\4 a model")
                assert store.keep_model(part) == f"models/Iteration -2--{iteration[:8]}/ONNX-ONNX12.zip"

    done = back_up(workspace, sample, also=model)
    assert done.manifest.counts["models"] == 1
    assert not back_up(workspace, sample, also=model).changed
    assert not back_up(workspace, sample).changed, "a run that asks for no model keeps those that are there"
    assert checked(workspace).whole
    assert not list(workspace.rglob("*.part"))


# What is refused


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
        ({"id": "../../etc/passwd"}, "id of an image is no UUID"),
        ({"tags": [{"tagId": "no"}]}, "id of a tag of an image is no UUID"),
        ({"regions": [{"regionId": 5}]}, "id of a region is no UUID"),
        ({"regions": [7]}, "no object"),
        ({"tags": {}}, "no list"),
    ],
)
def test_an_image_that_cannot_be_kept_is_an_error(change: dict[str, Any], message: str) -> None:
    with pytest.raises(WireError, match=message):
        ImageRow.of(detected().images[0] | change)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), True, "0.1", None])
def test_a_region_has_numbers(number: object) -> None:
    wire = detected().images[0]
    wire["regions"][0]["left"] = number
    with pytest.raises(WireError, match="`left` of a region is no number"):
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
        (b"<html>", "begins as no"),
        (picture()[:-2], "cut"),
        (picture(50, 30), "50 x 30 pixels.*40 x 30"),
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


def test_a_smaller_picture_of_the_same_shape_keeps_both_sizes(workspace: Path) -> None:
    sample = detected()
    image_id = sample.image(boxes=[(sample.tags[0]["id"], 0.5, 0.5, 0.5, 0.5)], size=(400, 300), data=picture(40, 30))
    back_up(workspace, sample, formats={"coco": {}})
    folder = folder_of(workspace, sample)
    with ProjectReader.at(folder) as reader:
        (row,) = [row for row in reader.rows() if row.id == image_id]
    assert (row.width, row.height, row.measures) == (400, 300, (40, 30))
    coco = json.loads((folder / "coco/annotations.json").read_bytes())
    (image,) = [image for image in coco["images"] if image_id in image["file_name"]]
    (box,) = [note["bbox"] for note in coco["annotations"] if note["image_id"] == image["id"]]
    assert (image["width"], box) == (40, [20, 15, 20, 15])
    assert not back_up(workspace, sample, formats={"coco": {}}).changed


# A kill


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
    assert at > 35


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
    assert verdict.whole or all("the next one finishes it" in problem for problem in verdict.problems), verdict.problems


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
    with pytest.raises(DamagedError, match="the next one finishes it"):
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
