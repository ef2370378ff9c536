"""Frozen records of a project's images and their labels. Unknown fields are ignored, unknown values are kept.

Times stay the text that was sent (seven digits, no zone), and numbers stay as sent: a backup must store what was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cvaction.secret import Secret

__all__ = [
    "DONE",
    "EXPORTING",
    "FAILED",
    "OK",
    "OK_DUPLICATE",
    "Created",
    "Domain",
    "Image",
    "ImageTag",
    "Labelled",
    "ModelExport",
    "Region",
    "Upload",
]

# The states of an export, and of one image in an upload. More may come: compare, never enumerate.
DONE, EXPORTING, FAILED = "Done", "Exporting", "Failed"
OK, OK_DUPLICATE = "OK", "OKDuplicate"


@dataclass(frozen=True)
class ImageTag:
    """A tag of an image. `created` is when the image got it."""

    tag_id: str
    tag_name: str
    created: str


@dataclass(frozen=True)
class Region:
    """A box in an image: 0 to 1 of its width and height, as sent. A new one has no `region_id` yet."""

    region_id: str
    tag_id: str
    tag_name: str
    created: str
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Image:
    """An image of a project. Width and height are in pixels, None if the service does not return them.

    `original` is the address of the picture: a URL with a signature, valid for 24 h (a secret), or a path for `artifact`.
    It is empty if the service returns none.
    """

    id: str
    created: str
    width: int | None
    height: int | None
    tags: tuple[ImageTag, ...]
    regions: tuple[Region, ...]
    metadata: Mapping[str, str]
    original: Secret


@dataclass(frozen=True)
class Created:
    """The result for one image of an upload. `name` is the sent name; `image` is None if the image was refused."""

    name: str
    status: str
    image: Image | None

    @property
    def there(self) -> bool:
        """Whether the project has the picture now."""
        return self.status in {OK, OK_DUPLICATE} and self.image is not None


@dataclass(frozen=True)
class Labelled:
    """The result for a batch of tags or regions: pairs of image id and tag id."""

    created: tuple[tuple[str, str], ...]
    duplicated: tuple[tuple[str, str], ...]
    exceeded: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Upload:
    """An image to create: its bytes, its tags, its regions (their ids and times are not sent)."""

    name: str
    contents: bytes
    tag_ids: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True)
class Domain:
    """A domain that the resource offers. `type` is Classification or ObjectDetection."""

    id: str
    name: str
    type: str
    exportable: bool
    enabled: bool


@dataclass(frozen=True)
class ModelExport:
    """A model as a file, done or in progress. `download` is a signed URL or a path for `artifact`; empty until Done."""

    platform: str
    flavor: str
    status: str
    download: Secret
    outdated: bool
