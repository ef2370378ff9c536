"""What a person does to tags and images in the portal, and what a test reads of them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from emulator.host.hands import Hands
from emulator.state.albums import album_of, changed
from emulator.state.formats import measure
from emulator.state.images import Image, Region, float32, ticks
from emulator.state.model import Project, Resource, Tag
from emulator.state.pictures import made

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from emulator.state.images import Album


@dataclass(frozen=True)
class NewImage:
    """An image to put into a project. Tags and boxes (tag, left, top, width, height) name their tags.

    Without `data` a picture is made. Pictures with the same `text`, format and size have equal bytes.
    """

    tags: tuple[str, ...] = ()
    boxes: tuple[tuple[str, float, float, float, float], ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    data: bytes | None = None
    format: str = "jpeg"
    width: int = 64
    height: int = 48
    text: str | None = None


class Gallery(Hands):
    """Changes tags and images. No limit is enforced, and a picture may be added twice."""

    def add_tag(
        self,
        resource: Resource,
        project_id: str,
        name: str,
        *,
        type: str = "Regular",  # noqa: A002 - the wire's name for it
        description: str | None = None,
    ) -> Tag:
        """Make a tag, or return the one of that name."""
        with self._editing(resource, project_id) as (project, _, _):
            return self._tag_named(project, name, type, description)

    def put_images(self, resource: Resource, project_id: str, images: Iterable[NewImage]) -> list[Image]:
        """Add images to a project, in their order. Missing tags are made."""
        with self._editing(resource, project_id) as (project, album, now):
            return [self._put(project, album, new, now) for new in images]

    def images(self, resource: Resource, project_id: str) -> list[Image]:
        """The images that a project holds now, oldest first."""
        with self.lock:
            self.settle()
            return list(album_of(self, self.find(resource, project_id)))

    def image_bytes(self, image: Image) -> bytes:
        """The bytes of an image."""
        return self.pictures.data(image.picture)

    def delete_images(self, resource: Resource, project_id: str, *image_ids: str) -> None:
        """Delete images."""
        with self._editing(resource, project_id) as (_, album, _):
            for image_id in image_ids:
                album.remove(image_id)

    def tag_image(self, resource: Resource, project_id: str, image_id: str, name: str) -> Image:
        """Give an image a tag. A missing tag is made."""
        with self._editing(resource, project_id) as (project, album, now):
            tag = self._tag_named(project, name)
            album.put(_of(album, image_id).tagged(tag.id, ticks(now)))
            return _of(album, image_id)

    def untag_image(self, resource: Resource, project_id: str, image_id: str, name: str) -> Image:
        """Remove a tag and its boxes from an image."""
        with self._editing(resource, project_id) as (project, album, _):
            album.put(_of(album, image_id).untagged(self._tag_named(project, name).id))
            return _of(album, image_id)

    def move_box(self, resource: Resource, project_id: str, image_id: str) -> Image:
        """Move an image's newest box a little. The region keeps its id."""
        with self._editing(resource, project_id) as (_, album, _):
            image = _of(album, image_id)
            moved = replace(image.regions[0], left=float32(image.regions[0].left / 2))
            album.put(replace(image, regions=(moved, *image.regions[1:])))
            return _of(album, image_id)

    def set_metadata(self, resource: Resource, project_id: str, image_id: str, metadata: Mapping[str, str]) -> Image:
        """Replace an image's metadata."""
        with self._editing(resource, project_id) as (_, album, _):
            album.put(replace(_of(album, image_id), metadata=tuple(metadata.items())))
            return _of(album, image_id)

    @contextmanager
    def _editing(self, resource: Resource, project_id: str) -> Iterator[tuple[Project, Album, datetime]]:
        with self.working(resource) as now:
            project = self.find(resource, project_id)
            yield project, album_of(self, project), now
            changed(project)
            self.change(project, now, last_modified=now)

    def _tag_named(self, project: Project, name: str, kind: str = "Regular", description: str | None = None) -> Tag:
        for tag in project.content.tags:
            if tag.name == name:
                return tag
        tag = Tag(self.new_id("tag"), name, 0, kind, description)
        project.content = replace(project.content, tags=(*project.content.tags, tag))
        return tag

    def _put(self, project: Project, album: Album, new: NewImage, now: datetime) -> Image:
        image_id, at = self.new_id("image"), album.next_tick(now)
        if new.data is None:
            picture = made(new.text or image_id, new.format, new.width, new.height)
            image = Image(image_id, at, new.width, new.height, picture)
        else:
            _, width, height = measure(new.data) or ("", new.width, new.height)
            source = sha256(new.data).hexdigest()
            image = Image(image_id, at, width, height, self.pictures.add(new.data), source=source)
        for name in new.tags:
            image = image.tagged(self._tag_named(project, name).id, at)
        for name, *sides in new.boxes:
            left, top, width_, height_ = (float32(side) for side in sides)
            tag_id = self._tag_named(project, name).id
            image = image.boxed(Region(self.new_id("region"), tag_id, left, top, width_, height_, at), at)
        image = replace(image, metadata=tuple(new.metadata.items()))
        album.put(image)
        return image


def _of(album: Album, image_id: str) -> Image:
    image = album.get(image_id)
    if image is None:
        raise LookupError(f"no image {image_id}")
    return image
