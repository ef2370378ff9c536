"""Recorded traffic of the real service, replayed: the emulator's answers have the same status, keys and types.

The recordings are no part of this repository; they are looked for beside it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest

from emulator import Request, Response
from tests.emulator.driver import World

RECORDINGS = Path(__file__).parents[3] / "shared" / "api" / "recordings"

pytestmark = pytest.mark.skipif(
    not RECORDINGS.is_dir(), reason="the folder shared/api/recordings is not beside the repository"
)


class Replay:
    """A recorded conversation; the recording's ids become the emulator's own."""

    def __init__(self, file: str) -> None:
        self.entries: list[dict[str, Any]] = json.loads((RECORDINGS / file).read_text("utf-8"))["entries"]
        self.world = World()
        self.project = self.world.emulator.add_project(
            self.world.source, "SDK UT", classification_type="Multilabel", tags={"Tag1": 5, "Tag2": 5}
        )

    def send(self, entry: dict[str, Any], replaced: dict[str, str]) -> Response:
        """Send an entry's request as recorded, but for what is replaced."""
        uri = entry["uri"]
        for old, new in replaced.items():
            uri = uri.replace(old, new)
        path, _, query = uri.partition("?")
        headers = {"Training-Key": self.world.source.training_key, "Content-Length": "0"}
        request = Request(entry["method"], path, dict(parse_qsl(query)), headers)
        return self.world.emulator.handle(self.world.source, request)


def agree(entry: dict[str, Any], response: Response) -> Any:
    """Compare an answer with the recorded one; its body."""
    assert response.status == entry["status"]
    body = json.loads(response.body) if response.body else ""
    assert shape(body) == shape(entry["body"])
    return body


def shape(value: object) -> object:
    """What a value looks like: keys in their order, types, and the formats of strings."""
    if isinstance(value, dict):
        return [(key, shape(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [shape(item) for item in value]
    if isinstance(value, str):
        return next((name for name, pattern in FORMATS.items() if pattern.fullmatch(value)), "text")
    return type(value).__name__


FORMATS = {
    "uuid": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    # The transcription dropped trailing zeros; the recorded Content-Length shows that the wire had three digits.
    "time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z"),
    "token": re.compile(
        r"https://[a-z0-9]+\.blob\.core\.windows\.net/prjexp-[0-9a-f]{32}/project-export-info"
        r"\?sv=2017-04-17&sr=b&sig=[A-Za-z0-9%]{40,}&se=[0-9T%AZ-]+&sp=r"
    ),
    "thumbnail": re.compile(
        r"https://[a-z0-9]+\.blob\.core\.windows\.net/i-[0-9a-f]{32}/t-[0-9a-f]{32}"
        r"\?sv=2017-04-17&sr=b&sig=[A-Za-z0-9%]{40,}&se=[0-9T%AZ-]+&sp=r"
    ),
    "arm id": re.compile(
        r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.CognitiveServices/accounts/.+"
    ),
}


def test_import_export_project() -> None:
    replay = Replay("ImportExportProject.json")
    export, import_, *rest = replay.entries
    replay.world.emulator.publish(replay.world.source, replay.project.id, "Training UnitTest Iteration")
    ids = {_ids(export["uri"])[0]: replay.project.id}
    exported = agree(export, replay.send(export, ids))
    counts = [name for name in exported if name != "token"]
    assert [exported[name] for name in counts] == [export["body"][name] for name in counts]

    token = {quote(export["body"]["token"], safe=""): quote(exported["token"], safe="")}
    imported = agree(import_, replay.send(import_, token))
    assert imported["name"] == "SDK UT (1)"
    assert imported["settings"] == import_["body"]["settings"]
    ids[import_["body"]["id"]] = imported["id"]
    replay.world.clock.sleep(20)
    assert len(rest) == 7
    for entry in rest:
        body = agree(entry, replay.send(entry, ids))
        if entry["uri"].endswith("/count"):
            assert body == entry["body"]
        if entry["uri"].endswith("/tags"):
            assert [(tag["name"], tag["imageCount"]) for tag in body] == [
                (tag["name"], tag["imageCount"]) for tag in entry["body"]
            ]


def test_train_and_publish_project() -> None:
    replay = Replay("TrainAndPublishProject.json")
    world = replay.world
    unpublish, delete, train, still_training, trained = replay.entries
    world.emulator.train(world.source, replay.project.id)
    world.emulator.publish(world.source, replay.project.id, "live")
    project, iteration = _ids(unpublish["uri"])
    ids = {project: replay.project.id, iteration: replay.project.iterations[-1].id}
    world.emulator.add_images(world.source, replay.project.id, tag="Tag1")
    agree(unpublish, replay.send(unpublish, ids))
    agree(delete, replay.send(delete, ids))
    started = agree(train, replay.send(train, ids))
    assert (started["name"], started["status"]) == ("Iteration 2", "Training")
    ids[train["body"]["id"]] = started["id"]
    world.clock.sleep(3)
    assert agree(still_training, replay.send(still_training, ids))["status"] == "Training"
    world.clock.sleep(3)
    assert agree(trained, replay.send(trained, ids))["status"] == "Completed"


def test_get_iteration_performance() -> None:
    replay = Replay("GetIterationPerformance.json")
    (entry,) = replay.entries
    project, iteration = _ids(entry["uri"])
    ids = {project: replay.project.id, iteration: replay.project.iterations[0].id}
    body = agree(entry, replay.send(entry, ids))
    assert [tag["name"] for tag in body["perTagPerformance"]] == ["Tag1", "Tag2"]


def test_headers() -> None:
    recording = json.loads((RECORDINGS / "ImportExportProject.json").read_text("utf-8"))
    replay = Replay("ImportExportProject.json")
    entry = replay.entries[0]
    response = replay.send(entry, {_ids(entry["uri"])[0]: replay.project.id})
    for name, value in recording["commonResponseHeaders"].items():
        if not value.startswith("<"):
            assert response.headers[name] == value
        else:
            assert shape(response.headers[name]) == "uuid"


def test_no_recording_is_left_out() -> None:
    assert sorted(path.name for path in RECORDINGS.glob("*.json")) == [
        "GetIterationPerformance.json",
        "ImportExportProject.json",
        "TrainAndPublishProject.json",
    ]


def _ids(uri: str) -> list[str]:
    found = re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", uri.partition("?")[0])
    return list(map(str, found))
