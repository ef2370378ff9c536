"""Projects as files, made without the service: what a backup writes, from JSON as the API sends it."""

from __future__ import annotations

import hashlib
import io
import random
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PIL import Image

from cvaction.archive import Archive, Committed, Content, ImageRow, Listing, ProjectStore
from cvaction.archive.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from cvaction.archive.checking import Verdict
    from cvaction.archive.incoming import Incoming

ORIGIN = "https://shelf.cognitiveservices.azure.com"
WHEN = datetime(2026, 11, 27, 2, 0, 0, tzinfo=UTC)
FOLDER = "custom-vision-backup"
FORMS = {"jpg": "JPEG", "png": "PNG", "gif": "GIF", "bmp": "BMP"}
GENERAL = ("ee85a74c-405e-4adc-bb47-ffa8ca0c9f31", "Classification")
DOMAINS = {
    "multiclass": GENERAL,
    "multilabel": GENERAL,
    "detection": ("da2e3a8a-40a5-4171-82f4-58522f70fbc1", "ObjectDetection"),
}
TYPES = {"multiclass": "Multiclass", "multilabel": "Multilabel"}


def picture(width: int = 40, height: int = 30, seed: int = 0, form: str = "jpg", **options: Any) -> bytes:
    """A small picture, another one for each seed."""
    image = Image.new("RGB", (width, height), (seed * 37 % 256, seed * 91 % 256, seed % 256))
    image.putpixel((0, 0), (seed >> 16 & 255, seed >> 8 & 255, seed & 255))
    out = io.BytesIO()
    image.save(out, FORMS[form], **options)
    return out.getvalue()


@dataclass
class Sample:
    """A project, as the service would tell it. `images` and `tags` are JSON of the API."""

    kind: str = "multiclass"
    name: str = "Shelf classifier"
    seed: int = 1
    tags: list[dict[str, Any]] = field(default_factory=list)
    images: list[dict[str, Any]] = field(default_factory=list)
    iterations: list[dict[str, Any]] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self.id = self.new_id()

    def new_id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128)))

    def tag(self, name: str, kind: str = "Regular", description: str | None = None) -> str:
        """A tag; returns its id."""
        self.tags.append({"id": self.new_id(), "name": name, "description": description, "type": kind, "imageCount": 1})
        return str(self.tags[-1]["id"])

    def image(
        self,
        tags: Iterable[str] = (),
        boxes: Iterable[tuple[str, float, float, float, float]] = (),
        *,
        form: str = "jpg",
        size: tuple[int, int] = (40, 30),
        metadata: Mapping[str, str] | None = None,
        data: bytes | None = None,
    ) -> str:
        """An image; returns its id. A box is a tag and left, top, width, height."""
        number, image_id = len(self.images), self.new_id()
        names, boxes = {tag["id"]: tag["name"] for tag in self.tags}, list(boxes)
        labels = dict.fromkeys([*tags, *(box[0] for box in boxes)])
        created = f"2026-01-{number // 1000 + 1:02}T00:{number // 60 % 60:02}:{number % 60:02}.1234567"
        wire: dict[str, Any] = {
            "id": image_id,
            "created": created,
            "width": size[0],
            "height": size[1],
            "resizedImageUri": "https://store.blob.core.windows.net/i?sig=secret",
            "originalImageUri": "https://store.blob.core.windows.net/i?sig=secret",
        }
        if labels:
            wire["tags"] = [{"tagId": tag, "tagName": names[tag], "created": created} for tag in labels]
        if boxes:
            sides = ("left", "top", "width", "height")
            wire["regions"] = [
                {"regionId": self.new_id(), "tagId": box[0], "tagName": names[box[0]], "created": created}
                | dict(zip(sides, box[1:], strict=True))
                for box in boxes
            ]
        if metadata:
            wire["metadata"] = dict(metadata)
        self.images.append(wire)
        self.pictures[image_id] = data or picture(*size, seed=self.seed * 1000 + number, form=form)
        return image_id

    def project(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "description": "Which product is on the shelf.",
            "settings": {
                "domainId": DOMAINS[self.kind][0],
                "classificationType": TYPES.get(self.kind),
                "targetExportPlatforms": [],
                **self.settings,
            },
            "created": "2026-01-01T00:00:00.000Z",
            "lastModified": "2026-01-02T00:00:00.000Z",
            "thumbnailUri": "https://store.blob.core.windows.net/t?sig=secret",
        }

    def content(self, images: Listing, **changes: Any) -> Content:
        given: dict[str, Any] = {
            "project": self.project(),
            "tags": self.tags,
            "iterations": self.iterations,
            "images": images,
            "kind": self.kind,
            "domain": {"id": DOMAINS[self.kind][0], "name": "General", "type": DOMAINS[self.kind][1]},
        }
        return Content(**given | changes)


