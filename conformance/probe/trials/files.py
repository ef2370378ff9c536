"""Trials of images: what is uploaded, what comes back, and what a second upload does."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from conformance.facts import uploads as facts
from conformance.probe import content
from conformance.probe.content import Upload, picture
from conformance.probe.outcome import NewError, NotTriedError, Seen
from conformance.probe.trials.listing import touched, yes
from conformance.probe.trials.model import Trial
from conformance.probe.wire import payload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.probe.bench import Bench
    from cvaction.customvision.models import Project

DETECTION: Final = "a27d5ca5-bb19-49d8-a70a-fec086c47f5b"
"""General (compact), object detection."""
_EXPIRES: Final = re.compile(r"[?&]se=([^&]+)")
_LARGEST_PICTURE: Final = 5_500_000
"""Bytes; the service's limit is 6 MB."""
_ON_THE_WIRE: Final = 4 / 3
_ENOUGH: Final = 10
"""How many images are read to see how many have a relative path."""
_FIRST: Final = {"probe": "first"}
_NUMBER: Final = 100
"""Of the picture that is drawn."""
_SOME: Final = 6
"""Pictures of which one has an address."""


def _pictures(bench: Bench) -> Project:
    """A project for a trial's own pictures: the scratch project's pictures are used for trainings and copies."""
    return bench.create(bench.source, "pictures")


def _fresh(
    bench: Bench, project: Project, *, tags: tuple[str, ...] = (), metadata: Mapping[str, str] | None = None
) -> str:
    """Upload the first picture of a project; returns its image's id."""
    told = content.upload(bench.source, project, [Upload(picture(_NUMBER), tags)], metadata)
    row = told["images"][0]
    image = row.get("image")
    if not isinstance(image, dict) or not isinstance(image.get("id"), str):
        raise NotTriedError("the answer to an upload has no image")
    found: str = image["id"]
    return found


def _image(bench: Bench, project: Project, image_id: str) -> dict[str, Any]:
    for row in content.listed(bench.source, project):
        if row["id"] == image_id:
            return row
    raise NotTriedError("an image that was uploaded is not listed")


def _kept(bench: Bench) -> Seen:
    project, sent = _pictures(bench), picture(_NUMBER)
    image = _image(bench, project, _fresh(bench, project))
    for _ in range(2):
        answer = content.original(bench.source, project, image)
        if answer.status != 200:  # noqa: PLR2004 - success
            raise NotTriedError(f"an original could not be downloaded: {answer.status}")
        if answer.body == sent:
            return Seen("yes")
    return Seen("no")


def _relative(bench: Bench) -> Seen:
    project = content.whole(bench, bench.scratch())
    forms = [str(row.get("originalImageUri") or "").startswith("/") for row in content.listed(bench.source, project)]
    if len(forms) < _ENOUGH:
        raise NotTriedError("too few images are listed")
    return Seen("all" if all(forms) else "some" if any(forms) else "none")


def _hours(bench: Bench) -> Seen:
    project = content.whole(bench, bench.scratch())
    addresses = [str(row.get("originalImageUri") or "") for row in content.listed(bench.source, project)]
    found = [match for address in addresses if (match := _EXPIRES.search(address))]
    if not found:
        raise NotTriedError("no address tells when it ends")
    try:
        until = datetime.fromisoformat(unquote(found[0].group(1)))
    except ValueError:
        raise NewError("the address of an original tells its end in a form that is not known") from None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    hours = (until - bench.source.client.time()).total_seconds() / 3600
    return Seen(round(max(0.0, hours), 1), {"resolution": 0.1})


def _again(bench: Bench) -> tuple[bool, bool]:
    """The same picture twice, with another tag each: whether the tag was added, and whether the batch succeeded."""

    def look() -> tuple[bool, bool]:
        side, project = bench.source, _pictures(bench)
        one, two = (content.tag(side, project, name) for name in ("Once", "Twice"))
        image_id = _fresh(bench, project, tags=(one,))
        told = content.upload(side, project, [Upload(picture(_NUMBER), (two,))])
        if told["images"][0]["status"] != "OKDuplicate":
            raise NewError("a picture that was there already was taken as a new one")
        tags = {row.get("tagId") for row in _image(bench, project, image_id).get("tags") or ()}
        if one not in tags:
            raise NewError("a second upload took the first one's tag away")
        return two in tags, bool(told.get("isBatchSuccessful"))

    return bench.observe("second upload", look)


def _again_regions(bench: Bench) -> Seen:
    side = bench.source
    project = bench.create(side, "detection", domain=DETECTION)
    thing = content.tag(side, project, "Thing")

    def box(left: float) -> dict[str, Any]:
        return {"tagId": thing, "left": left, "top": 0.1, "width": 0.2, "height": 0.2}

    data = picture(_NUMBER)
    for left in (0.1, 0.6):
        content.upload(side, project, [Upload(data, (), (box(left),))])
    rows = content.listed(side, project)
    regions = len(rows[0].get("regions") or ()) if len(rows) == 1 else 0
    if regions not in {1, 2}:
        raise NewError("a second upload left another number of images or regions")
    return yes(regions == 2)  # noqa: PLR2004 - the first and the second


