"""From counts to images: the album of a project that was only counted, of a copy, and of a running import."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from emulator.state.images import Album, Image, Region, float32, shares, uuid_of

if TYPE_CHECKING:
    from datetime import datetime

    from emulator.state.model import Content, Project
    from emulator.state.world import World


def album_of(world: World, project: Project) -> Album:
    """The album of a project. Made from its counts the first time, and the same for the same seed."""
    if project.album is None:
        project.album = _made(world, project, project.content)
    return project.album


def visible_images(world: World, project: Project, now: datetime) -> list[Image]:
    """The visible images, oldest first: as many as are counted while an import runs or lags."""
    if project.job is None and (project.late_until is None or now >= project.late_until):
        return list(album_of(world, project))
    counted = project.visible_content(now)
    content, album = project.content, project.album
    if project.job is not None:
        content, album = project.job.content, project.job.album
    images = list(album if album is not None else _made(world, project, content))
    tagged = [image for image in images if image.tags][: counted.tagged]
    return tagged + [image for image in images if not image.tags][: counted.untagged]


def changed(project: Project) -> None:
    """Update a project's counts from its album."""
    if project.album is not None:
        project.content = project.album.counted(project.content)


def copy_album(world: World, album: Album | None, ids: dict[str, str], now: datetime) -> Album | None:
    """The images of a copy: the same pictures and labels, with new ids. If they are only counted, there is nothing to copy."""
    if album is None:
        return None
    copy = Album()
    for image in album:
        at = copy.next_tick(now)
        regions = tuple(
            replace(region, id=world.new_id("region"), tag_id=ids[region.tag_id], created=at)
            for region in image.regions
        )
        tags = tuple((ids[tag], at) for tag in image.tag_ids)
        copy.put(replace(image, id=world.new_id("image"), created=at, tags=tags, regions=regions))
    return copy


def spoiled_album(outcome: str, content: Content, album: Album) -> Content:
    """The album and the counts after an import that goes wrong."""
    images = list(album)
    if outcome == "failed":
        for image in images[len(images) // 2 :]:
            album.remove(image.id)
    elif outcome == "lose-image" and images:
        album.remove((next((image for image in images if not image.tags), images[0])).id)
    elif outcome == "lose-tag" and content.tags:
        lost = content.tags[-1]
        content = replace(content, tags=content.tags[:-1])
        for image in images:
            album.put(image.untagged(lost.id))
    elif outcome == "region-loss":
        boxed = next((image for image in images if image.regions), None)
        if boxed is not None:
            album.put(replace(boxed, regions=boxed.regions[1:]))
    return album.counted(content)


def add_counted(world: World, project: Project, count: int, tag_id: str | None, now: datetime) -> list[Image]:
    """Put new pictures into a project's album. In a detection project a tag has a box."""
    album = album_of(world, project)
    images = []
    for _ in range(count):
        image_id = world.new_id("image")
        picture = world.pictures.number(f"{world.seed}/{image_id}", len(world.pictures.files))
        image = _image(world, project, image_id, picture, tag_id, album.next_tick(now), boxed=True)
        album.put(image)
        images.append(image)
    changed(project)
    return images


def _made(world: World, project: Project, content: Content) -> Album:
    """By the names of tags, so that a copy, whose tags have another order, has the same pictures."""
    album = Album()
    origin = content.origin or project.id
    labels = [(tag.name, tag.id, tag.image_count) for tag in sorted(content.tags, key=lambda tag: tag.name)]
    number = 0
    for name, tag_id, count in [*labels, ("", None, content.untagged)]:
        for place in range(count):
            image_id = uuid_of(f"{world.seed}/{project.id}/image/{number}")
            picture = world.pictures.number(f"{world.seed}/{origin}/{name}/{place}", number)
            at = album.next_tick(project.created)
            album.put(_image(world, project, image_id, picture, tag_id, at, boxed=number < content.regions))
            number += 1
    return album


def _image(  # noqa: PLR0913, PLR0917 - what an image is made of
    world: World, project: Project, image_id: str, picture: str, tag_id: str | None, at: int, *, boxed: bool
) -> Image:
    width, height = world.pictures.size(picture)
    regions: tuple[Region, ...] = ()
    if tag_id is not None and project.kind == "detection" and boxed:
        left, top, wide, high = shares(picture)
        box = (float32(0.6 * left), float32(0.6 * top), float32(0.05 + 0.3 * wide), float32(0.05 + 0.3 * high))
        regions = (Region(uuid_of(f"{image_id}/region"), tag_id, *box, at),)
    tags = () if tag_id is None else ((tag_id, at),)
    return Image(image_id, at, width, height, picture, tags, regions)
