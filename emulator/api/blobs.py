"""The storage behind the service: images, thumbnails, exported models, and their addresses."""

from __future__ import annotations

import re
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from emulator.api.call import Call, Reply, uuid_in
from emulator.api.model_files import model_at
from emulator.api.wire import shared_access_url, signature
from emulator.state.albums import album_of
from emulator.state.errors import ServiceError
from emulator.state.pictures import made

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from emulator.state.images import Image
    from emulator.state.model import Project
    from emulator.state.world import World

_PATH: Final = re.compile(r"([im])-([0-9a-f]{32})/([^/]+)")
_NAME: Final = re.compile(r"([it])-([0-9a-f]{32})")
_SALT: Final = "blob"


def blob_url(world: World, region: str, path: str, now: datetime) -> str:
    """A blob's address, valid for some hours from now."""
    expires = now + timedelta(hours=world.behaviour.sas_hours)
    return shared_access_url(region, path, expires, salt=f"{_SALT} {world.seed}", origin=world.blob_origin)


def signed(world: World, path: str, query: Mapping[str, str]) -> bool:
    """Whether a decoded query contains the signature for this path, and the time when it ends."""
    when = quote(query.get("se", ""), safe="-")
    return query.get("sig") == unquote(signature(f"{path} {when} {_SALT} {world.seed}"))


def image_path(project: Project, image: Image, kind: str = "i") -> str:
    """Where an image lies (recorded); its thumbnail has `t`."""
    return f"i-{project.id.replace('-', '')}/{kind}-{image.id.replace('-', '')}"


def blob_at(world: World, path: str) -> bytes | None:
    """The bytes at a path of the storage; None if there are none."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    project_id = uuid_in(found[2], "project")
    for resource in world.resources.values():
        project = resource.stored_projects.get(project_id)
        if project is not None and found[1] == "m":
            return model_at(project, path, world.now())
        if project is not None:
            return _image_at(world, project, found[3])
    return None


def _image_at(world: World, project: Project, name: str) -> bytes | None:
    found = _NAME.fullmatch(name)
    image = _image(world, project, uuid_in(found[2], "image")) if found else None
    if found is None or image is None:
        return None
    return world.pictures.data(image.picture if found[1] == "i" else made(image.id, width=32, height=24))


def _image(world: World, project: Project, image_id: str) -> Image | None:
    album = album_of(world, project) if project.job is None or project.job.album is None else project.job.album
    image = album.get(image_id)
    if image is None and world.behaviour.deleted_blobs == "kept":
        return album.gone.get(image_id)
    return image


def get_artifact(call: Call) -> object:
    """GetArtifact: the bytes behind a relative path, which begins with a slash on the wire."""
    path = call.query.get("path", "").removeprefix("/")
    if path[2:34] != call.project.id.replace("-", ""):
        raise ServiceError("BadRequestInvalidArtifactUri", f"Invalid artifact path: {path}")
    content = blob_at(call.world, path)
    if content is None:
        raise ServiceError("NotFound", f"No artifact at: {path}")
    return Reply(HTTPStatus.OK, content=content)
