"""What a format is made of: a project as its native files have it."""

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
        """A Tag of the API; WireError where its id is no UUID."""
        kind = wire.get("type")
        return cls(
            layout.checked_id(wire.get("id"), "a tag"),
            str(wire.get("name") or ""),
            kind if isinstance(kind, str) and kind else "Regular",
            str(wire.get("description") or ""),
        )

    @property
    def negative(self) -> bool:
        """Whether it says that nothing of the others is to be seen."""
        return self.type == NEGATIVE


@dataclass(frozen=True)
class Source:
    """A project. `rows` gives its images, in the order of images.jsonl, as often as it is called."""

    place: Place
    manifest: Manifest
    tags: tuple[Tag, ...]
    rows: Callable[[], Iterator[ImageRow]]

    @property
    def classes(self) -> tuple[Tag, ...]:
        """The tags that are classes, by name: all but the negative one."""
        return tuple(sorted((tag for tag in self.tags if not tag.negative), key=lambda tag: (tag.name, tag.id)))

    @property
    def detection(self) -> bool:
        """Whether its labels are boxes."""
        return self.manifest.kind == "detection"

    @property
    def no_pictures(self) -> list[str]:
        """What a format that needs pictures tells where there are none: of an empty project nothing is missing."""
        return (
            ["it needs the pictures, and this backup has none: not written"] if self.manifest.counts["images"] else []
        )
