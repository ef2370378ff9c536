"""One call of the API: on which resource, with what, and what every operation needs of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.other_service.answers import refuse
from tests.other_service.blobs import Blobs

if TYPE_CHECKING:
    from datetime import datetime
    from email.message import Message

    from tests.other_service.model import Iteration, Project, Resource
    from tests.other_service.ways import Ways


@dataclass
class Store:
    """What the resources share: files and export tokens."""

    blobs: Blobs = field(default_factory=Blobs)
    tokens: dict[str, tuple[Project, datetime]] = field(default_factory=dict)  # what was exported, until when


@dataclass(frozen=True)
class Call:
    resource: Resource
    store: Store
    ids: list[str]
    query: dict[str, str]
    body: bytes
    headers: Message

    @property
    def ways(self) -> Ways:
        return self.resource.ways

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            raise refuse(400, "BadRequestInvalid", "The body is no JSON") from None

    @property
    def project(self) -> Project:
        if self.ids[0] not in self.resource.projects:
            raise refuse(404, "NotFoundProject", "Project not found")
        return self.resource.projects[self.ids[0]]

    @property
    def iteration(self) -> Iteration:
        if self.ids[1] not in self.project.iterations:
            raise refuse(404, "NotFoundIteration", "Iteration not found")
        return self.project.iterations[self.ids[1]]

    def needed(self, name: str) -> str:
        if name not in self.query:
            raise refuse(400, "BadRequestRequiredParam", f"Missing {name}")
        return self.query[name]

    def listed(self, name: str) -> list[str]:
        return [part for part in self.query.get(name, "").split(",") if part]

    def number(self, name: str, default: int, largest: int | None = None) -> int:
        value = int(self.query.get(name, default))
        if value < 0 or (largest is not None and value > largest):
            raise refuse(400, "BadRequestInvalid", f"{name} must be at most {largest}")
        return value


Operation = Callable[[Call], Any]
"""Returns the body of a 200, or an `Answer`."""
