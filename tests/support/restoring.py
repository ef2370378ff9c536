"""A resource to restore to, a backup in a workspace, and a run of the restore action in this process."""

from __future__ import annotations

import copy
import shutil
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cvaction.commands.restore import COMMAND
from cvaction.rules.restored_mark import restored_mark_of
from emulator import Behaviour, Emulator
from tests.support.archives import Sample, back_up, folder_of
from tests.support.fake_clock import FakeClock
from tests.support.in_process import Result, Wire, attempt, environment
from tests.support.world import as_seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from emulator import Project, Resource

HOST = "http://127.0.0.1:8003"


class _Now:
    """The emulator's clock; an object, so that a copied world reads its own copy of the clock."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    def __call__(self) -> Any:
        return self._clock.today()


class Alone(FakeClock):
    """The one thread of a restore: the one that looks after its log is left out (test_restore_progress.py has it)."""

    def start(self, work: Callable[[], object]) -> None:
        """Nothing begins."""


@dataclass
class Target:
    """An emulated resource with strangers, and the folder of a sample's backup."""

    emulator: Emulator
    clock: FakeClock
    sample: Sample
    workspace: Path
    path: str
    strangers: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, workspace: Path, sample: Sample, *, clock: FakeClock | None = None, **behaviour: Any) -> Target:
        clock = clock or Alone()
        emulator = Emulator(now=_Now(clock), seed=7, behaviour=Behaviour(**behaviour))
        resource = emulator.add_resource("prod")
        strangers = {
            emulator.add_project(resource, "Other").id,
            emulator.add_project(resource, "Orchard [importing 01234567-abcdef]").id,
        }
        clock.advance(3600)
        back_up(workspace, sample)
        path = folder_of(workspace, sample).relative_to(workspace)
        return cls(emulator, clock, sample, workspace, str(path), strangers)

    def copy(self) -> Target:
        """Another world in the same state, with the same files."""
        other = copy.copy(self)
        other.emulator, other.clock = copy.deepcopy((self.emulator, self.clock))
        return other

    @property
    def resource(self) -> Resource:
        return self.emulator.resources["prod"]

    def wire(self, plan: dict[int, Any] | None = None) -> Wire:
        return Wire(self.emulator, self.clock, {HOST: self.resource}, plan or {})

    def run(
        self, plan: dict[int, Any] | None = None, *, number: int = 1, run_id: str = "900", **inputs: str | None
    ) -> tuple[Result, Wire]:
        """One attempt."""
        given: dict[str, str | None] = {"endpoint": HOST, "key": self.resource.training_key, "path": self.path}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        variables = environment({name: value for name, value in given.items() if value is not None}, run_id=run_id)
        variables |= {"GITHUB_WORKSPACE": str(self.workspace), "GITHUB_RUN_ATTEMPT": str(number)}
        wire = self.wire(plan)
        result = attempt(wire, variables, COMMAND)
        self.clock.advance(2.0)
        return result, wire

    def made(self) -> list[Project]:
        """What is on the resource beside the strangers."""
        return [project for project in self.resource.projects.values() if project.id not in self.strangers]

    def restored(self) -> Project:
        """The one project that was restored."""
        (project,) = self.made()
        mark = restored_mark_of(as_seen(project))
        assert mark
        assert mark.restored == self.sample.id
        return project

    def content(self, project: Project) -> Counter[Any]:
        """Each image of a project: its bytes, its tags, its regions and its metadata, by name."""
        names = {tag.id: tag.name for tag in project.content.tags}
        return Counter(
            (
                self.emulator.image_bytes(image),
                tuple(sorted(names[tag] for tag in image.tag_ids)),
                _boxes((names[region.tag_id], *region.box) for region in image.regions),
                tuple(sorted(image.metadata)),
            )
            for image in self.emulator.images(self.resource, project.id)
        )

    def wanted(self) -> Counter[Any]:
        """The same of the sample."""
        sides = ("left", "top", "width", "height")
        return Counter(
            (
                self.sample.pictures[wire["id"]],
                tuple(sorted(tag["tagName"] for tag in wire.get("tags", []))),
                _boxes((one["tagName"], *(one[side] for side in sides)) for one in wire.get("regions", [])),
                tuple(sorted(wire.get("metadata", {}).items())),
            )
            for wire in self.sample.images
        )

    def tamper(self, name: str, data: bytes) -> None:
        """Change a file of the backup, in a copy of its folder."""
        root = self.workspace / "tampered"
        shutil.copytree(self.workspace / self.path, root)
        (root / name).write_bytes(data)
        self.path = "tampered"


def _boxes(boxes: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted((name, *(round(side, 6) for side in sides)) for name, *sides in boxes))
