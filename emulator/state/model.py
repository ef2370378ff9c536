"""The contents of a resource. Images are only counted, so a million costs no more than ten (but see `images.py`)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime  # noqa: TC003 - the store reads the annotations
from typing import TYPE_CHECKING, Final, Literal

from emulator.state.metrics import Metrics  # noqa: TC001 - the store reads the annotations

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.state.images import Album

Kind = Literal["classification", "detection"]

PROJECT_LIMITS: Final = {"F0": 2, "S0": 100}
"""Projects a resource may hold, by tier (the vendor's documentation). Failed and importing ones count."""

APART: Final = {"apart": True}
"""What the store does not keep in its owner's record."""

AUGMENTATIONS: Final = (
    "rotation",
    "scaling",
    "translation",
    "horizontal flip",
    "equalize",
    "solarize",
    "padtosquare",
)
"""The image transforms of a new project, as recorded on the wire."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of the workspace, or of an iteration as it was when that was trained."""

    id: str
    name: str
    image_count: int
    type: str = "Regular"
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """The images and tags of a workspace or of an iteration."""

    tags: tuple[Tag, ...] = ()
    tagged: int = 0
    untagged: int = 0
    regions: int = 0
    edits: int = 0  # changes that no count shows, such as a box that was moved
    origin: str = ""  # where the pictures come from: a copy has the same as its source

    def half(self) -> Content:
        """The content when half of the images have arrived: all tags, half of each count."""
        tags = tuple(replace(tag, image_count=tag.image_count // 2) for tag in self.tags)
        missing = sum(tag.image_count for tag in self.tags) - sum(tag.image_count for tag in tags)
        tagged = max(0, self.tagged - missing)
        return replace(self, tags=tags, tagged=tagged, untagged=self.untagged // 2, regions=self.regions // 2)


@dataclass(frozen=True, slots=True)
class ModelExport:
    """A model as a file: ready at `done`; never if that is None."""

    platform: str
    flavor: str | None
    done: datetime | None
    failed: bool = False

    def status(self, now: datetime) -> str:
        """The status as the service sends it."""
        if self.done is None or now < self.done:
            return "Exporting"
        return "Failed" if self.failed else "Done"


@dataclass(slots=True)
class Iteration:
    """A trained state of a project. Answers and metrics depend on `model`, and a copy has the same one."""

    id: str
    name: str
    status: str
    created: datetime
    last_modified: datetime
    trained_at: datetime | None
    content: Content
    domain_id: str
    classification_type: str | None
    model: str
    copied: bool = False
    publish_name: str | None = None
    publish_resource_id: str | None = None
    metrics: Metrics | None = None
    queued_until: datetime | None = None
    training_until: datetime | None = None
    training_fails: bool = False
    training_type: str = "Regular"
    reserved_hours: int = 0
    exports: list[ModelExport] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Settings:
    """A project's settings, with the values that a new project has on the wire."""

    domain_id: str
    classification_type: str | None
    target_export_platforms: tuple[str, ...] = ()
    use_negative_set: bool = True
    augmentations: tuple[tuple[str, bool], ...] | None = tuple((name, True) for name in AUGMENTATIONS)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a listing shows of a project. Replaced, never changed, so that a lagging listing can show old entries."""

    name: str
    description: str
    settings: Settings
    last_modified: datetime
    status: str


@dataclass(slots=True)
class ImportJob:
    """A running import: the project's future contents, and when it ends. `done`: None if it never ends."""

    halfway: datetime
    done: datetime | None
    status: str
    content: Content
    iterations: list[Iteration]
    late_until: datetime | None = None
    album: Album | None = field(default=None, metadata=APART)


@dataclass(slots=True)
class Project:
    """A project. Its entry changes only through `World.change`, which keeps the history."""

    id: str
    kind: Kind
    created: datetime
    entry: Entry
    content: Content
    iterations: list[Iteration] = field(default_factory=list)
    job: ImportJob | None = None
    late_until: datetime | None = None
    history: list[tuple[datetime, Entry]] = field(default_factory=list)
    album: Album | None = field(default=None, metadata=APART)  # None: the images are only counted

    @property
    def name(self) -> str:
        """The present name."""
        return self.entry.name

    @property
    def description(self) -> str:
        """The present description."""
        return self.entry.description

    @property
    def settings(self) -> Settings:
        """The present settings."""
        return self.entry.settings

    @property
    def status(self) -> str:
        """`Succeeded`, `Importing` or `Failed`."""
        return self.entry.status

    @property
    def last_modified(self) -> datetime:
        """The time of the last change."""
        return self.entry.last_modified

    @property
    def tags(self) -> tuple[Tag, ...]:
        """The workspace's tags."""
        return self.content.tags

    @property
    def published(self) -> list[Iteration]:
        """The iterations that serve predictions."""
        return [iteration for iteration in self.iterations if iteration.publish_name is not None]

    def visible_content(self, now: datetime) -> Content:
        """What the counts show: only a part while an import runs, and shortly after it if the counts lag."""
        if self.job is not None:
            return self.job.content.half() if now >= self.job.halfway else Content()
        if self.late_until is not None and now < self.late_until:
            return self.content.half()
        return self.content


@dataclass(frozen=True, slots=True)
class Export:
    """A snapshot of a project, and its token. Anybody who has the token can import the snapshot, on any resource."""

    token: str
    expires: datetime
    name: str
    description: str
    kind: Kind
    settings: Settings
    content: Content
    iterations: list[Iteration]
    album: Album | None = field(default=None, metadata=APART)


@dataclass(slots=True)
class Resource:
    """A training resource with its prediction resource: an endpoint, keys, a tier, projects."""

    name: str
    tier: str
    region: str
    training_key: str
    training_key_2: str
    prediction_key: str
    prediction_resource_id: str
    stored_projects: dict[str, Project] = field(default_factory=dict)
    deleted: list[tuple[datetime, Project]] = field(default_factory=list)
    recent: deque[datetime] = field(default_factory=deque)
    settle: Callable[[], None] | None = None

    @property
    def projects(self) -> dict[str, Project]:
        """The projects by id, oldest first. Imports that should have ended by now have ended."""
        if self.settle is not None:
            self.settle()
        return self.stored_projects

    @property
    def project_limit(self) -> int:
        """The greatest number of projects."""
        return PROJECT_LIMITS[self.tier]
