"""What a format is made of: a project as the native files describe it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cvaction.archive import layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cvaction.archive.manifest import Manifest
    from cvaction.archive.place import Place
    from cvaction.archive.rows import ImageRow

NEGATIVE = "Negative"


@dataclass(frozen=True)
class Tag:
    """A tag of the project."""

    id: str
    name: str
    type: str
    description: str = ""

    @classmethod
    def of(cls, wire: Mapping[str, Any]) -> Tag:
        """A tag from the API's JSON. Raises WireError if its id is not a UUID."""
        kind = wire.get("type")
        return cls(
            layout.checked_id(wire.get("id"), "a tag"),
            str(wire.get("name") or ""),
            kind if isinstance(kind, str) and kind else "Regular",
            str(wire.get("description") or ""),
        )

    @property
    def negative(self) -> bool:
        """Whether it is the negative tag: no object of the other tags is in the image."""
        return self.type == NEGATIVE


@dataclass(frozen=True)
class Source:
    """A project. Each call of `rows` yields its images, in the order of images.jsonl."""

    place: Place
    manifest: Manifest
    tags: tuple[Tag, ...]
    rows: Callable[[], Iterator[ImageRow]]

    @property
    def classes(self) -> tuple[Tag, ...]:
        """The tags that are classes, by name: all except the negative one."""
        return tuple(sorted((tag for tag in self.tags if not tag.negative), key=lambda tag: (tag.name, tag.id)))

    @property
    def detection(self) -> bool:
        """Whether its labels are boxes."""
        return self.manifest.kind == "detection"

    @property
    def no_pictures(self) -> list[str]:
        """The warning of a format that needs pictures in a backup without them; empty for an empty project."""
        return (
            ["it needs the pictures, and this backup has none: not written"] if self.manifest.counts["images"] else []
        )
