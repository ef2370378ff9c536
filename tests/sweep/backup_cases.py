"""The cases of a backup's rules: each raises an AssertionError where something does not hold.

What is removed from its folder, and how its files are called: folder_cases.py.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.archive import layout, pictures
from cvaction.archive.errors import PictureError
from cvaction.archive.store import ProjectStore
from emulator import Behaviour, Fault, NewImage
from emulator.host.beside import Party
from emulator.host.blobs import BLOBS
from tests.files.killing import killed_at
from tests.support import in_process
from tests.support.archives import Sample, back_up, checked, picture
from tests.support.backups import COMPACT, Stage, assert_true, files
from tests.support.trees import tree

if TYPE_CHECKING:
    from collections.abc import Iterator

FOREVER = 10_000
STRANGER = "https://elsewhere.example"


def a_kill_at_every_change_of_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a second backup: what it leaves can be verified, and the next run leaves the same as one that nobody killed."""
    clean = folder / "clean"
    clean.mkdir()
    back_up(clean, small())
    back_up(clean, small(changed=True), formats={"coco": {}})
    wanted = tree(clean)
    for place in _killed(folder, monkeypatch):
        verdict = checked(place)
        assert all("the next one finishes it" in problem for problem in verdict.problems), verdict.problems
        back_up(place, small(changed=True), formats={"coco": {}})
        assert tree(place) == wanted


def a_kill_and_the_image_is_gone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run does not fetch it, and so does not write over what came half."""
    for place in _killed(folder, monkeypatch, before=True):
        back_up(place, small())
        assert not list(place.rglob(f"*{layout.PART}"))


def _killed(folder: Path, monkeypatch: pytest.MonkeyPatch, *, before: bool = False) -> Iterator[Path]:
    """A second backup, killed at each change of a file in turn; `before`: that change is not done."""
    at, dead = 0, True
    while dead:
        at += 1
        place = folder / f"{at}"
        place.mkdir()
        back_up(place, small())
        with killed_at(monkeypatch, at, before=before) as disk:
            back_up(place, small(changed=True), formats={"coco": {}})
        dead = disk.is_dead()
        yield place


def small(*, changed: bool = False) -> Sample:
    sample = Sample()
    tea = sample.tag("Tea")
    for _ in range(2):
        sample.image([tea])
    if changed:
        sample.images[1]["metadata"] = {"a": "b"}
        sample.image([tea])
    return sample


def a_kill_among_the_downloads(folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(folder)
    with stage.clock:
        stage.classifier()
        calm = stage.emulator
        wire = stage.wire({14: "kill-after"})
        assert stage.run(wire, parallel="1").exit_code is None
        came = [entry for entry in calm.log if entry.resource == BLOBS]
        assert len(came) > 3
        calm.log.clear()
        stage.good(parallel="1")
        again = [entry for entry in calm.log if entry.resource == BLOBS]
    assert len(again) <= 12 - len(came) + 1, "what came in before the kill was fetched again"


def every_picture_is_on_the_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it takes its place: a crash of the machine loses no file that a backup vouches for."""
    done: list[tuple[str, str]] = []
    sync, move = os.fsync, os.rename

    def synced(descriptor: int) -> None:
        done.append(("sync", str(Path(f"/proc/self/fd/{descriptor}").readlink())))
        sync(descriptor)

    def moved(source: Any, target: Any, **options: Any) -> None:
        done.append(("move", str(source)))
        move(source, target, **options)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "rename", moved)
    monkeypatch.setattr(os, "replace", moved)
    _good(folder)
    parts = [Path(name).name for what, name in done if what == "move" and name.endswith(layout.PART)]
    pictures_ = [name for name in parts if "any" in name or name.count("-") == 4]
    assert pictures_
    for name in pictures_:
        first = next(what for what, path in done if Path(path).name == name)
        assert first == "sync", f"{name} took its place before it was on the disk"


