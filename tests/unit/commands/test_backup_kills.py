"""A kill at every request and at every change of a file, then a re-run: never a backup that says it is whole and is not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.archive import place as place_module
from emulator import NewImage
from tests.support.backups import Stage, assert_whole, index
from tests.support.in_process import Killed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emulator import Project
    from tests.support.in_process import Wire

INPUTS = {"formats": "coco,folders,yolo", "iterations": "all", "models": "onnx", "prune": "true"}
COMPACT = "a27d5ca5-bb19-49d8-a70a-fec086c47f5b"
# Every moment takes minutes: `WHOLE_SWEEP=1` tries them all, else a share of them that reaches every kind.
STEP = 1 if os.environ.get("WHOLE_SWEEP") else 4
CHANGES = frozenset({"open", "replace", "unlink", "link", "mkdir", "chown", "fchown"})


class Mortal:
    """`os` for the archive's one module that touches files: dies before its n-th change, and does nothing after it."""

    def __init__(self, after: int) -> None:
        self.left = after
        self.count = 0

    def __getattr__(self, name: str) -> Any:
        there = getattr(os, name)
        if name not in CHANGES:
            return there

        def guarded(*args: Any, **options: Any) -> Any:
            if name == "open" and not args[1] & (os.O_CREAT | os.O_APPEND):
                return there(*args, **options)
            self.count += 1
            if self.count > self.left:
                raise Killed
            return there(*args, **options)

        return guarded


def small(stage: Stage) -> Project:
    """A project with boxes, and one without any change beside it."""
    found = stage.emulator.add_project(
        stage.resource, "Small", kind="detection", tags={"Car": 2}, untagged=1, domain_id=COMPACT
    )
    stage.emulator.add_project(stage.resource, "Other", tags={"A": 1}, iterations=())
    return found


def edited(stage: Stage, project: Project) -> None:
    """An image more, one less, a label moved, a model more."""
    images = stage.emulator.images(stage.resource, project.id)
    stage.emulator.move_box(stage.resource, project.id, images[0].id)
    stage.emulator.delete_images(stage.resource, project.id, images[-1].id)
    stage.emulator.put_images(stage.resource, project.id, [NewImage(("Bus",), metadata={"a": "b"})])
    stage.emulator.train(stage.resource, project.id)


def prepared(tmp_path: Path, *, earlier: bool) -> Stage:
    stage = Stage(tmp_path)
    project = small(stage)
    if earlier:
        stage.good(**INPUTS)
        edited(stage, project)
    return stage


def counted(tmp_path: Path, *, earlier: bool, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """The requests and the changes of files of a whole run."""
    mortal = Mortal(10**9)
    (tmp_path / "count").mkdir()
    stage = prepared(tmp_path / "count", earlier=earlier)
    with stage.clock:
        wire = stage.wire()
        with monkeypatch.context() as patch:
            patch.setattr(place_module, "os", mortal)
            assert stage.run(wire, **INPUTS).exit_code == 0
    return wire.count, mortal.count


def killed_and_run_again(stage: Stage, kill: Callable[[Wire], None]) -> None:
    earlier = index(stage.folder)
    wire = stage.wire()
    kill(wire)
    assert_whole(stage.folder)
    assert set(earlier) <= set(index(stage.folder))
    stage.clock.advance(60)
    stage.good(**INPUTS)
    assert len(list(stage.folder.iterdir())) == 1 + len(index(stage.folder))


@pytest.fixture(autouse=True)
def _no_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.mark.slow
@pytest.mark.parametrize("earlier", [False, True])
@pytest.mark.parametrize("kind", ["kill-before", "kill-after"])
def test_a_kill_at_any_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, *, earlier: bool) -> None:
    count, _ = counted(tmp_path, earlier=earlier, monkeypatch=monkeypatch)
    assert count > 30

    for number in range(0, count, STEP):
        (tmp_path / str(number)).mkdir()
        stage = prepared(tmp_path / str(number), earlier=earlier)

        def kill(wire: Wire, stage: Stage = stage, number: int = number) -> None:
            wire.plan[number] = kind
            assert stage.run(wire, **INPUTS).exit_code is None

        with stage.clock:
            killed_and_run_again(stage, kill)


@pytest.mark.slow
@pytest.mark.parametrize("earlier", [False, True])
def test_a_kill_at_any_change_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, earlier: bool) -> None:
    _, count = counted(tmp_path, earlier=earlier, monkeypatch=monkeypatch)
    assert count > 40

    for number in range(0, count, STEP):
        (tmp_path / str(number)).mkdir()
        stage = prepared(tmp_path / str(number), earlier=earlier)

        def kill(wire: Wire, stage: Stage = stage, number: int = number) -> None:
            with monkeypatch.context() as patch:
                patch.setattr(place_module, "os", Mortal(number))
                assert stage.run(wire, **INPUTS).exit_code is None

        with stage.clock:
            killed_and_run_again(stage, kill)
