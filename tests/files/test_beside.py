"""A backup is written while another process reads it: the reader finds the old one or the new one, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cvaction.archive import Archive, Verdict, verify
from cvaction.archive.verify import READINGS
from tests.support.archives import FOLDER, ORIGIN, Sample, back_up, checked, classified, folder_of, picture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Meanwhile:
    """Does something at a file that is verified, the first `times` times that it comes there."""

    def __init__(self, at: int, change: Callable[[], Any], times: int = 1) -> None:
        self.at, self.change, self.left = at, change, times

    def __call__(self, verdict: Verdict) -> None:
        if verdict.files == self.at and self.left:
            self.left -= 1
            self.change()


def rewritten(workspace: Path, sample: Sample) -> None:
    """Another state of the project: an image more and one less, whose picture is removed; another tag."""
    sample.tags[0]["description"] = f"{len(sample.images)} {sample.images[0]['id']}"
    sample.images.pop(0)
    sample.image(data=picture(seed=len(sample.pictures) + 500))
    back_up(workspace, sample, formats={"coco": {}})
    with Archive.open(workspace, FOLDER, ORIGIN) as archive, archive.project(sample.id, sample.name) as store:
        store.prune()


@pytest.mark.parametrize("at", [1, 3, 9, 30])
@pytest.mark.parametrize("single", [False, True])
def test_a_commit_while_it_is_verified_is_no_damage(workspace: Path, at: int, *, single: bool) -> None:
    sample = classified()
    back_up(workspace, sample, formats={"coco": {}})
    folder = folder_of(workspace, sample) if single else workspace / FOLDER
    meanwhile = Meanwhile(at, lambda: rewritten(workspace, sample))

    verdict = verify(folder, heard=meanwhile)

    assert not meanwhile.left
    assert verdict.whole, verdict.problems
    assert (verdict.projects, verdict.files) == (1, checked(workspace).files), "nothing is counted twice"


def test_a_project_that_is_pruned_meanwhile_is_no_damage(workspace: Path) -> None:
    one, other = classified(), classified(seed=2, name="Other")
    back_up(workspace, one)
    back_up(workspace, other)

    def prune() -> None:
        with Archive.open(workspace, FOLDER, ORIGIN) as archive:
            archive.remove(one.id)
            archive.remove(other.id)

    verdict = verify(workspace / FOLDER, heard=Meanwhile(10, prune))

    assert verdict.whole, verdict.problems


def test_a_real_damage_is_told_in_spite_of_a_commit(workspace: Path) -> None:
    sample = classified()
    back_up(workspace, sample)
    stored = next((folder_of(workspace, sample) / "images").rglob(f"{sample.images[5]['id']}.*"))
    stored.write_bytes(stored.read_bytes()[::-1])

    verdict = verify(workspace / FOLDER, heard=Meanwhile(3, lambda: rewritten(workspace, sample)))

    assert [problem.partition(" ")[2] for problem in verdict.problems] == ["has been changed: it has another sha256"]


def test_it_ends_where_it_is_written_again_and_again(workspace: Path) -> None:
    sample = classified()
    back_up(workspace, sample)
    meanwhile = Meanwhile(3, lambda: rewritten(workspace, sample), times=99)

    verdict = verify(workspace / FOLDER, heard=meanwhile)

    assert not verdict.whole
    assert meanwhile.left == 99 - READINGS
