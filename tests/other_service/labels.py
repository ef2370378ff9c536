"""Operations on tags, regions and metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.other_service.answers import Answer, now, refuse, stamp
from tests.other_service.model import Box, Tag

if TYPE_CHECKING:
    from tests.other_service.calls import Call
    from tests.other_service.model import Project


def row(project: Project, tag: Tag) -> dict[str, Any]:
    count = sum(tag.id in image.tags for image in project.images.values())
    return {"id": tag.id, "name": tag.name, "description": tag.description, "type": tag.kind, "imageCount": count}


def all_tags(call: Call) -> Any:
    return [row(call.project, tag) for tag in call.project.tags.values()]


def one(call: Call) -> Any:
    return row(call.project, _tag(call))


def _tag(call: Call) -> Tag:
    if call.ids[1] not in call.project.tags:
        raise refuse(404, "NotFoundTag", "Tag not found")
    return call.project.tags[call.ids[1]]


def create(call: Call) -> Any:
    project, name, kind = call.project, call.needed("name"), call.query.get("type", "Regular")
    if any(tag.name == name for tag in project.tags.values()):
        raise refuse(400, "BadRequestTagNameNotUnique", "Name not unique")
    if kind == "Negative" and any(tag.kind == "Negative" for tag in project.tags.values()):
        raise refuse(400, "BadRequestMultipleNegativeTag")
    tag = Tag(name, kind, call.query.get("description"))
    project.tags[tag.id] = tag
    project.touch()
    return row(project, tag)


def update(call: Call) -> Any:
    tag, new = _tag(call), call.json
    tag.name = new.get("name", tag.name)
    tag.description = new.get("description", tag.description)
    tag.kind = new.get("type", tag.kind)
    call.project.touch()
    return row(call.project, tag)


def delete(call: Call) -> Any:
    gone = _tag(call).id
    del call.project.tags[gone]
    for image in call.project.images.values():
        image.tags.pop(gone, None)
        image.boxes = [box for box in image.boxes if box.tag != gone]
    call.project.touch()
    return Answer(204)


# On images


def add_tags(call: Call) -> Any:
    project, created, pairs = call.project, [], call.json.get("tags", [])
    if len(pairs) > 128:
        raise refuse(400, "BadRequestImageTags", "At most 128 pairs")
    for pair in pairs:
        if pair["imageId"] not in project.images or pair["tagId"] not in project.tags:
            raise refuse(400, "BadRequestInvalidIds")
        tags = project.images[pair["imageId"]].tags
        if pair["tagId"] not in tags:
            tags[pair["tagId"]] = now()
            created.append(pair)
    project.touch()
    return {"created": created, "duplicated": [pair for pair in pairs if pair not in created], "exceeded": []}


def drop_tags(call: Call) -> Any:
    for image in call.listed("imageIds"):
        for tag in call.listed("tagIds"):
            call.project.images[image].tags.pop(tag, None)
    call.project.touch()
    return Answer(204)


def add_regions(call: Call) -> Any:
    project, created, sent = call.project, [], call.json.get("regions", [])
    if len(sent) > 64:
        raise refuse(400, "BadRequestImageRegions", "At most 64 regions")
    for region in sent:
        image = project.images.get(region["imageId"])
        if image is None or region["tagId"] not in project.tags:
            raise refuse(400, "BadRequestInvalidIds")
        box = Box.of(region)
        image.boxes.append(box)
        image.tags.setdefault(box.tag, now())
        created.append({**region_row(project, box), "imageId": image.id})
    project.touch()
    return {"created": created, "duplicated": [], "exceeded": []}


def region_row(project: Project, box: Box) -> dict[str, Any]:
    name = project.tags[box.tag].name
    return {"regionId": box.id, "tagName": name, "created": stamp(box.created), "tagId": box.tag, **box.sides}


def drop_regions(call: Call) -> Any:
    gone = set(call.listed("regionIds"))
    for image in call.project.images.values():
        image.boxes = [box for box in image.boxes if box.id not in gone]
    call.project.touch()
    return Answer(204)


def metadata(call: Call) -> Any:
    wanted = call.listed("imageIds")
    if len(wanted) > 64:
        raise refuse(400, "BadRequestImageMetadata", "At most 64 images")
    results = []
    for each in wanted:
        image = call.project.images.get(each)
        if image is None:
            results.append({"imageId": each, "status": "ErrorImageDoesNotExist", "metadata": {}})
            continue
        image.metadata.update(call.json)
        results.append({"imageId": each, "status": "OK", "metadata": image.metadata})
    good = all(result["status"] == "OK" for result in results)
    status = 200 if good else call.ways.partial_status
    return Answer(status, {"isBatchSuccessful": good, "images": results})
