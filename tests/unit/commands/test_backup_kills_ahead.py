"""As test_backup_kills.py, for images that are asked for ahead: small ones, after the first page."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.archive import place as place_module
from cvaction.commands.backup import listing
from cvaction.customvision import image_reader
from emulator import Behaviour
from tests.support import in_process
from tests.support.backups import Stage, assert_whole, index
from tests.unit.commands.test_backup_kills import STEP, Mortal

if TYPE_CHECKING:
    from pathlib import Path

PAGE = 4  # images in one answer, in place of 256


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that are asked for ahead."""
    found: list[str] = []
    ask = in_process.Session.ask

    def noted(session: Any, method: str, url: str, *rest: Any) -> Any:
        found.append(url)
        return ask(session, method, url, *rest)

    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(in_process.Session, "ask", noted)
    for module in (listing, image_reader):
        monkeypatch.setattr(module, "PAGE", PAGE)
    return found


def prepared(folder: Path, seed: int) -> Stage:
    folder.mkdir()
    stage = Stage(folder, seed=seed, behaviour=Behaviour(relative_uris=0.0))
    stage.emulator.add_project(stage.resource, "Small", tags={"A": 3 * PAGE + 1})
    return stage


def run_again(stage: Stage) -> None:
    assert_whole(stage.folder)
    assert index(stage.folder) == {} or stage.run().status == "unchanged"
    stage.clock.advance(60)
    stage.good()
    assert len(list(stage.folder.iterdir())) == 1 + len(index(stage.folder))


@pytest.mark.parametrize("kind", ["kill-before", "kill-after"])
def test_a_kill_at_any_request(tmp_path: Path, kind: str, asked: list[str]) -> None:
    stage = prepared(tmp_path / "count", 0)
    with stage.clock:
        wire = stage.wire()
        assert stage.run(wire).exit_code == 0
    assert len(asked) == 2 * PAGE + 1

    for number in range(0, wire.count, STEP):
        stage = prepared(tmp_path / str(number), number)
        with stage.clock:
            assert stage.run(stage.wire({number: kind})).exit_code is None
            run_again(stage)


def test_a_kill_at_any_change_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage, mortal = prepared(tmp_path / "count", 0), Mortal(10**9)
    with stage.clock, monkeypatch.context() as patch:
        patch.setattr(place_module, "os", mortal)
        assert stage.run().exit_code == 0
    assert mortal.count > 6 * PAGE

    for number in range(0, mortal.count, STEP):
        stage = prepared(tmp_path / str(number), number)
        with stage.clock:
            with monkeypatch.context() as patch:
                patch.setattr(place_module, "os", Mortal(number))
                assert stage.run().exit_code is None
            run_again(stage)