def _failed(bench: Bench) -> Seen:
    body, project = content.body_of([Upload(picture(_NUMBER)), Upload(b"this is no picture")]), _pictures(bench)
    told = [content.send(bench.source, project, body) for _ in range(2)]
    if told[0].status != told[1].status:
        raise NotTriedError("two equal batches were answered differently")
    if told[0].status not in {200, 207}:
        raise NewError("a batch with a picture that is none was refused as a whole", status=told[0].status)
    rows = [payload(answer, "CreateImagesFromFiles")["images"] for answer in told]
    if any(row[1]["status"] == "OK" for row in rows):
        raise NewError("what is no picture was taken for one")
    return Seen(str(told[0].status))


def _batch(bench: Bench) -> Seen:
    taken, project = 0.0, _pictures(bench)
    for size in facts.BATCHES:
        if not _takes(bench, project, size):
            return Seen(taken, {"resolution": size - taken})
        taken = size
    return Seen(facts.LARGEST_TRIED, {"bound": "at least"})


def _takes(bench: Bench, project: Project, megabytes: float) -> bool:
    """Whether a request of that size is accepted. A refusal counts only if it comes twice."""
    raw = megabytes * facts.MEGABYTE / _ON_THE_WIRE
    number = int(raw // _LARGEST_PICTURE) + 1
    noise = int(raw / number) - 1000 * 2
    for _ in range(2):
        uploads = [Upload(picture(0, noise=noise)) for _ in range(number)]
        answer = content.send(bench.source, project, content.body_of(uploads))
        if answer.status in {200, 207}:
            return True
        if answer.status not in {400, 408, 413}:
            raise NotTriedError(f"a large batch was answered with {answer.status}")
    return False


def _metadata(bench: Bench) -> Seen:
    project = _pictures(bench)
    told = _image(bench, project, _fresh(bench, project, metadata=_FIRST)).get("metadata")
    if told in (None, {}):
        return Seen("no")
    if told == _FIRST:
        return Seen("yes")
    raise NewError("metadata came back in another form")


def _merges(bench: Bench) -> Seen:
    side, project = bench.source, _pictures(bench)
    image_id = _fresh(bench, project)
    for pair in (_FIRST, {"second": "pair"}):
        answer = side.wire.ask("POST", f"/projects/{project.id}/images/metadata", f"imageIds={image_id}", body=pair)
        if answer.status != 200:  # noqa: PLR2004 - success
            raise NotTriedError(f"metadata could not be written: {answer.status}")
    told = _image(bench, project, image_id).get("metadata") or {}
    if "second" not in told:
        raise NotTriedError("metadata that was written is not there")
    return yes("probe" in told)


def _deleted(bench: Bench) -> Seen:
    side, project = bench.source, _pictures(bench)
    content.upload(side, project, [Upload(picture(number)) for number in range(_SOME)])
    absolute = [row for row in content.listed(side, project) if not str(row.get("originalImageUri")).startswith("/")]
    if not absolute:
        raise NotTriedError("every image has a relative path")
    image = absolute[0]
    if content.original(side, project, image).status != 200:  # noqa: PLR2004 - success
        raise NotTriedError("the original could not be downloaded before")
    gone = side.wire.ask("DELETE", f"/projects/{project.id}/images", f"imageIds={image['id']}")
    if gone.status not in {200, 204}:
        raise NotTriedError("the image could not be deleted")
    told = bench.looked(lambda: content.original(side, project, image))
    if told.status == 200:  # noqa: PLR2004 - success
        return Seen("kept")
    if told.status in {403, 404}:
        return Seen("gone")
    raise NewError("the original of a deleted image was refused", status=told.status)


def _upload_touches(bench: Bench) -> Seen:
    project = _pictures(bench)
    return yes(touched(bench, project, lambda: _fresh(bench, project)))


TRIALS: Final = {
    "originals-kept": Trial(_kept, calls=5),
    "relative-uris": Trial(_relative, calls=8),
    "image-uri-hours": Trial(_hours, calls=3),
    "second-upload-tags": Trial(lambda bench: yes(_again(bench)[0]), calls=9),
    "duplicate-succeeds": Trial(lambda bench: yes(_again(bench)[1]), calls=0),
    "second-upload-regions": Trial(_again_regions, calls=7),
    "failed-batch": Trial(_failed, calls=3),
    "largest-batch": Trial(_batch, calls=6, seconds=60),
    "metadata-kept": Trial(_metadata, calls=4),
    "metadata-merges": Trial(_merges, calls=6),
    "deleted-original": Trial(_deleted, calls=8),
    "upload-modifies": Trial(_upload_touches, calls=5, seconds=2),
}
