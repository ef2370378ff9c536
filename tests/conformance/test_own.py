"""What is the probe's own: never anything else, and all of it is gone at the end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cvaction.clock import Cancelled
from emulator import Fault
from tests.support.probing import ALL, ProbeWorld
from tests.support.world import PROD

if TYPE_CHECKING:
    from pathlib import Path

    from emulator import Project, Resource

CHEAP = ("--only", "wrong-project")
RUN = "0123abcd"
MARK = f"cvaction-probe run={RUN} A probe of cvaction, which may be deleted."
CHANGING = ("POST", "PATCH", "DELETE", "PUT")


def add(world: ProbeWorld, name: str, description: str, resource: Resource | None = None) -> Project:
    project = world.emulator.add_project(resource or world.prod, name, description=description)
    world.before = world.state()
    return project


def there(world: ProbeWorld, project: Project) -> bool:
    return project.id in world.prod.projects or project.id in world.dev.projects


FOREIGN = {
    "only the name": (f"cvaction probe {RUN} scratch", "Made by people."),
    "only the mark": ("Shelf", MARK),
    "another word before": (f"My cvaction probe {RUN} scratch", MARK),
    "no run in the mark": (f"cvaction probe {RUN} scratch", "cvaction-probe run=none"),
    "neither": ("Shelf", ""),
}


@pytest.mark.parametrize(("name", "description"), FOREIGN.values(), ids=list(FOREIGN))
def test_what_is_not_a_probes_is_never_touched(name: str, description: str, tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path)
    stranger = add(world, name, description)
    world.clock.advance(30 * 24 * 3600)

    assert world.probe(*ALL) == 0, world.log

    assert there(world, stranger)
    assert world.left() == []


@pytest.mark.parametrize(("age", "gone"), [(7100, False), (7300, True)])
def test_another_probes_leftover_goes_after_two_hours(age: float, gone: bool, tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path)
    leftover = add(world, f"cvaction probe {RUN} scratch", MARK)
    world.clock.advance(age)

    world.probe(*CHEAP)

    assert there(world, leftover) is not gone


@pytest.mark.parametrize(
    ("age", "told"),
    [(7100, "Projects of another probe that stay until they are two hours old: 1."), (7300, "Nothing of")],
)
def test_cleaning_tells_what_another_probe_may_still_use(age: float, told: str, tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path)
    add(world, f"cvaction probe {RUN} scratch", MARK)
    world.clock.advance(age)

    assert world.probe("--clean") == 0

    assert world.log.strip().splitlines()[-1].startswith(told)


def test_a_leftover_of_unknown_age_stays(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path, {"rows_lack": "created"})
    leftover = add(world, f"cvaction probe {RUN} scratch", MARK)
    world.clock.advance(99 * 3600)

    world.probe(*CHEAP)

    assert there(world, leftover)


def test_what_this_journal_knows_goes_at_once(tmp_path: Path) -> None:
    """By its id, whatever it is called by now; and by its run, where the id was never told."""
    world = ProbeWorld(tmp_path)
    renamed = add(world, "Whatever the service made of it", "")
    unknown = add(world, f"cvaction probe {RUN} scratch", MARK)
    lines = [{"run": RUN, "on": [PROD]}, {"intended": True}, {"made": renamed.id, "on": PROD}]
    (tmp_path / "journal").write_text("".join(f"{json.dumps(line)}\n" for line in lines) + '{"made": "cu', "utf-8")

    assert world.probe("--clean") == 0

    assert not there(world, renamed)
    assert not there(world, unknown)
    assert not (tmp_path / "journal").exists()


def test_a_published_leftover_is_unpublished_and_deleted(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path)
    leftover = add(world, f"cvaction probe {RUN} scratch", MARK)
    world.emulator.publish(world.prod, leftover.id, "probe")
    world.clock.advance(3 * 3600)

    assert world.probe("--clean") == 0

    assert not there(world, leftover)


def test_a_journal_of_another_resource_is_kept(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path)
    line = json.dumps({"run": RUN, "on": ["https://elsewhere.cognitiveservices.azure.com"]})
    (tmp_path / "journal").write_text(f"{line}\n", encoding="utf-8")

    assert world.probe(*CHEAP) == 0

    assert line in (tmp_path / "journal").read_text(encoding="utf-8")


def test_no_request_changes_what_is_not_the_probes(tmp_path: Path) -> None:
    """Every request that changes something names a project that the probe has made, or none."""
    world = ProbeWorld(tmp_path)
    strangers = set(world.before)

    assert world.probe(*ALL) == 0

    for logged in world.emulator.log:
        if logged.method in CHANGING or logged.operation == "ExportProject":
            assert not [stranger for stranger in strangers if stranger in logged.path], logged


def test_there_are_never_more_than_two_on_a_side(tmp_path: Path) -> None:
    world, most = ProbeWorld(tmp_path), 0

    class Counting(dict[int, object]):
        def get(self, _number: int, _default: object = None) -> object:
            nonlocal most
            now = world.state()
            for resource in (world.dev, world.prod):
                most = max(most, sum(i in resource.projects for i in now if i not in world.before))
            return None

    wire = world.wire()
    wire.plan = Counting()

    assert world.probe(*ALL, wire=wire) == 0
    assert most == 2


@pytest.mark.parametrize("single", [False, True])
def test_a_free_resource_without_projects_will_do(single: bool, tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path, tier="F0", single=single)

    assert world.probe(*ALL) == 0

    full = [found.id for found in world.record.findings if "slot" in str(found.about.get("reason"))]
    assert full == []
    assert world.left() == []


def test_a_full_resource_is_told_and_the_rest_is_tried(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path, tier="F0")
    for name in ("One", "Two"):
        add(world, name, "", world.dev)

    assert world.probe() == 0

    reasons = {found.id: str(found.about.get("reason")) for found in world.record.findings}
    assert reasons["rename-taken-name"] == "the source resource has no free project slot"
    assert world.finding("wrong-project").state == "seen"
    assert world.left() == []


def test_a_cancel_deletes_what_was_made(tmp_path: Path) -> None:
    for moment in range(0, 200, 7):
        world = ProbeWorld(tmp_path, {"import_seconds": 30.0})
        world.clock.cancel_at = world.clock.now() + moment

        code = world.probe("--train")

        assert code in {0, 143}, world.log
        assert world.left() == []


def test_a_cancel_is_known_to_the_product() -> None:
    assert Cancelled(15).signum == 15


def test_a_project_that_cannot_be_deleted_is_told(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path)
    world.emulator.faults.add(Fault("403-firewall", operation="DeleteProject", times=0))

    assert world.probe("--only", "names-case") == 1

    assert "Not everything could be deleted" in world.log
    world.emulator.faults.clear()
    assert world.probe("--clean") == 0
    assert world.left() == []


def test_what_a_listing_hides_is_looked_for_again(tmp_path: Path) -> None:
    """Killed between the request that makes a project and its answer; the next probe comes while the listing lags."""
    world = ProbeWorld(tmp_path, {"lag_of_new": 6.0})
    wire = world.wire()
    world.probe("--only", "names-case", wire=wire)
    number = next(i for i, logged in enumerate(world.emulator.log) if logged.operation == "CreateProject")
    world = ProbeWorld(tmp_path, {"lag_of_new": 6.0})

    assert world.probe("--only", "names-case", wire=world.wire({number: "kill-after"})) is None
    assert len(world.left()) == 1

    assert world.probe(*CHEAP) == 0
    assert world.left() == []


def test_what_is_known_by_its_id_needs_one_look(tmp_path: Path) -> None:
    """Every request that made something has told an id: no listing has anything to show."""
    world = ProbeWorld(tmp_path, {"lag_of_new": 6.0})

    assert world.probe("--only", "names-case") == 0

    assert looks_at_the_end(world) == {"dev": 1, "prod": 1}
    assert world.left() == []


@pytest.mark.parametrize("fault", ["reset-after", "half-json", "503-after", "409"])
def test_what_may_be_there_without_an_id_is_looked_for(fault: str, tmp_path: Path) -> None:
    """A refusal settles nothing, either. The project comes into the listing 6 s later."""
    world = ProbeWorld(tmp_path, {"lag_of_new": 6.0})
    wire = world.wire()
    world.probe("--only", "names-case", wire=wire)
    number = next(i for i, logged in enumerate(world.emulator.log) if logged.operation == "CreateProject")
    world = ProbeWorld(tmp_path, {"lag_of_new": 6.0})

    assert world.probe("--only", "names-case", wire=world.wire({number: fault})) == 0

    assert looks_at_the_end(world) == {"dev": 4, "prod": 4}
    assert world.left() == []


def looks_at_the_end(world: ProbeWorld) -> dict[str, int]:
    """How often each side was listed behind the last request that asked something else than what cleaning asks."""
    cleaning = {"GetProjects", "GetProject", "DeleteProject", "GetIterations"}
    log = world.emulator.log
    last = max(number for number, logged in enumerate(log) if logged.operation not in cleaning)
    asked = [logged.resource for logged in log[last:] if logged.operation == "GetProjects"]
    return {name: asked.count(name) for name in ("dev", "prod")}


def test_what_cannot_be_deleted_does_not_pile_up(tmp_path: Path) -> None:
    """Two projects at a time are promised, also to a resource on which the identity may not delete."""
    world = ProbeWorld(tmp_path)
    world.emulator.faults.add(Fault("403-firewall", operation="DeleteProject", times=0))
    before = [len(resource.projects) for resource in (world.dev, world.prod)]

    assert world.probe(*ALL) == 1

    assert [len(resource.projects) for resource in (world.dev, world.prod)] == [number + 2 for number in before]
    assert "2 projects of the probe are on the source resource" in world.log
