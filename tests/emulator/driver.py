"""A fake clock and a client without a network: what the emulator's tests drive it with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from emulator import Behaviour, Emulator, Project, Request, Resource, Response

START = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xe0 a picture \r\n\r\n--with awkward bytes\x00"


@dataclass
class FakeClock:
    """Time that passes when it is told to."""

    moment: datetime = START

    def __call__(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Answer:
    status: int
    json: Any
    headers: dict[str, str]


@dataclass
class World:
    """Two resources and a clock."""

    clock: FakeClock = field(default_factory=FakeClock)
    behaviour: Behaviour = field(default_factory=Behaviour)
    tier: str = "S0"

    def __post_init__(self) -> None:
        self.emulator = Emulator(now=self.clock, behaviour=self.behaviour)
        self.source = self.emulator.add_resource("source")
        self.target = self.emulator.add_resource("target", tier=self.tier)

    def call(
        self,
        resource: Resource,
        method: str,
        path: str,
        query: dict[str, str] | None = None,
        body: bytes = b"",
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        base: str = "/customvision/v3.3/training/",
    ) -> Answer:
        fields = {"Training-Key": key or resource.training_key, "Content-Length": str(len(body))}
        fields.update(headers or {})
        request = Request(method, base + path, query or {}, fields, body)
        response = self.emulator.handle(resource, request)
        assert response.headers.get("Content-Type", "application/json").startswith("application/json")
        value = json.loads(response.body) if response.body else None
        return Answer(response.status, value, dict(response.headers))

    def artifact(self, project_id: str, path: str) -> Response:
        """GetArtifact of the source: no JSON."""
        headers = {"Training-Key": self.source.training_key}
        base = f"/customvision/v3.3/training/projects/{project_id}/artifacts"
        return self.emulator.handle(self.source, Request("GET", base, {"path": path}, headers))

    def get(self, resource: Resource, path: str, **query: str) -> Any:
        answer = self.call(resource, "GET", path, query)
        assert answer.status == 200, answer
        return answer.json

    def export(self, project_id: str) -> dict[str, Any]:
        exported: dict[str, Any] = self.get(self.source, f"projects/{project_id}/export")
        return exported

    def import_(self, token: str, name: str | None = None) -> Answer:
        query = {"token": token} | ({} if name is None else {"name": name})
        return self.call(self.target, "POST", "projects/import", query)

    def copy(self, project_id: str, name: str | None = None) -> str:
        """Export, import, and wait for the end; the copy's id."""
        answer = self.import_(self.export(project_id)["token"], name)
        assert answer.status == 200, answer
        self.clock.sleep(self.behaviour.import_seconds)
        return str(answer.json["id"])

    def copied(self, project_id: str) -> Project:
        """The same, as the emulator holds it."""
        copy_id = self.copy(project_id)
        return self.target.projects[copy_id]

    def patch(self, resource: Resource, project_id: str, **fields: object) -> Answer:
        return self.call(resource, "PATCH", f"projects/{project_id}", body=json.dumps(fields).encode())

    def names(self, resource: Resource) -> list[str]:
        return [project["name"] for project in self.get(resource, "projects")]
