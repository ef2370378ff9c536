"""Files that the system does not give: each is named, and no run calls that a fault of its own."""

from __future__ import annotations

import errno
import os
from typing import IO, TYPE_CHECKING, Any

import pytest

from cvaction.archive import verify
from cvaction.archive.place import Place
from cvaction.archive.sorting import LineSorter
from cvaction.commands.verify import DAMAGED, run
from tests.support.archives import FOLDER, back_up, classified, folder_of
from tests.support.fake_clock import FakeClock
from tests.support.restoring import Target

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.backups import Stage

DENIED = errno.EACCES


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


def refuse(monkeypatch: pytest.MonkeyPatch, which: Callable[[str], bool]) -> None:
    """No right to read these files, as another user; root has all rights."""
    real = Place.read

    def read(place: Place, path: str) -> IO[bytes]:
        if which(path):
            raise PermissionError(DENIED, os.strerror(DENIED), path.rpartition("/")[2])
        return real(place, path)

    monkeypatch.setattr(Place, "read", read)


def test_verify_names_each_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = classified(), classified(seed=2, name="Other")
    back_up(tmp_path, one)
    back_up(tmp_path, other)
    first = folder_of(tmp_path, one)
    picture = next((first / "images").rglob("*.png")).relative_to(first)
    refuse(monkeypatch, lambda path: path in {"project.json", str(picture)})

    verdict = verify(tmp_path / FOLDER)

    found = sorted(problem.removeprefix(f"{tmp_path / FOLDER}/") for problem in verdict.problems)
    second = folder_of(tmp_path, other).name
    names = [f"{first.name}/{picture}", f"{first.name}/project.json", f"{second}/project.json"]
    assert found == sorted(f"{name} cannot be read: Permission denied" for name in names)


@pytest.mark.parametrize("name", ["manifest.json", "images.jsonl"])
def test_verify_ends_as_not_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    sample = classified()
    back_up(tmp_path, sample)
    refuse(monkeypatch, lambda path: path == name)
    said: list[str] = []

    assert run([str(folder_of(tmp_path, sample))], FakeClock(), said.append) == DAMAGED
    assert "cannot be read: Permission denied" in "\n".join(said)


@pytest.mark.parametrize("name", ["manifest.json", "tags.json", ".png"])
def test_a_restore_makes_nothing_and_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    target = Target.of(tmp_path, classified())
    refuse(monkeypatch, lambda path: path.endswith(name))

    result, wire = target.run()

    assert result.report["error"]["title"] in {
        "A file cannot be read or written",
        "The backup is damaged or incomplete",
    }
    assert name in result.log
    assert "Permission denied" in result.log
    assert (target.made(), wire.count) == ([], 0)


def test_a_picture_that_goes_meanwhile_ends_a_restore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target.of(tmp_path, classified())

    def gone(_wire: Any) -> None:
        refuse(monkeypatch, lambda path: path.endswith(".png"))

    result, _ = target.run({3: gone})

    assert result.report["error"]["title"] == "A file cannot be read or written"
    assert ".png` cannot be read or written: Permission denied." in result.log
    monkeypatch.undo()
    result, _ = target.run(number=2)
    assert result.status == "restored", result.log


def test_a_full_disk_for_temporary_files_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target.of(tmp_path, classified())

    def full(_sorter: LineSorter, _key: bytes, _line: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(LineSorter, "add", full)
    result, _ = target.run()

    assert result.report["error"]["title"] == "A file cannot be read or written"
    assert "A file cannot be read or written: No space left on device." in result.log


def test_a_backup_names_the_file(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.classifier()
    stage.good()
    refuse(monkeypatch, lambda path: path == "images.jsonl")

    result = stage.run()

    assert result.report["error"]["title"] == "The backup cannot be written"
    assert "`images.jsonl` cannot be read or written: Permission denied." in result.log
