from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from emulator import Emulator, Fault, Faults, NewImage, Request, Resource
from emulator.state.codec import decode, encode
from emulator.state.pictures import draw
from tests.emulator.driver import FakeClock

if TYPE_CHECKING:
    from pathlib import Path


def _handle(emulator: Emulator, resource: Resource, method: str, path: str, **query: str) -> int:
    headers = {"Training-Key": resource.training_key, "Content-Length": "0"}
    request = Request(method, f"/customvision/v3.3/training/{path}", query, headers)
    return emulator.handle(resource, request).status


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite"


def _everything(emulator: Emulator) -> object:
    return [
        (resource.name, resource.tier, resource.training_key, encode(list(resource.projects.values())))
        for resource in emulator.resources.values()
    ]


def _filled(file: Path, clock: FakeClock) -> Emulator:
    emulator = Emulator(now=clock, state=file)
    source = emulator.add_resource("source")
    emulator.add_resource("another", tier="F0")
    project = emulator.add_project(source, "A", description="ä", untagged=3, negative="none")
    emulator.train(source, project.id, metrics={"precision": 0.5, "averagePrecision": None, "tags": {"Tag1": {}}})
    emulator.publish(source, project.id, "live")
    emulator.add_project(source, "D", kind="detection", iterations=())
    return emulator


def test_all_of_it_survives_a_restart(file: Path) -> None:
    clock = FakeClock()
    before = _filled(file, clock)
    after = Emulator(now=clock, state=file)
    assert list(after.resources) == ["source", "another"]
    assert _everything(after) == _everything(before)
    assert after.add_resource("source").training_key == before.resources["source"].training_key


def test_an_import_goes_on_after_a_restart(file: Path) -> None:
    clock = FakeClock()
    before = _filled(file, clock)
    source = before.resources["source"]
    (project, _) = source.projects
    assert _handle(before, source, "GET", f"projects/{project}/export") == 200
    (token,) = before.exports
    assert _handle(before, source, "POST", "projects/import", token=token, name="B") == 200
    clock.sleep(1)
    after = Emulator(now=clock, state=file)
    assert [one.status for one in after.resources["source"].projects.values()][-1] == "Importing"
    clock.sleep(1)
    copy = list(after.resources["source"].projects.values())[-1]
    assert (copy.name, copy.status, copy.content.tagged) == ("B", "Succeeded", 13)


def test_a_token_outlives_a_restart(file: Path) -> None:
    clock = FakeClock()
    before = _filled(file, clock)
    source = before.resources["source"]
    (project, _) = source.projects
    _handle(before, source, "GET", f"projects/{project}/export")
    after = Emulator(now=clock, state=file)
    (token,) = after.exports
    assert _handle(after, after.resources["source"], "POST", "projects/import", token=token) == 200


@pytest.mark.parametrize("seed", [0, 99])
def test_no_id_is_given_twice(file: Path, seed: int) -> None:
    clock = FakeClock()
    before = _filled(file, clock)
    after = Emulator(now=clock, state=file, seed=seed)
    new = after.add_project(after.resources["source"], "new")
    assert new.id not in before.resources["source"].projects
    assert after.add_resource("third").training_key not in {one.training_key for one in before.resources.values()}


def test_changes_over_the_api_and_by_faults_are_kept(file: Path) -> None:
    clock = FakeClock()
    before = _filled(file, clock)
    source = before.resources["source"]
    (_, second) = source.projects
    assert _handle(before, source, "DELETE", f"projects/{second}") == 204
    headers = {"Training-Key": source.training_key, "Content-Length": "0"}
    request = Request("POST", "/customvision/v3.3/training/projects", {"name": "made"}, headers)
    answer = Faults.answer(Fault("503-after"), before, source, request)
    assert answer is not None
    after = Emulator(now=clock, state=file)
    assert [one.name for one in after.resources["source"].projects.values()] == ["A", "made"]


def test_without_a_file_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    emulator = Emulator()
    emulator.add_project(emulator.add_resource("source"), "A")
    assert list(tmp_path.iterdir()) == []


def test_the_codec_knows_mixed_tuples_and_unions() -> None:
    value = decode(tuple[tuple[str, bool], ...] | None, [["a", True]])
    assert value == (("a", True),)
    assert decode(int | None, None) is None


def _images(emulator: Emulator) -> object:
    resource = emulator.resources["source"]
    return [
        [(image, emulator.image_bytes(image)) for image in emulator.images(resource, project_id)]
        for project_id in resource.projects
    ]


class TestImages:
    def test_all_of_them_survive_a_restart(self, file: Path) -> None:
        clock = FakeClock()
        before = _filled(file, clock)
        source = before.resources["source"]
        first, second = source.projects
        uploaded = draw("png", 9, 7, "uploaded")
        new = [NewImage(tags=(str(number), "Tag1"), data=uploaded, metadata={"a": "ä"}) for number in range(3)]
        before.put_images(source, first, [*new, NewImage(boxes=(("Tag1", 0.1, 0.2, 0.3, 0.4),))])
        before.delete_images(source, first, before.images(source, first)[2].id)
        image = before.images(source, first)[5]
        before.set_metadata(source, first, image.id, {"changed": "yes"})
        after = Emulator(now=clock, state=file)
        assert _images(after) == _images(before)
        assert _everything(after) == _everything(before)
        assert source.stored_projects[second].album is not None  # only counted, and looked at just now
        assert len(after.images(after.resources["source"], first)) == 19

    def test_only_what_changed_is_written(self, file: Path) -> None:
        emulator = _filled(file, FakeClock())
        source = emulator.resources["source"]
        first, _ = source.projects
        emulator.put_images(source, first, [NewImage()] * 50)
        with closing(sqlite3.connect(file)) as database:
            database.execute("UPDATE image SET record = record || ' '")
            database.commit()
            emulator.put_images(source, first, [NewImage()])
            marked = database.execute("SELECT count(*) FROM image WHERE record LIKE '% '").fetchone()
            every = database.execute("SELECT count(*) FROM image").fetchone()
        assert (every[0] - marked[0], every[0]) == (1, 67)

    def test_a_copy_under_way_and_a_token_bring_theirs(self, file: Path) -> None:
        clock = FakeClock()
        before = _filled(file, clock)
        source = before.resources["source"]
        first, _ = source.projects
        before.put_images(source, first, [NewImage(text="mine")])
        assert _handle(before, source, "GET", f"projects/{first}/export") == 200
        (token,) = before.exports
        assert _handle(before, source, "POST", "projects/import", token=token, name="B") == 200
        after = Emulator(now=clock, state=file)
        there = after.resources["source"]
        assert _handle(after, there, "POST", "projects/import", token=token, name="C") == 200
        clock.sleep(2)
        for copy in list(there.projects)[-2:]:
            assert any(image.picture.endswith(":mine") for image in after.images(there, copy))

    def test_those_of_a_deleted_project_go(self, file: Path) -> None:
        emulator = _filled(file, FakeClock())
        source = emulator.resources["source"]
        first, _ = source.projects
        emulator.put_images(source, first, [NewImage()])
        emulator.delete(source, first)
        with closing(sqlite3.connect(file)) as database:
            assert database.execute("SELECT count(*) FROM image").fetchone() == (0,)
            assert database.execute("SELECT count(*) FROM album").fetchone() == (0,)
