"""A request that the gateway has accepted, and the answers of an operation other than JSON with 200."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from emulator.api.wire import Request, iteration_json, project_json
from emulator.state.errors import ServiceError

if TYPE_CHECKING:
    from datetime import datetime

    from emulator.api.headers import Headers
    from emulator.api.routes import Route
    from emulator.state.model import Content, Entry, Iteration, Project, Resource
    from emulator.state.world import World

_UUID: Final = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class Reply:
    """An answer that is not JSON with 200: another status, no body (204), or bytes."""

    status: int
    value: object = None
    content: bytes | None = None


@dataclass
class Call:
    """A request that got past the gateway."""

    world: World
    resource: Resource
    request: Request
    headers: Headers
    route: Route
    now: datetime

    @cached_property
    def query(self) -> dict[str, str]:
        """The query, by names in lower case, because the service ignores their case."""
        return {name.lower(): value for name, value in self.request.query.items()}

    def id_in(self, values: dict[str, str], name: str) -> str:
        """A UUID of the path or the query, in its usual form."""
        return uuid_in(values.get(name, ""), name)

    def ids(self, name: str, limit: int) -> list[str]:
        """The UUIDs of a list in the query, separated by commas."""
        found = [uuid_in(part.strip(), name) for part in self.query.get(name.lower(), "").split(",") if part.strip()]
        if len(found) > limit:
            raise ServiceError("BadRequestExceededBatchSize", f"{name} is limited to {limit}, and has {len(found)}.")
        return found

    def number(self, name: str, default: int, most: int | None = None) -> int:
        """A whole number of the query, from 0 to `most`."""
        text = self.query.get(name, "") or str(default)
        if not re.fullmatch(r"[0-9]{1,9}", text) or (most is not None and int(text) > most):
            raise ServiceError("BadRequestInvalid", f"{name} must be a number from 0 to {most}: {text}")
        return int(text)

    def flag(self, name: str) -> bool:
        """A switch of the query."""
        return self.query.get(name, "").lower() == "true"

    def body(self, code: str, name: str) -> dict[str, Any]:
        """The JSON object of the body, or an error with the code."""
        try:
            value = json.loads(self.request.body)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise ServiceError(code, name)
        return value

    @cached_property
    def project(self) -> Project:
        """The project of the path."""
        return self.world.find(self.resource, self.id_in(self.route.params, "project"))

    @cached_property
    def iteration(self) -> Iteration:
        """The iteration of the path."""
        return self.world.find_iteration(self.project, self.id_in(self.route.params, "iteration"))

    @property
    def content(self) -> Content:
        """The workspace's content, or that of the iteration in the query."""
        if not self.query.get("iterationid"):
            return self.project.visible_content(self.now)
        iteration_id = self.id_in(self.query, "iterationid")
        return self.world.find_iteration(self.project, iteration_id).content

    def project_json(self, project: Project) -> dict[str, Any]:
        """A project of this resource on the wire."""
        return self.row_json(project, project.entry)

    def row_json(self, project: Project, entry: Entry) -> dict[str, Any]:
        """A row of a listing, without what the switches leave out."""
        lacking = self.world.behaviour.rows_lack.split(",")
        row = project_json(project, self.now, self.resource.region, entry)
        return {name: value for name, value in row.items() if name not in lacking}

    def iteration_json(self, iteration: Iteration) -> dict[str, Any]:
        """An iteration of this project on the wire."""
        return iteration_json(iteration, self.project, self.route.minor)


def uuid_in(text: str, name: str) -> str:
    """A UUID in its usual form. In a request it may have no dashes, and capital letters."""
    if not _UUID.fullmatch(text):
        raise ServiceError("BadRequestInvalidIds", f"Invalid {name} id: {text}")
    digits = text.replace("-", "").lower()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
