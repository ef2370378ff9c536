"""Two runs on one folder: the second one ends at once, and a run that was killed is in nobody's way."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import warnings
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest

from cvaction.archive import Archive, BusyError
from cvaction.archive.place import Place
from tests.files.killing import process_killed_at
from tests.support.archives import FOLDER, ORIGIN, Sample, back_up, checked, classified, detected, folder_of
from tests.support.trees import tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """A restore that reads a project."""
    with Place.at(folder) as place:
        place.lock(shared=True)
        yield


def opened(workspace: Path) -> None:
    Archive.open(workspace, FOLDER, ORIGIN).close()


def test_a_second_backup_ends_at_once_and_changes_nothing(workspace: Path) -> None:
    back_up(workspace, classified())
    with Archive.open(workspace, FOLDER, ORIGIN):
        before = tree(workspace)
        with pytest.raises(BusyError, match=rf"^another run uses `{FOLDER}` at this moment$"):
            opened(workspace)
        assert tree(workspace) == before
    opened(workspace)


def test_a_lock_leaves_no_file(workspace: Path) -> None:
    sample = classified()
    back_up(workspace, sample)
    names = {path.name for path in (workspace / FOLDER).iterdir()}
    assert names == {"index.json", folder_of(workspace, sample).name}


def test_a_killed_run_holds_no_lock(workspace: Path) -> None:
    sample = classified()
    back_up(workspace, sample)
    hear, tell = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        try:
            archive = Archive.open(workspace, FOLDER, ORIGIN)
            archive.project(sample.id, sample.name)
            os.write(tell, b"!")
            signal.pause()
        finally:
            os._exit(1)
    os.close(tell)
    try:
        assert os.read(hear, 1) == b"!"
        with pytest.raises(BusyError):
            opened(workspace)
        with pytest.raises(BusyError), reading(folder_of_only_project(workspace)):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(hear)
    back_up(workspace, sample)
    with reading(folder_of(workspace, sample)):
        pass


def folder_of_only_project(workspace: Path) -> Path:
    (folder,) = (path for path in (workspace / FOLDER).iterdir() if path.is_dir())
    return folder


def changing(sample: Sample) -> Callable[[Archive], object]:
    return lambda archive: archive.project(sample.id, sample.name)


def removing(sample: Sample) -> Callable[[Archive], object]:
    return lambda archive: archive.remove(sample.id)


@pytest.mark.parametrize("use", [changing, removing])
def test_what_a_restore_reads_is_left_alone(
    workspace: Path, use: Callable[[Sample], Callable[[Archive], object]]
) -> None:
    one, other = classified(), detected(seed=3)
    back_up(workspace, one)
    back_up(workspace, other)
    before = tree(workspace)
    folder = folder_of(workspace, one)
    with reading(folder), reading(folder), Archive.open(workspace, FOLDER, ORIGIN) as archive:
        with pytest.raises(BusyError, match=f"another run uses `{FOLDER}/{folder.name}`"):
            use(one)(archive)
        assert archive.index.entry(one.id)
        archive.project(other.id, other.name).close()
        assert tree(workspace) == before


def test_a_restore_does_not_begin_while_its_project_is_written(workspace: Path) -> None:
    one, other = classified(), detected(seed=3)
    back_up(workspace, one)
    back_up(workspace, other)
    folder, beside = folder_of(workspace, one), folder_of(workspace, other)
    with Archive.open(workspace, FOLDER, ORIGIN) as archive, archive.project(one.id, one.name):
        with pytest.raises(BusyError, match="another run writes into"), reading(folder):
            pass
        with reading(beside):
            pass


def test_moves_wait_for_the_restore_that_reads(workspace: Path, tmp_path: Path) -> None:
    """A kill has stopped the moves of a commit; a run of another project comes while a restore reads this one."""
    old, new, other = classified(), classified(), detected(seed=3)
    new.images[0]["metadata"] = {"a": "b"}
    at, waited, killed = 0, 0, True
    while killed:
        at += 1
        copy = tmp_path / str(at)
        copy.mkdir()
        back_up(copy, old)
        folder = folder_of(copy, old)
        killed = process_killed_at(partial(back_up, copy, new), at, before=False)
        staged = folder / ".staging/manifest.json"
        if staged.exists():
            waited += 1
            with reading(folder):
                back_up(copy, other)
            assert staged.exists()
            assert checked(copy).whole
            opened(copy)
        back_up(copy, new)
        assert checked(copy).whole
        assert not staged.exists()
    assert waited > 1


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL])
def test_where_there_are_no_locks_it_goes_on(workspace: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def failing(_descriptor: int, _how: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", failing)
    back_up(workspace, classified())
    assert checked(workspace).whole
