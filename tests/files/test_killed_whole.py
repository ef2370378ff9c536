"""A `kill -9` at every change of a file: what is left is the old backup or the new one, whole, as it lies there."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

import pytest

from cvaction.archive import AbsentError, Archive, ProjectReader, Verdict, verify
from tests.files.killing import process_killed_at
from tests.support.archives import FOLDER, ORIGIN, Sample, back_up, checked, folder_of, picture

if TYPE_CHECKING:
    from pathlib import Path

NONE = "names no project: no backup of a project was finished here"
BEFORE = [pytest.param(True, id="before"), pytest.param(False, id="after")]


def old() -> Sample:
    sample = Sample()
    tea, _ = sample.tag("Tea"), sample.tag("Coffee")
    for _ in range(3):
        sample.image([tea])
    return sample


def new() -> Sample:
    sample = old()
    sample.images[1]["metadata"] = {"a": "b"}
    sample.tags[1]["description"] = "new, too"
    sample.image([sample.tags[1]["id"]], data=picture(seed=99))
    return sample


def beside() -> Sample:
    sample = Sample(name="Beside", seed=5)
    sample.image([sample.tag("Milk")])
    return sample


def put_old(workspace: Path) -> None:
    sample = old()
    back_up(workspace, sample, formats={"coco": {}, "folders": {}}, performance=[(sample.id, sample.images[0])])


def put_new(workspace: Path) -> None:
    """One format stays, one goes, one comes, and a list goes."""
    back_up(workspace, new(), formats={"coco": {}, "automl": {"prefix": "azureml://x"}})


def read(folder: Path) -> tuple[object, ...]:
    """All that a reader gets of a project."""
    with ProjectReader.at(folder) as reader:
        pictures = [reader.picture(row.stored) for row in reader.rows() if row.stored]
        return reader.sha256, reader.project(), reader.tags(), list(reader.rows()), pictures


@pytest.fixture
def states(workspace: Path, tmp_path: Path) -> list[tuple[object, ...]]:
    """What a reader gets of the old backup, and of the new one."""
    found = []
    for name, put in (("old", put_old), ("new", put_new)):
        (tmp_path / name).mkdir()
        put(tmp_path / name)
        found.append(read(folder_of(tmp_path / name, old())))
    put_new(tmp_path / "old")
    assert read(folder_of(tmp_path / "old", old())) == found[1] != found[0]
    assert workspace.exists()
    return found


def assert_old_or_new(root: Path, states: list[tuple[object, ...]]) -> None:
    """Offline, and with no run that mends it."""
    verdict = verify(root)
    assert verdict.whole, verdict.problems
    (folder,) = root.glob(f"*-{old().id[:8]}")
    assert verify(folder).whole
    assert read(folder) in states


@pytest.mark.parametrize("before", BEFORE)
def test_of_a_later_backup(workspace: Path, tmp_path: Path, states: list[tuple[object, ...]], *, before: bool) -> None:
    put_old(workspace)
    back_up(workspace, beside())
    at, killed = 0, True
    while killed:
        at += 1
        copy = shutil.copytree(workspace, tmp_path / str(at))
        killed = process_killed_at(partial(put_new, copy), at, before=before)
        assert_old_or_new(copy / FOLDER, states)
        back_up(copy, beside(), formats={"coco": {}})  # a run that selects another project
        assert_old_or_new(copy / FOLDER, states)
    assert at > 40


@pytest.mark.parametrize("before", BEFORE)
def test_and_of_the_run_that_mends_it(
    workspace: Path, tmp_path: Path, states: list[tuple[object, ...]], *, before: bool
) -> None:
    """The second kill comes wherever the moves of the first backup are finished, or its rest is dropped."""
    put_old(workspace)
    killed, first = True, 0
    while killed:
        first += 7
        once = shutil.copytree(workspace, tmp_path / f"{first}")
        killed = process_killed_at(partial(put_new, once), first, before=before)
        again, second = killed, 0
        while again:
            second += 5
            twice = shutil.copytree(once, tmp_path / f"{first}-{second}")
            again = process_killed_at(partial(put_new, twice), second, before=before)
            assert_old_or_new(twice / FOLDER, states)


@pytest.mark.parametrize("before", BEFORE)
def test_of_the_first_backup_of_a_project(
    workspace: Path, tmp_path: Path, states: list[tuple[object, ...]], *, before: bool
) -> None:
    """Another project's backup is whole all the time; this one's is none, until it is whole."""
    back_up(workspace, beside())
    at, killed = 0, True
    while killed:
        at += 1
        copy = shutil.copytree(workspace, tmp_path / str(at))
        killed = process_killed_at(partial(put_new, copy), at, before=before)
        verdict = checked(copy)
        assert verdict.whole, verdict.problems
        if verdict.projects == 2:
            assert_old_or_new(copy / FOLDER, states[1:])
    assert verdict.projects == 2


@pytest.mark.parametrize("before", BEFORE)
def test_of_the_very_first_backup(workspace: Path, tmp_path: Path, *, before: bool) -> None:
    """It is none until it is whole, and says so."""

    def found(copy: Path) -> Verdict | None:
        try:
            return checked(copy)
        except AbsentError:
            return None

    at, killed, ends = 0, True, []
    while killed:
        at += 1
        copy = shutil.copytree(workspace, tmp_path / str(at))
        killed = process_killed_at(partial(put_new, copy), at, before=before)
        verdict = found(copy)
        ends.append("no folder" if verdict is None else "whole" if verdict.whole else "none yet")
        if verdict and not verdict.whole:
            assert [problem.partition(" ")[2] for problem in verdict.problems] == [NONE]
    assert ends == sorted(ends, key=["no folder", "none yet", "whole"].index)
    assert set(ends) == {"no folder", "none yet", "whole"}


@pytest.mark.parametrize("before", BEFORE)
def test_of_a_prune(workspace: Path, tmp_path: Path, *, before: bool) -> None:
    sample = old()
    back_up(workspace, sample)
    back_up(workspace, beside())
    sample.images.pop()
    back_up(workspace, sample)

    def prune(copy: Path) -> None:
        with Archive.open(copy, FOLDER, ORIGIN) as archive:
            with archive.project(sample.id, sample.name) as store:
                store.prune()
            archive.remove(beside().id)

    at, killed = 0, True
    while killed:
        at += 1
        copy = shutil.copytree(workspace, tmp_path / str(at))
        killed = process_killed_at(partial(prune, copy), at, before=before)
        assert checked(copy).whole
    assert at > 4
