"""What the service holds: resources, projects, and what is in a project."""

from __future__ import annotations

import time
import uuid
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.other_service.answers import now, refuse
from tests.other_service.pictures import float32
from tests.other_service.ways import DOMAINS, Domain, Ways

if TYPE_CHECKING:
    from datetime import datetime

Settings = dict[str, Any]


def new_id() -> str:
    return str(uuid.uuid4())


@dataclass
class Tag:
    name: str
    kind: str = "Regular"
    description: str | None = None
    id: str = field(default_factory=new_id)


@dataclass
class Box:
    tag: str
    sides: dict[str, float]
    created: datetime = field(default_factory=now)
    id: str = field(default_factory=new_id)

    @classmethod
    def of(cls, sent: dict[str, Any]) -> Box:
        return cls(sent["tagId"], {side: float32(sent[side]) for side in ("left", "top", "width", "height")})


@dataclass
class Image:
    size: tuple[int, int]
    digest: str  # of the uploaded bytes
    created: datetime
    id: str = field(default_factory=new_id)
    blob: str = ""
    tags: dict[str, datetime] = field(default_factory=dict)  # by the tag's id: since when
    boxes: list[Box] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass
class Model:
    platform: str
    flavor: str | None
    blob: str
    done: float

    @property
    def ready(self) -> bool:
        return time.monotonic() >= self.done


@dataclass
class Iteration:
    name: str
    status: str = "Completed"
    created: datetime = field(default_factory=now)
    modified: datetime = field(default_factory=now)
    trained: datetime | None = field(default_factory=now)
    done: float = 0.0
    published: str | None = None
    published_to: str | None = None
    models: list[Model] = field(default_factory=list)
    id: str = field(default_factory=new_id)


@dataclass
class Project:
    name: str
    description: str
    settings: Settings
    id: str = field(default_factory=new_id)
    created: datetime = field(default_factory=now)
    modified: datetime = field(default_factory=now)
    status: str = "Succeeded"
    done: float = 0.0
    coming: Project | None = None  # what an import under way will bring
    tags: dict[str, Tag] = field(default_factory=dict)
    images: dict[str, Image] = field(default_factory=dict)
    iterations: dict[str, Iteration] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        return self.id.replace("-", "")

    @property
    def domain(self) -> Domain:
        return DOMAINS[self.settings["domainId"]]

    @property
    def training(self) -> bool:
        return any(iteration.status == "Training" for iteration in self.iterations.values())

    def unsettled(self, lag: float) -> bool:
        """Whether this came from an import that ended less than so many seconds ago."""
        return self.done > time.monotonic() - lag

    def touch(self) -> None:
        self.modified = now()

    def tick(self, blobs: dict[str, bytes], ways: Ways) -> None:
        """What time has brought to its end."""
        moment = time.monotonic()
        if self.coming is not None and moment >= self.done:
            if self.coming.name in ways.failing_imports:
                self.status, self.coming = "Failed", None
            else:
                self._arrive(self.coming, blobs)
        for iteration in self.iterations.values():
            if iteration.status == "Training" and moment >= iteration.done:
                iteration.status, iteration.trained, iteration.modified = "Completed", now(), now()

    def _arrive(self, source: Project, blobs: dict[str, bytes]) -> None:
        new_tags = {old: Tag(tag.name, tag.kind, tag.description) for old, tag in source.tags.items()}
        self.tags = {tag.id: tag for tag in new_tags.values()}
        for image in source.images.values():
            copy = deepcopy(image)
            copy.id = new_id()
            copy.tags = {new_tags[tag].id: since for tag, since in image.tags.items()}
            copy.boxes = [Box(new_tags[box.tag].id, dict(box.sides), box.created) for box in image.boxes]
            copy.blob = f"/i-{self.folder}/i-{copy.id.replace('-', '')}"
            blobs[copy.blob] = blobs[image.blob]
            self.images[copy.id] = copy
        for iteration in source.iterations.values():
            if iteration.status == "Completed":
                trained = Iteration(iteration.name, trained=iteration.trained)
                self.iterations[trained.id] = trained
        self.status, self.coming = "Succeeded", None
        self.touch()


@dataclass
class Resource:
    name: str
    ways: Ways
    origin: str = ""
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    limit: int = 100  # projects
    projects: dict[str, Project] = field(default_factory=dict)
    shown: list[tuple[float, list[dict[str, Any]]]] = field(default_factory=list)  # what a listing that lags shows
    sent: list[float] = field(default_factory=list)  # when the calls of the last second came
    log: list[tuple[str, str, int]] = field(default_factory=list)  # method, path, status

    def __post_init__(self) -> None:
        self.prediction_id = (
            f"/subscriptions/{new_id()}/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/{self.name}-p"
        )

    @property
    def names(self) -> list[str]:
        return sorted(project.name for project in self.projects.values())

    def named(self, name: str) -> Project:
        """The one project of this name."""
        (found,) = (project for project in self.projects.values() if project.name == name)
        return found

    def add(self, project: Project) -> Project:
        if len(self.projects) >= self.limit:
            raise refuse(400, "BadRequestExceedProjectLimit", f"Project count exceeds limit ({self.limit})")
        self.projects[project.id] = project
        return project

    def calls(self, method: str, end: str = "") -> int:
        """How many calls of this method, to a path of this end, have come."""
        return sum(called == method and path.endswith(end) for called, path, _ in list(self.log))
