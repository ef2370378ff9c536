"""What an import copies of images: pictures, labels, metadata, under new ids; and what goes wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Image, NewImage, Project
from emulator.state.pictures import Pictures, draw
from tests.emulator.driver import World

if TYPE_CHECKING:
    from pathlib import Path

BOX = (0.1, 0.2, 0.3, 0.4)


def labels(world: World, project: Project, image: Image) -> object:
    """All of an image but its ids and dates."""
    names = {tag.id: tag.name for tag in project.tags}
    return (
        world.emulator.image_bytes(image),
        image.width,
        image.height,
        sorted(names[tag] for tag in image.tag_ids),
        sorted((names[region.tag_id], region.box) for region in image.regions),
        image.metadata,
    )


def held(world: World, project: Project) -> list[object]:
    resource = world.source if project.id in world.source.projects else world.target
    return sorted((labels(world, project, image) for image in world.emulator.images(resource, project.id)), key=repr)


@pytest.fixture
def project(world: World) -> Project:
    """Only counted."""
    return world.emulator.add_project(world.source, "A", kind="detection", tags={"Cat": 3, "Dog": 4}, untagged=2)


@pytest.fixture
def labelled(world: World, project: Project) -> Project:
    """With images of its own."""
    new = [
        NewImage(boxes=(("Cat", *BOX), ("Dog", *BOX), ("Dog", 0, 0, 1, 1)), metadata={"file": "a.jpg"}),
        NewImage(tags=("Dog",), format="png"),
        NewImage(text="twice"),
        NewImage(text="twice"),
    ]
    world.emulator.put_images(world.source, project.id, new)
    return project


def test_a_copy_of_counts_has_the_same_pictures(world: World, project: Project) -> None:
    copy = world.copied(project.id)
    assert copy.album is None
    assert held(world, copy) == held(world, project)
    again = world.emulator.clone(world.source, project.id)
    assert held(world, again) == held(world, project)


def test_a_copy_has_the_users_own_pictures_too(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.png").write_bytes(draw("png", 9, 9, str(number)))
    world = World()
    world.emulator.pictures = Pictures(tmp_path)
    project = world.emulator.add_project(world.source, "A", tags={"b": 2, "a": 2, "c": 2}, untagged=1)
    assert held(world, world.copied(project.id)) == held(world, project)
    files = [image for image in world.emulator.images(world.source, project.id) if image.picture.startswith("file:")]
    assert len({image.picture for image in files}) == 5


@pytest.mark.parametrize("outcome", ["ok", "failed", "lose-image", "region-loss", "lose-iteration"])
def test_images_made_from_counts_are_as_counted(world: World, project: Project, outcome: str) -> None:
    world.behaviour.import_outcomes = [outcome]
    copy = world.copied(project.id)
    before = copy.content
    assert world.emulator.images(world.target, copy.id)
    assert copy.album is not None
    assert copy.album.counted(before) == before


def test_a_copy_of_images_has_them_all_under_new_ids(world: World, labelled: Project) -> None:
    copy = world.copied(labelled.id)
    assert held(world, copy) == held(world, labelled)
    assert copy.album is not None
    ids = {image.id for image in world.emulator.images(world.source, labelled.id)}
    assert len(ids) == 13
    assert ids.isdisjoint(image.id for image in copy.album)
    regions = {region.id for image in world.emulator.images(world.source, labelled.id) for region in image.regions}
    assert regions.isdisjoint(region.id for image in copy.album for region in image.regions)
    assert {(tag.name, tag.image_count) for tag in copy.tags} == {("Cat", 4), ("Dog", 6)}
    assert (copy.content.tagged, copy.content.untagged, copy.content.regions) == (9, 4, 10)


def test_an_export_is_a_snapshot(world: World, labelled: Project) -> None:
    before = held(world, labelled)
    token = world.export(labelled.id)["token"]
    for image in world.emulator.images(world.source, labelled.id):
        world.emulator.delete_images(world.source, labelled.id, image.id)
    copy = world.import_(token).json["id"]
    world.clock.sleep(world.behaviour.import_seconds)
    assert held(world, world.target.projects[copy]) == before


@pytest.mark.parametrize(
    ("outcome", "tagged", "untagged", "tags", "regions"),
    [
        ("failed", 6, 0, 2, 6),
        ("lose-image", 9, 3, 2, 10),
        ("lose-tag", 6, 7, 1, 6),
        ("region-loss", 9, 4, 2, 9),
    ],
)
def test_imports_that_go_wrong(  # noqa: PLR0917 - one case
    world: World, labelled: Project, outcome: str, tagged: int, untagged: int, tags: int, regions: int
) -> None:
    world.behaviour.import_outcomes = [outcome]
    copy = world.copied(labelled.id)
    content = copy.content
    assert (content.tagged, content.untagged, len(content.tags), content.regions) == (tagged, untagged, tags, regions)
    assert len(world.emulator.images(world.target, copy.id)) == tagged + untagged