def _good(folder: Path, **behaviour: Any) -> None:
    stage = Stage(folder, behaviour=Behaviour(**behaviour))
    with stage.clock:
        stage.classifier()
        stage.good()


def addresses_that_are_paths(folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    _good(folder, relative_uris=1.0)


def the_storage_refuses_a_key(folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    _good(folder, relative_uris=0.0)


def files_on_a_strange_host(folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    """Which would serve them."""
    stage = Stage(folder)
    with stage.clock:
        stage.classifier()
        stage.emulator.faults.add(Fault("foreign-host", operation="GetImages", location=STRANGER, times=FOREVER))
        wire = stage.wire()
        wire.resources = {**wire.resources, STRANGER: Party(BLOBS)}
        assert stage.run(wire).status == "failed"


@dataclass(frozen=True)
class Faulty:
    """A backup that meets a fault, and is whole in the end."""

    fault: Fault
    behaviour: tuple[tuple[str, Any], ...] = ()
    images: int = 0  # more than the page has: two of them

    def __call__(self, folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
        stage = Stage(folder, behaviour=Behaviour(**dict(self.behaviour)))
        with stage.clock:
            made = stage.classifier()
            if self.images:
                made = stage.emulator.add_project(stage.resource, "Large", tags={"A": self.images})
            stage.emulator.faults.add(replace(self.fault, path_contains=made.id if self.images else ""))
            stage.good()
            assert_true(stage, made.id)


MODELS = {"models": "onnx", "iterations": "all"}


def a_model_in_trouble(folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an image the next round would ask again; a model has no rounds."""
    _with_a_model(folder, Fault("503", resource="blobs", path_contains="/m-"))


def a_model_that_is_cut(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a connection that ends as if all were well."""
    monkeypatch.setattr(in_process._Body, "read", io.BytesIO.read)
    _with_a_model(folder, Fault("truncated", resource="blobs", path_contains="/m-"))


def _with_a_model(folder: Path, fault: Fault) -> None:
    found = []
    for name, faults in (("calm", ()), ("faulty", (fault,))):
        (folder / name).mkdir()
        stage = Stage(folder / name)
        with stage.clock:
            stage.classifier(domain_id=COMPACT)
            for one in faults:
                stage.emulator.faults.add(one)
            stage.good(**MODELS)
        found.append({path.name: path.read_bytes() for path in stage.folder.glob("*/models/*/*")})
    assert found[0]
    assert found[0] == found[1]


def a_smaller_picture(folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(folder)
    with stage.clock:
        found = stage.emulator.add_project(stage.resource, "Wide", tags={})
        stage.emulator.put_images(stage.resource, found.id, [NewImage(width=700, height=500)])
        stage.emulator.faults.add(Fault("other-picture", resource="blobs", times=FOREVER))
        assert stage.run().status == "failed"


def a_picture_without_its_end(_folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    for form in ("jpg", "png", "gif"):
        with pytest.raises(PictureError):
            pictures.inspect(io.BytesIO(picture(form=form)[:-2]))


def a_disk_that_is_too_small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(folder)
    with stage.clock:
        stage.emulator.add_project(stage.resource, "Large", tags={"A": 300})
        monkeypatch.setattr(ProjectStore, "free", lambda _: 65_000)
        assert stage.run().status == "failed"
        assert len([entry for entry in stage.emulator.log if entry.resource == BLOBS]) <= 256


def a_project_that_never_rests(folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(folder)
    with stage.clock:
        stage.classifier()
        stage.good()
        before = files(stage.folder)
        stage.emulator.faults.add(Fault("then-delete", operation="GetImages", times=FOREVER))
        assert stage.run().status == "failed"
        assert files(stage.folder) == before


def nothing_has_changed(folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(folder)
    with stage.clock:
        stage.classifier()
        stage.good()
        before = files(stage.folder)
        stage.clock.advance(86_400)
        stage.good()
    assert files(stage.folder) == before
