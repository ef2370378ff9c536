"""Makes, renames and deletes the tags of a project."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from emulator.api.call import Call, Reply
from emulator.api.images import touched
from emulator.api.wire import tag_json
from emulator.state.albums import album_of
from emulator.state.errors import ServiceError
from emulator.state.model import Tag

if TYPE_CHECKING:
    from collections.abc import Callable

_TYPES: Final = ("Regular", "Negative", "GeneralProduct")
_LIMITS: Final = {"F0": 50, "S0": 500}
"""Tags of a project, by tier (the vendor's documentation)."""


def _create(call: Call) -> object:
    content = call.project.content
    name = _name(call, call.query.get("name"), None)
    kind = _kind(call, call.query.get("type") or "Regular", None)
    if len(content.tags) >= _LIMITS[call.resource.tier]:
        raise ServiceError("BadRequestExceedTagPerProjectLimit", "Delete a tag first.")
    tag = Tag(call.world.new_id("tag"), name, 0, kind, call.query.get("description"))
    call.project.content = replace(content, tags=(*content.tags, tag))
    touched(call)
    return tag_json(tag)


def _get(call: Call) -> object:
    return tag_json(_found(call, call.content.tags))


def _update(call: Call) -> object:
    """UpdateTag. Recorded: name and description are enough, and a missing field stays as it is."""
    content = call.project.content
    old = _found(call, content.tags)
    wanted = call.body("BadRequestRequiredParamIsNull", "updatedTag")
    new = replace(
        old,
        name=_name(call, wanted.get("name", old.name), old),
        type=_kind(call, wanted.get("type") or old.type, old),
        description=wanted.get("description", old.description),
    )
    call.project.content = replace(content, tags=tuple(new if tag is old else tag for tag in content.tags))
    touched(call)
    return tag_json(new)


def _delete(call: Call) -> object:
    """DeleteTag. The images stay, without the tag."""
    tag = _found(call, call.project.content.tags)
    album = album_of(call.world, call.project)
    for image in list(album):
        if tag.id in image.tag_ids:
            album.put(image.untagged(tag.id))
    content = call.project.content
    call.project.content = replace(content, tags=tuple(one for one in content.tags if one.id != tag.id))
    touched(call)
    return Reply(HTTPStatus.NO_CONTENT)


def _found(call: Call, tags: tuple[Tag, ...]) -> Tag:
    tag_id = call.id_in(call.route.params, "tag")
    for tag in tags:
        if tag.id == tag_id:
            return tag
    raise ServiceError("NotFoundTag", f"Invalid tag id: {tag_id}")


def _name(call: Call, name: object, but: Tag | None) -> str:
    if not isinstance(name, str) or not name.strip():
        raise ServiceError("BadRequestTagName", "Tag name must not be empty.")
    for tag in call.project.content.tags:
        if tag is not but and call.world.same_name(tag.name, name):
            raise ServiceError("BadRequestTagNameNotUnique", f"Tag name '{name}' is already in use.")
    return name


def _kind(call: Call, kind: str, but: Tag | None) -> str:
    if kind not in _TYPES:
        raise ServiceError("BadRequestTagType", f"Unknown tag type: {kind}")
    others = [tag.type for tag in call.project.content.tags if tag is not but]
    if kind == "Negative" and kind in others:
        raise ServiceError("BadRequestMultipleNegativeTag", "The project has a negative tag.")
    if kind == "GeneralProduct" and kind in others:
        raise ServiceError("BadRequestMultipleGeneralProductTag", "The project has a general product tag.")
    return kind


OPERATIONS: Final[dict[str, Callable[[Call], object]]] = {
    "GetTags": lambda call: [tag_json(tag) for tag in call.content.tags],
    "GetTag": _get,
    "CreateTag": _create,
    "UpdateTag": _update,
    "DeleteTag": _delete,
}
