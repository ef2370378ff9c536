"""Images listed, counted, downloaded, deleted, and their metadata."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from emulator import NewImage, Project, Request, Response
from emulator.host.beside import Party
from emulator.host.blobs import BLOBS, BlobHost
from emulator.state.formats import measure
from emulator.state.images import float32, tick_stamp, ticks
from tests.emulator.driver import START

if TYPE_CHECKING:
    from tests.emulator.driver import World


@pytest.fixture
def project(world: World) -> Project:
    return world.emulator.add_project(
        world.source, "A", kind="detection", tags={"Cat": 40, "Dog": 30}, untagged=20, negative="none"
    )


def images(world: World, project: Project, path: str = "images", **query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = world.get(world.source, f"projects/{project.id}/{path}", **query)
    return rows


def blob(world: World, address: str, headers: dict[str, str] | None = None, method: str = "GET") -> Response:
    """Ask the blob host for an address as it stands in a listing."""
    found = re.fullmatch(r"https://[a-z]+\.blob\.core\.windows\.net(/[^?]*)\??(.*)", address)
    assert found
    query = dict(pair.split("=") for pair in found[2].split("&") if pair)
    decoded = {name: value.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=") for name, value in query.items()}
    decoded = {name: value.replace("%3A", ":") for name, value in decoded.items()}
    return BlobHost(world.emulator).handle(Party(BLOBS), Request(method, found[1], decoded, headers or {}))


def test_an_image_looks_as_recorded(world: World, project: Project) -> None:
    world.behaviour.relative_uris = 0
    image = images(world, project, orderBy="Oldest", take="1")[0]
    assert list(image) == [
        "id",
        "created",
        "width",
        "height",
        "resizedImageUri",
        "thumbnailUri",
        "originalImageUri",
        "tags",
        "regions",
    ]
    assert list(image["tags"][0]) == ["tagId", "tagName", "created"]
    assert list(image["regions"][0]) == [
        "regionId",
        "tagName",
        "created",
        "tagId",
        "left",
        "top",
        "width",
        "height",
    ]
    assert image["created"] == "2026-03-01T12:00:00.123456"
    name = f"i-{project.id.replace('-', '')}/i-{image['id'].replace('-', '')}"
    pattern = (
        r"https://emulatorwesteuropetraining\.blob\.core\.windows\.net/{}\?sv=2017-04-17&sr=b&sig=[\w%]+&se={}&sp=r"
    )
    assert re.fullmatch(pattern.format(name, "2026-03-02T12%3A00%3A00Z"), image["originalImageUri"])
    assert image["resizedImageUri"] == image["originalImageUri"]
    assert name.replace("/i-", "/t-") in image["thumbnailUri"]


def test_what_there_is_none_of_is_left_out(world: World, project: Project) -> None:
    untagged = images(world, project, "images/untagged")
    assert len(untagged) == 20
    assert not any({"tags", "regions", "metadata"} & image.keys() for image in untagged)
    flat = world.emulator.add_project(world.source, "flat")
    assert not any("regions" in image for image in images(world, flat))


def test_times_have_up_to_seven_digits_and_no_zone() -> None:
    assert tick_stamp(ticks(START)) == "2026-03-01T12:00:00.123456"
    assert tick_stamp(ticks(START) + 1) == "2026-03-01T12:00:00.1234561"
    assert tick_stamp(ticks(START.replace(microsecond=0))) == "2026-03-01T12:00:00"


@pytest.mark.parametrize("value", [0.4007353, 0.184264734, 0.0339379422, 0.625817, 0.1, 1.0, 0.0, 0.3125])
def test_numbers_are_single_and_written_as_recorded(value: float) -> None:
    assert float32(value) == value


def test_pages_come_newest_first_unless_asked(world: World, project: Project) -> None:
    assert len(images(world, project)) == 50
    oldest = images(world, project, orderBy="Oldest", take="256")
    assert images(world, project, take="256") == oldest[::-1]
    assert images(world, project, orderBy="Oldest", take="7", skip="5") == oldest[5:12]
    assert images(world, project, skip="200") == []
    moments = [image["created"] for image in oldest]
    assert moments == sorted(moments, key=lambda text: text.ljust(27, "0"))
    assert len(set(moments)) < len(moments)  # recorded: two of a batch may be equally old


def test_the_same_images_each_time(world: World, project: Project) -> None:
    first = images(world, project, take="256")
    assert images(world, project, take="256") == first
    assert len({image["id"] for image in first}) == 93


def test_lists_by_status_and_tag(world: World, project: Project) -> None:
    cat, dog = (tag.id for tag in project.tags[:2])
    assert len(images(world, project, "images/tagged", take="256")) == 73
    assert len(images(world, project, taggingStatus="Untagged", take="256")) == 20
    assert len(images(world, project, taggingStatus="All", take="256")) == 93
    assert len(images(world, project, tagIds=f"{cat},{dog}", take="256")) == 70
    path = f"projects/{project.id}/images"
    assert world.get(world.source, f"{path}/count", tagIds=dog) == 30
    assert world.get(world.source, f"{path}/tagged/count", tagIds=cat) == 40


@pytest.mark.parametrize(
    "query", [{"take": "257"}, {"take": "-1"}, {"skip": "x"}, {"orderBy": "Best"}, {"taggingStatus": "Half"}]
)
def test_queries_that_are_refused(world: World, project: Project, query: dict[str, str]) -> None:
    answer = world.call(world.source, "GET", f"projects/{project.id}/images", query)
    assert (answer.status, answer.json["code"]) == (400, "BadRequestInvalid")


def test_by_ids_those_that_there_are(world: World, project: Project) -> None:
    some = images(world, project, orderBy="Oldest", take="3")
    ids = [image["id"] for image in some] + ["00000000-0000-4000-a000-000000000000"]
    assert images(world, project, "images/id", imageIds=",".join(reversed(ids))) == some
    answer = world.call(world.source, "GET", f"projects/{project.id}/images/id", {"imageIds": ",".join(ids * 65)})
    assert answer.json["code"] == "BadRequestExceededBatchSize"


def test_looking_at_images_changes_no_count(world: World, project: Project) -> None:
    before = project.content, project.last_modified
    images(world, project)
    world.emulator.images(world.source, project.id)
    assert (project.content, project.last_modified) == before
    assert project.album is not None
    assert project.album.counted(project.content) == project.content


def test_every_blob_is_its_picture(world: World, project: Project) -> None:
    for image in images(world, project, take="256"):
        address = image["originalImageUri"]
        answer = world.artifact(project.id, address) if address.startswith("/") else blob(world, address)
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Length"] == str(len(answer.body))
        assert (measure(answer.body) or ())[1:] == (image["width"], image["height"])


def test_some_addresses_are_relative(world: World, project: Project) -> None:
    rows = images(world, project, take="256")
    relative = [row for row in rows if row["originalImageUri"].startswith("/")]
    assert 0 < len(relative) < 30
    assert {row["resizedImageUri"].startswith("/") for row in relative} == {True, False}
    for ratio, count in ((0.0, 0), (1.0, 93)):
        world.behaviour.relative_uris = ratio
        rows = images(world, project, take="256")
        assert sum(row["originalImageUri"].startswith("/") for row in rows) == count


def test_artifacts_that_there_are_not(world: World, project: Project) -> None:
    path = f"projects/{project.id}/artifacts"
    answer = world.call(world.source, "GET", path, {"path": "/i-nonsense/i-nonsense"})
    assert (answer.status, answer.json["code"]) == (400, "BadRequestInvalidArtifactUri")
    gone = f"/i-{project.id.replace('-', '')}/i-{'0' * 32}"
    assert world.call(world.source, "GET", path, {"path": gone}).status == 404


class TestTheBlobHost:
    @pytest.fixture
    def address(self, world: World, project: Project) -> str:
        world.behaviour.relative_uris = 0
        return str(images(world, project)[0]["originalImageUri"])

    def test_signatures_end(self, world: World, address: str) -> None:
        world.clock.sleep(24 * 3600 - 1)
        assert blob(world, address).status == 200
        world.clock.sleep(1)
        answer = blob(world, address)
        assert answer.status == 403
        assert b"<Code>AuthenticationFailed</Code>" in answer.body
        assert b"Signature not valid in the specified time frame" in answer.body
        assert answer.headers["Content-Type"] == "application/xml"

    def test_how_long_they_are_good_is_a_switch(self, world: World, project: Project) -> None:
        world.behaviour.sas_hours, world.behaviour.relative_uris = 0.5, 0
        address = images(world, project)[0]["originalImageUri"]
        world.clock.sleep(1800)
        assert blob(world, address).status == 403

    @pytest.mark.parametrize(
        ("header", "status"), [("Training-Key", 400), ("authorization", 403), ("Ocp-Apim-Subscription-Key", 400)]
    )
    def test_secrets_are_refused(self, world: World, address: str, header: str, status: int) -> None:
        assert blob(world, address, {header: "Bearer x"}).status == status

    def test_a_signature_is_for_one_blob(self, world: World, address: str) -> None:
        assert blob(world, address.replace("/i-", "/t-", 2).replace("/t-", "/i-", 1)).status == 403
        assert blob(world, address.replace("2026", "2027")).status == 403
        assert blob(world, address.partition("?")[0]).status == 404
        assert blob(world, address, method="PUT").status == 405

    def test_thumbnails_are_small(self, world: World, project: Project, address: str) -> None:
        assert measure(blob(world, images(world, project)[0]["thumbnailUri"]).body) == ("jpeg", 32, 24)

    def test_a_deleted_image_is_gone_or_kept(self, world: World, project: Project, address: str) -> None:
        world.emulator.delete_images(world.source, project.id, images(world, project)[0]["id"])
        answer = blob(world, address)
        assert (answer.status, b"<Code>BlobNotFound</Code>" in answer.body) == (404, True)
        world.behaviour.deleted_blobs = "kept"
        assert blob(world, address).status == 200
        world.emulator.delete(world.source, project.id)
        assert blob(world, address).status == 404

    def test_downloads_are_logged_as_such(self, world: World, address: str) -> None:
        blob(world, address)
        logged = world.emulator.log[-1]
        assert (logged.operation, logged.resource, logged.status) == ("GetBlob", "blobs", 200)


class TestDeleting:
    def test_some(self, world: World, project: Project) -> None:
        ids = [image["id"] for image in images(world, project, "images/untagged", take="2")]
        world.clock.sleep(60)
        answer = world.call(world.source, "DELETE", f"projects/{project.id}/images", {"imageIds": ",".join(ids)})
        assert answer.status == 204
        assert project.content.untagged == 18
        assert project.last_modified == world.clock()
        assert images(world, project, "images/id", imageIds=",".join(ids)) == []

    def test_all(self, world: World, project: Project) -> None:
        assert world.call(world.source, "DELETE", f"projects/{project.id}/images", {"allImages": "true"}).status == 202
        assert (project.content.tagged, project.content.untagged, project.content.regions) == (0, 0, 0)
        assert [tag.image_count for tag in project.tags] == [0, 0, 0]

    def test_none(self, world: World, project: Project) -> None:
        answer = world.call(world.source, "DELETE", f"projects/{project.id}/images")
        assert (answer.status, answer.json["code"]) == (400, "BadRequestImageBatch")


class TestMetadata:
    def update(self, world: World, project: Project, ids: list[str], metadata: object) -> tuple[int, Any]:
        path = f"projects/{project.id}/images/metadata"
        answer = world.call(world.source, "POST", path, {"imageIds": ",".join(ids)}, json.dumps(metadata).encode())
        return answer.status, answer.json

    def test_as_recorded(self, world: World, project: Project) -> None:
        image_id = images(world, project)[0]["id"]
        wanted = {"type": "unit test", "value": "30"}
        body = {"isBatchSuccessful": True, "images": [{"imageId": image_id, "status": "OK", "metadata": wanted}]}
        assert self.update(world, project, [image_id], wanted) == (200, body)
        assert images(world, project)[0]["metadata"] == wanted

    @pytest.mark.parametrize("merges", [True, False])
    def test_more_is_added_or_replaces(self, world: World, project: Project, merges: bool) -> None:
        world.behaviour.metadata_merges = merges
        image_id = images(world, project)[0]["id"]
        self.update(world, project, [image_id], {"a": "1"})
        self.update(world, project, [image_id], {"b": "2"})
        assert images(world, project)[0]["metadata"] == ({"a": "1", "b": "2"} if merges else {"b": "2"})

    def test_limits(self, world: World, project: Project) -> None:
        image_id = images(world, project)[0]["id"]
        missing = "00000000-0000-4000-a000-000000000000"
        status, body = self.update(world, project, [image_id, missing], {"a": "1"})
        assert (status, body["isBatchSuccessful"]) == (207, False)
        assert [row["status"] for row in body["images"]] == ["OK", "ErrorImageNotFound"]
        many = {str(number): "x" for number in range(50)}
        assert self.update(world, project, [image_id], many)[1]["images"][0]["status"] == "ErrorLimitExceed"
        assert self.update(world, project, [image_id], {"k" * 257: "x"})[1]["code"] == "BadRequestImageMetadataKey"
        assert self.update(world, project, [image_id], {"k": "x" * 513})[1]["code"] == "BadRequestImageMetadataValue"
        assert self.update(world, project, [image_id] * 65, {})[1]["code"] == "BadRequestExceededBatchSize"


def test_while_an_import_runs_as_many_show_as_are_counted(world: World, project: Project) -> None:
    world.emulator.put_images(world.source, project.id, [NewImage(boxes=(("Cat", 0.1, 0.1, 0.2, 0.2),))])
    answer = world.import_(world.export(project.id)["token"])
    path = f"projects/{answer.json['id']}/images"
    assert world.get(world.target, path) == []
    world.clock.sleep(1.5)
    rows = world.get(world.target, path, take="256")
    assert len(rows) == world.get(world.target, f"{path}/count") == 46
    assert all(row["tags"][0]["tagName"] for row in rows if "tags" in row)
    world.clock.sleep(1)
    assert len(world.get(world.target, path, take="256")) == 94
