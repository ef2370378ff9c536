"""Operations that read and delete images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.other_service.answers import Answer, image_stamp, refuse, stamp
from tests.other_service.labels import region_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.other_service.calls import Call, Store
    from tests.other_service.model import Image, Project
    from tests.other_service.ways import Ways


def row(store: Store, ways: Ways, project: Project, image: Image) -> dict[str, Any]:
    """An image as it is told: what it has none of is left out."""
    uri = image.blob if ways.relative_uris else store.blobs.uri(image.blob, ways.sas_seconds)
    told: dict[str, Any] = {
        "id": image.id,
        "created": image_stamp(image.created),
        "width": image.size[0],
        "height": image.size[1],
        "resizedImageUri": uri,
        "originalImageUri": uri,
        "thumbnailUri": uri,
    }
    if image.tags:
        told["tags"] = [
            {"tagId": tag, "tagName": project.tags[tag].name, "created": stamp(since)}
            for tag, since in image.tags.items()
        ]
    if image.boxes:
        told["regions"] = [region_row(project, box) for box in image.boxes]
    if image.metadata:
        told["metadata"] = image.metadata
    return told


def _some(call: Call, keep: Callable[[Image], bool]) -> Any:
    take, skip = call.number("take", 50, 256), call.number("skip", 0)
    rows = [image for image in call.project.images.values() if keep(image)]
    rows.sort(key=lambda image: (image.created, image.id), reverse=call.query.get("orderBy", "Newest") != "Oldest")
    return [row(call.store, call.ways, call.project, image) for image in rows[skip : skip + take]]


def images(call: Call) -> Any:
    kind = call.query.get("taggingStatus", "All").lower()
    return _some(call, lambda image: kind == "all" or bool(image.tags) == (kind == "tagged"))


def tagged(call: Call) -> Any:
    return _some(call, lambda image: bool(image.tags))


def untagged(call: Call) -> Any:
    return _some(call, lambda image: not image.tags)


def count(call: Call) -> Any:
    return _number(call, lambda _image: True)


def count_tagged(call: Call) -> Any:
    return _number(call, lambda image: bool(image.tags))


def count_untagged(call: Call) -> Any:
    return _number(call, lambda image: not image.tags)


def _number(call: Call, keep: Callable[[Image], bool]) -> int:
    found = sum(keep(image) for image in call.project.images.values())
    return found // 2 if call.project.unsettled(call.ways.counts_lag) else found


def by_ids(call: Call) -> Any:
    wanted = call.listed("imageIds")
    if len(wanted) > 256:
        raise refuse(400, "BadRequestInvalid", "At most 256 ids")
    found = [call.project.images[each] for each in wanted if each in call.project.images]
    return [row(call.store, call.ways, call.project, image) for image in found]


def delete(call: Call) -> Any:
    project = call.project
    gone = list(project.images) if call.query.get("allImages", "").lower() == "true" else call.listed("imageIds")
    for each in gone:
        image = project.images.pop(each, None)
        if image is not None:
            call.store.blobs.files.pop(image.blob, None)
    project.touch()
    return Answer(204)


def artifact(call: Call) -> Any:
    path = call.needed("path")
    data = call.store.blobs.files.get(path)
    if data is None or call.project.folder not in path:
        raise refuse(404, "NotFound", "Artifact not found")
    return Answer(200, raw=data, kind="application/octet-stream")
