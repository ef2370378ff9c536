"""Two resources with many projects, and the mirror between them in this process."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema
from referencing import Registry, Resource

from cvaction.commands.mirror import COMMAND
from cvaction.rules.mark import mark_of
from cvaction.rules.names import importing
from emulator.api.routes import operation_of
from runner_double.double import REPOSITORY
from tests.support.in_process import Result, Wire, attempt, environment
from tests.support.threaded_clock import ThreadedClock
from tests.support.world import DEV, PROD, World, as_seen, new_world

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from emulator import Project, Response

COUNTS = ("copied", "up-to-date", "importing", "failed", "not-started")
_SCHEMAS = {
    name: json.loads((REPOSITORY / "docs" / name).read_text(encoding="utf-8"))
    for name in ("mirror-report.schema.json", "report.schema.json")
}
_REGISTRY: Any = Registry().with_resources((name, Resource.from_contents(schema)) for name, schema in _SCHEMAS.items())
REPORT = jsonschema.Draft202012Validator(_SCHEMAS["mirror-report.schema.json"], registry=_REGISTRY)


@dataclass(frozen=True)
class Seen:
    """A request before it is handled."""

    operation: str
    resource: str
    path: str
    query: dict[str, str]

    def about(self, project_id: str, name: str = "") -> bool:
        """Whether it is about a project, or imports one of that name."""
        return project_id in self.path or bool(name and self.query.get("name", "").startswith(f"{name} ["))


@dataclass
class HookedWire(Wire):
    """A wire on which hooks see each request first; the first that names a fault decides."""

    hooks: list[Callable[[Seen], Any]] = field(default_factory=list)

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        parts = urlsplit(url)
        resource = self.resources[f"{parts.scheme}://{parts.netloc}"]
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        seen = Seen(operation_of(method, parts.path), resource.name, parts.path, query)
        kind = next((kind for hook in self.hooks if (kind := hook(seen)) is not None), None)
        if kind is not None and not self.dead:
            self.plan[self.count] = kind
        return super().exchange(method, url, headers, body)


@dataclass
class MirrorWorld(World):
    """A development resource that is mirrored to a production resource."""

    hooks: list[Callable[[Seen], Any]] = field(default_factory=list)

    def copy(self) -> MirrorWorld:
        return copy.deepcopy(self)

    def wire(self, plan: dict[int, Any] | None = None) -> HookedWire:
        return HookedWire(self.emulator, self.clock, {DEV: self.dev, PROD: self.prod}, plan or {}, hooks=self.hooks)

    def add(self, name: str, **given: Any) -> Project:
        """A project of the source."""
        return self.emulator.add_project(self.dev, name, **given)

    def run(
        self,
        given: dict[str, str] | None = None,
        *,
        run_id: str = "900",
        number: int = 1,
        plan: dict[int, Any] | None = None,
        **inputs: str,
    ) -> Result:
        """The mirror's run, held against what holds of each."""
        given = {**self.inputs, **(given or {}), **{name.replace("_", "-"): value for name, value in inputs.items()}}
        wire = self.wire(plan)
        result = attempt(wire, environment(given, run_id=run_id, attempt_number=number), COMMAND)
        assert result.exit_code is None or wire.after_death == 0
        self.clock.advance(2.0)
        if result.exit_code is not None:
            check(result)
        return result

    def copies(self) -> dict[str, Project]:
        """The finished copies on the target that hold their wanted name, by name."""
        found = {}
        for project in self.prod.projects.values():
            mark = mark_of(as_seen(project))
            if mark and not importing(project.name) and project.name == mark.name:
                assert project.name not in found, f"two copies are called {project.name}"
                found[project.name] = project
        return found

    def unfinished(self) -> list[str]:
        """The names of unfinished imports."""
        return [project.name for project in self.prod.projects.values() if importing(project.name)]

    def changes(self) -> list[str]:
        """What changed the target, in order, by operation."""
        changing = ("ImportProject", "UpdateProject", "DeleteProject", "PublishIteration", "UnpublishIteration")
        return [entry.operation for entry in self.emulator.log if entry.operation in changing]


def check(result: Result) -> None:
    """What holds of each run, whatever its ending."""
    assert set(result.outputs) == set(COMMAND.outputs), result.log
    counts = {name: int(result.outputs[name]) for name in ("selected", *COUNTS)}
    assert counts["selected"] == sum(counts[name] for name in COUNTS), counts
    assert not [name for name, value in result.outputs.items() if "\n" in value]
    report = result.report
    REPORT.validate(report)
    rows = json.loads(result.outputs["projects"])
    assert [row["status"] for row in rows].count("copied") == counts["copied"]
    assert len(rows) == counts["selected"] == len(json.loads(result.outputs["matrix"])["include"])
    assert (result.exit_code == 0) == (result.status in {"mirrored", "unchanged", "planned"}), result.status
    assert result.log.count("\n::error") <= 9
    assert "A fault in this action" not in result.log
    assert report["truncated"] or len(report["projects"]) == counts["selected"]


def new_mirror(folder: Path, *names: str, seed: int | None = None, **inputs: str) -> MirrorWorld:
    """A source with exactly these projects, and a target with one of a stranger."""
    world = new_world("allow", {}, folder, ThreadedClock(seed=seed))
    for project_id in list(world.dev.projects):
        for iteration in world.dev.projects[project_id].iterations:
            iteration.publish_name = None
        world.emulator.delete(world.dev, project_id)
    for project_id in list(world.prod.projects):
        world.emulator.delete(world.prod, project_id)
    world.emulator.add_project(world.prod, "A stranger's")
    given = {
        "source-endpoint": DEV,
        "source-key": world.dev.training_key,
        "target-endpoint": PROD,
        "target-key": world.prod.training_key,
        **{name.replace("_", "-"): value for name, value in inputs.items()},
    }
    mirror = MirrorWorld(world.emulator, world.clock, "", given, world.workspace)
    for name in names:
        mirror.add(name)
    mirror.clock.advance(3600)
    mirror.emulator.log.clear()
    return mirror
