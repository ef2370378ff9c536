"""A hundred projects, of which ten fail in ten ways: ninety copies, ten errors told, and a re-run that does the rest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emulator import Fault
from tests.support.mirrors import MirrorWorld, Seen, new_mirror

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = tuple(f"P{number:02}" for number in range(100))


class Ways:
    """Ten ways to fail, one for each of the first ten projects."""

    def __init__(self, world: MirrorWorld) -> None:
        self.world = world
        self.ids = {project.name: project.id for project in world.dev.projects.values()}
        world.hooks.append(self.see)
        self.ways: dict[str, Callable[[Seen, str], Any]] = {
            "P00": lambda seen, _: seen.operation == "ExportProject" and Fault("code:ForbiddenDRModeEnabled"),
            "P01": lambda seen, _: self.outcome(seen, "failed"),
            "P02": lambda seen, _: self.outcome(seen, "lose-image"),
            "P03": lambda seen, _: self.outcome(seen, "lose-tag"),
            "P04": lambda seen, _: self.outcome(seen, "lose-iteration"),
            "P05": lambda seen, _: seen.operation == "ImportProject" and Fault("code:BadRequestExceededQuota"),
            "P06": lambda seen, _: seen.operation == "GetTags" and "403-firewall",
            "P07": lambda seen, _: seen.operation == "GetIterations" and "html-200",
            "P08": lambda seen, _: (
                seen.operation == "GetProject" and seen.resource == "dev" and Fault("code:NotFoundProject")
            ),
            "P09": lambda seen, _: seen.operation == "UpdateProject" and Fault("code:BadRequestProjectDescription"),
        }

    def see(self, seen: Seen) -> Any:
        for name, way in self.ways.items():
            on_target = {p.id for p in self.world.prod.stored_projects.values() if p.name.startswith(name)}
            if seen.about(self.ids[name], name) or any(one in seen.path for one in on_target):
                return way(seen, name) or None
        return None

    def outcome(self, seen: Seen, outcome: str) -> Any:
        """Decided when the import arrives: another may come before it."""

        def decide(_wire: object) -> None:
            self.world.emulator.behaviour.import_outcomes = [outcome]

        return decide if seen.operation == "ImportProject" else None

    def end(self) -> None:
        self.ways.clear()


def test_ninety_are_copied_ten_told_and_a_rerun_does_the_rest(tmp_path: Path) -> None:
    world = new_mirror(tmp_path, *NAMES)
    world.emulator.delete(world.prod, next(iter(world.prod.projects)))
    ways = Ways(world)
    first = world.run(parallel="16")

    assert (first.status, first.exit_code) == ("incomplete", 1), first.log[-3000:]
    assert (first.outputs["copied"], first.outputs["failed"]) == ("90", "10"), first.log[-3000:]
    assert sorted(world.copies()) == list(NAMES[10:])
    rows = {row["source-project-name"]: row for row in json.loads(first.outputs["projects"])}
    told = {name: row["error"] for name, row in rows.items() if row["status"] == "failed"}
    assert sorted(told) == list(NAMES[:10])
    assert all(told.values())
    assert len(set(told.values())) >= 8, told
    errors = [line for line in first.log.splitlines() if line.startswith("::error")]
    assert len(errors) == 9
    rest = [name for name in NAMES[:10] if not any(f"title={name}%3A" in line for line in errors)]
    assert len(rest) == 2
    assert all(f"'{name}'" in errors[-1] for name in rest)
    for name in NAMES[:10]:
        assert f"`{name}`" in first.summary

    ways.end()
    world.emulator.log.clear()
    second = world.run(number=2, parallel="16")
    assert (second.status, second.outputs["copied"]) == ("mirrored", "100"), second.log[-3000:]
    assert sorted(world.copies()) == list(NAMES)
    assert world.unfinished() == []
    imports = [entry for entry in world.emulator.log if entry.operation == "ImportProject"]
    assert len(imports) in {9, 10}  # the proved copy whose mark was refused is gone on with
    assert len(world.prod.projects) == 100