def receive(part: Incoming, data: bytes) -> None:
    """Write a complete body."""
    with closing(part.open()) as file:
        file.write(data)
        file.finish()


def take(store: ProjectStore, row: ImageRow, data: bytes, kept: Callable[[], None] = lambda: None) -> None:
    """Let a download come in."""
    with store.incoming(row.id) as part:
        receive(part, data)
        store.keep(row, part, hashlib.sha256(data).hexdigest(), len(data), kept)


def back_up(
    workspace: Path,
    sample: Sample,
    *,
    pixels: bool = True,
    also: Callable[[ProjectStore], None] = lambda _: None,
    when: datetime = WHEN,
    performance: Iterable[tuple[str, Mapping[str, Any]]] | None = None,
    **changes: Any,
) -> Committed:
    """Back a project up, as the action does; `also` may add models before the end."""
    with (
        Archive.open(workspace, FOLDER, ORIGIN) as archive,
        archive.project(sample.id, sample.name) as store,
        Listing() as images,
    ):
        for wire in sample.images:
            row = ImageRow.of(wire)
            images.add(row)
            if pixels and store.known(row.id) is None:
                take(store, row, sample.pictures[row.id])
        also(store)
        return store.commit(store.draft(sample.content(images, **changes)), when, performance)


def folder_of(workspace: Path, sample: Sample) -> Path:
    """The folder of a sample's backup."""
    with Archive.open(workspace, FOLDER, ORIGIN) as archive:
        entry = archive.index.entry(sample.id)
        assert entry
        return workspace / FOLDER / entry.folder


def checked(workspace: Path, *, pixels: bool = True) -> Verdict:
    return verify(workspace / FOLDER, pixels=pixels)


def classified(kind: str = "multiclass", **fields: Any) -> Sample:
    """A classifier's project: tags with awkward names, a negative one, an untagged rest."""
    sample = Sample(kind, **fields)
    tea, coffee, clash = sample.tag("Tea"), sample.tag('Cof:fee/"1"'), sample.tag("tea")
    none = sample.tag("Empty shelf", "Negative")
    for number in range(24):
        tags = [(tea, coffee, clash)[number % 3]]
        sample.image(tags if kind == "multiclass" else [tea, *tags], form=("jpg", "png", "bmp")[number % 3])
    sample.image([none])
    sample.image([tea], form="gif")
    sample.image()
    sample.image(metadata={"file": "C:\\photos\\1.jpg", "größe": "10 €"})
    return sample


def detected(**fields: Any) -> Sample:
    """A detector's project: boxes, some over the edge, one outside, a negative image, an untagged rest."""
    sample = Sample("detection", name=fields.pop("name", "Pärts: “A”/B"), **fields)
    bolt, nut = sample.tag("bolt"), sample.tag("nut #1")
    none = sample.tag("nothing", "Negative")
    for number in range(24):
        box = (number / 100, 0.2, 0.4007353, 0.3)
        sample.image(
            boxes=[(bolt, *box), (nut, 0.5, 0.5, 0.25, 0.125)][: 1 + number % 2], form=("jpg", "png")[number % 2]
        )
    sample.image(boxes=[(nut, -0.1, 0.9, 0.3, 0.4), (bolt, 1.2, 0.1, 0.1, 0.1)], size=(64, 20))
    sample.image([none])
    sample.image([bolt])
    sample.image()
    return sample
