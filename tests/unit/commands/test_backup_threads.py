"""The backup action with its threads in any order, cancelled at any moment, with tokens in place of a key."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from cvaction.commands.backup import COMMAND
from emulator import Behaviour, Fault
from emulator.host.beside import Party
from emulator.host.identity_service import ASSERTION_PATH, ASSERTION_QUERY, ENTRA, GITHUB, IdentityService
from emulator.state.identity import open_directory
from tests.support.backups import Stage, assert_true, assert_whole, index
from tests.support.in_process import Wire, attempt, environment
from tests.support.keyless import ENTRA_ORIGIN, GITHUB_ORIGIN

if TYPE_CHECKING:
    from pathlib import Path

READER_ROLE = "Cognitive Services Custom Vision Reader"


@pytest.fixture(autouse=True)
def _no_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_the_threads_does_not_matter(tmp_path: Path, seed: int) -> None:
    stage = Stage(tmp_path, seed=seed)
    with stage.clock:
        found = stage.emulator.add_project(stage.resource, "Large", tags={"A": 280}, untagged=20)
        for kind in ("truncated", "500", "expired-sas", "reset-after", "429"):
            stage.emulator.faults.add(Fault(kind, resource="blobs", skip=3 * seed, times=2))
        stage.emulator.faults.add(Fault("then-delete", operation="GetImages", skip=seed % 3))

        stage.good(parallel="5")

        assert_true(stage, found.id)


def test_pages_are_listed_twice_and_images_come_once(tmp_path: Path) -> None:
    """A page that got lost on its way to the downloads would be made good by one more listing, and nobody would notice."""
    stage = Stage(tmp_path, behaviour=Behaviour(relative_uris=0.0))
    with stage.clock:
        stage.emulator.add_project(stage.resource, "Large", tags={"A": 600})

        stage.good()

    asked = [entry for entry in stage.emulator.log if entry.operation in {"GetImages", "GetImagesByIds"}]
    assert sorted(entry.query.get("skip", "") for entry in asked) == ["0", "0", "256", "256", "512", "512"]
    assert len({entry.path for entry in stage.emulator.log if entry.resource == "blobs"}) == 600
    assert sum(entry.resource == "blobs" for entry in stage.emulator.log) == 600


def test_the_same_project_gives_the_same_bytes(tmp_path: Path) -> None:
    def written(number: int) -> dict[str, bytes]:
        (tmp_path / str(number)).mkdir()
        stage = Stage(tmp_path / str(number), seed=number)
        with stage.clock:
            stage.classifier(iterations=("one", "two"))
            stage.detector()
            stage.clock.advance(1000)
            stage.good(formats="coco,yolo,folders", iterations="all", parallel=str(number + 1))
        # `when` is the moment of the run, which depends on how long it took.
        return {
            str(path.relative_to(stage.folder)): path.read_bytes()
            for path in stage.folder.rglob("*")
            if path.is_file() and path.name not in {"manifest.json", "index.json"}
        }

    assert written(0) == written(1) == written(2)


@pytest.mark.parametrize("moment", [0.0, 0.05, 0.3, 0.45, 0.61, 0.75, 0.9, 1.0, 1.1])
def test_a_cancel_at_any_moment_leaves_the_last_backup(tmp_path: Path, moment: float) -> None:
    stage = Stage(tmp_path)
    with stage.clock:
        found = stage.classifier()
        stage.good()
        stage.emulator.add_images(stage.resource, found.id, 30)
        stage.clock.cancel_at = stage.clock.now() + moment

        result = stage.run()

        assert (result.status, result.exit_code) == ("cancelled", 143), result.log
        assert "The backup was cancelled" in result.log
        assert result.report["error"]["title"] == "The backup was cancelled"
        assert_whole(stage.folder)
        assert set(index(stage.folder)) == {found.id}
        stage.good()


def test_tokens_serve_in_place_of_the_key_and_never_go_to_the_storage(tmp_path: Path) -> None:
    stage = Stage(tmp_path, behaviour=Behaviour(relative_uris=0.3))
    with stage.clock:
        stage.classifier()
        open_directory(stage.emulator)
        directory = stage.emulator.directory
        assert directory
        client = next(iter(directory.tenants[0].clients.values()))
        client.roles[0] = (stage.resource.name, READER_ROLE, None)
        parties = {ENTRA_ORIGIN: Party(ENTRA), GITHUB_ORIGIN: Party(GITHUB)}
        wire = Wire(
            stage.emulator,
            stage.clock,
            {stage.origin: stage.resource, **parties},
            identity=IdentityService(stage.emulator),
        )
        variables = {
            **environment(
                {
                    "endpoint": stage.origin,
                    "client-id": client.id,
                    "tenant-id": directory.tenants[0].id,
                    "trusted-endpoints": f"{stage.origin}\nauthority={ENTRA_ORIGIN}",
                }
            ),
            "GITHUB_WORKSPACE": str(stage.workspace),
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{GITHUB_ORIGIN}{ASSERTION_PATH}?{ASSERTION_QUERY}",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": directory.workflow.request_token,
        }

        result = attempt(wire, variables, COMMAND)

        # The emulator's storage refuses whoever sends it a bearer.
        assert result.status == "backed-up", result.log
        assert_whole(stage.folder)
        assert result.outputs["downloaded"] == "12"
