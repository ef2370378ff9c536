"""The backup action with its threads in any order, cancelled at any moment, with tokens in place of a key."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.archive import ImageRow
from cvaction.commands.backup import COMMAND
from cvaction.commands.backup.downloads import Downloads
from cvaction.commands.backup.listing import SMALL
from cvaction.commands.backup.thread_jobs import Job, Share
from cvaction.customvision.download_models import LaterError
from cvaction.secret import Secret
from emulator import Behaviour, Fault
from emulator.host.beside import Party
from emulator.host.identity_service import ASSERTION_PATH, ASSERTION_QUERY, ENTRA, GITHUB, IdentityService
from emulator.state.identity import open_directory
from tests.support import in_process
from tests.support.backups import Stage, assert_true, assert_whole, index
from tests.support.fake_clock import FakeClock
from tests.support.in_process import Wire, attempt, environment
from tests.support.keyless import ENTRA_ORIGIN, GITHUB_ORIGIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from cvaction.customvision.image_models import Image
    from emulator import Response

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


class _Counting(Wire):
    """Counts the requests to the storage that are under way: all that were sent, and whose answers were not read."""

    most = 0

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        answer = super().exchange(method, url, headers, body)
        self.most = max(self.most, len(self.ahead))
        return answer


def _counted(stage: Stage, size: int, parallel: int) -> int:
    """How many images were asked for ahead at a time, of a project of two pages whose pictures have a size."""
    stage.emulator.pictures.least = size
    with stage.clock:
        found = stage.emulator.add_project(stage.resource, "Large", tags={"A": 310})
        wire = _Counting(stage.emulator, stage.clock, {stage.origin: stage.resource})
        assert stage.run(wire, parallel=str(parallel)).status == "backed-up"
        assert_true(stage, found.id)
    assert not wire.ahead
    return wire.most


@pytest.mark.parametrize("parallel", [1, 2, 3, 4, 5, 6, 7, 8, 13, 32])
def test_small_images_are_asked_ahead_within_parallel(tmp_path: Path, parallel: int) -> None:
    most = _counted(Stage(tmp_path, seed=parallel, behaviour=Behaviour(relative_uris=0.0)), 1000, parallel)

    assert parallel == 1 or most > 1
    assert most <= parallel


def test_large_images_are_not_asked_ahead(tmp_path: Path) -> None:
    """Nobody would read their bytes while those before them are read."""
    assert _counted(Stage(tmp_path, behaviour=Behaviour(relative_uris=0.0)), SMALL + 1, 8) == 0


def test_what_was_asked_ahead_is_given_up_after_an_error(tmp_path: Path) -> None:
    stage = Stage(tmp_path, behaviour=Behaviour(relative_uris=0.0))
    with stage.clock:
        stage.emulator.add_project(stage.resource, "Large", tags={"A": 310})
        stage.emulator.faults.add(Fault("redirect", resource="blobs", skip=280, location="https://elsewhere.example"))
        wire = stage.wire()

        assert stage.run(wire).status == "failed"

    assert not wire.ahead


class _Busy:
    """A storage that asks for a pause."""

    def __init__(self) -> None:
        self.begun = 0

    def begin(self, _address: Secret) -> None:
        self.begun += 1

    def fetch(self, *_: object) -> bool:
        raise LaterError


def _of(fetcher: _Busy) -> tuple[Downloads, Job]:
    nothing = Any
    downloads = Downloads("p", nothing, nothing, nothing, nothing, clock=FakeClock(), parallel=8)  # type: ignore[arg-type]
    downloads._fetcher = fetcher  # type: ignore[assignment]
    return downloads, Job(ImageRow("1", "", 0, 0), Secret("https://x/1"))


def test_an_image_that_waits_for_a_pause_is_under_way() -> None:
    """A listing that has it twice must not begin it in another thread."""
    downloads, job = _of(_Busy())
    assert downloads._begin("1")

    assert not downloads._fetch(job)

    assert not downloads._begin("1")


def test_after_an_error_nothing_is_asked_ahead() -> None:
    busy = _Busy()
    downloads, job = _of(busy)
    downloads._begun(job)
    downloads._error = OSError()
    downloads._begun(job)

    assert busy.begun == 1


def test_a_wrong_picture_that_was_asked_ahead_is_asked_again(tmp_path: Path) -> None:
    stage = Stage(tmp_path, behaviour=Behaviour(relative_uris=0.0))
    with stage.clock:
        found = stage.emulator.add_project(stage.resource, "Large", tags={"A": 310})
        stage.emulator.faults.add(Fault("other-picture", resource="blobs", skip=280))

        stage.good()

        assert_true(stage, found.id)
    assert sum(entry.resource == "blobs" for entry in stage.emulator.log) == 311


@pytest.mark.parametrize("reason", ["a proxy", "relative addresses", "small images"])
def test_all_threads_download_where_none_can_ask_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    shares: list[Share] = []
    take = Downloads.take

    def noted(downloads: Downloads, images: Iterable[Image], share: Share = Share()) -> None:  # noqa: B008 - a constant
        shares.append(share)
        take(downloads, images, share)

    monkeypatch.setattr(Downloads, "take", noted)
    if reason == "a proxy":
        monkeypatch.setattr(in_process.Session, "asks", lambda *_: False)
    stage = Stage(tmp_path, behaviour=Behaviour(relative_uris=float(reason == "relative addresses")))
    with stage.clock:
        stage.emulator.add_project(stage.resource, "Large", tags={"A": 300})

        stage.good()

    assert len(shares) > 1
    assert {share.ahead for share in shares} == ({1, 4} if reason == "small images" else {1})


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


@pytest.mark.parametrize("moment", [0.0, 0.05, 0.3, 0.45, 0.61, 0.75, 0.9, 1.0])
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
