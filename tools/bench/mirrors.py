"""(f) A mirror of many projects, beside the promote action and the vendor's SDK, each in a loop."""

from __future__ import annotations

import math
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cvaction.customvision.pace import REQUESTS_PER_SECOND
from emulator import Server
from tests.support.mirrors import new_mirror
from tools.bench.contestants import Contestants, Work
from tools.bench.measuring import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.mirrors import MirrorWorld
    from tools.bench.contestants import Program
    from tools.bench.measuring import Run


@dataclass(frozen=True)
class Extent:
    """How much is measured: projects, seconds of an import, projects at a time, and rounds of the loops."""

    projects: int
    import_seconds: float
    parallel: int
    loop: int


FULL = Extent(100, 30.0, 16, 2)
QUICK = Extent(8, 2.0, 4, 1)


def mirrors(extent: Extent, contestants: Contestants) -> dict[str, Any]:
    """All of it."""
    one = _unchanged(1, extent, contestants)
    many = _unchanged(extent.projects, extent, contestants)
    action, sdk = (_loop(extent, maker) for maker in (contestants.action, contestants.sdk_whole))
    return {
        "unchanged": {**many, "peak_mb_of_one": one["peak_mb"]},
        "copies": _copies(extent, contestants, action - extent.import_seconds),
        "loops": {"action": round(action * extent.projects), "sdk": round(sdk * extent.projects)},
    }


@contextmanager
def _served(world: MirrorWorld) -> Iterator[Work]:
    """The world over HTTP, on the machine's own time."""
    world.emulator.now = lambda: datetime.now(UTC)
    world.emulator.log.clear()
    with Server(world.emulator) as server:
        endpoints = [server.endpoint(resource.name) for resource in (world.dev, world.prod)]
        project = next(iter(world.dev.projects.values()))
        yield Work(endpoints[0], world.dev.training_key, endpoints[1], world.prod.training_key, project.id)


def _world(folder: str, projects: int) -> MirrorWorld:
    world = new_mirror(Path(folder), *(f"Project {number:03}" for number in range(projects)))
    for stranger in list(world.prod.projects.values()):
        world.emulator.delete(world.prod, stranger.id)
    return world


def _unchanged(projects: int, extent: Extent, contestants: Contestants) -> dict[str, Any]:
    """Every copy is up to date: the copies are made beforehand, on a clock that only pretends."""
    with tempfile.TemporaryDirectory() as folder:
        world = _world(folder, projects)
        made = world.run(parallel="16")
        if made.status != "mirrored":
            raise SystemExit(made.log)
        with _served(world) as work:
            run = whole(contestants.mirror(work, extent.parallel))
    requests = Counter(entry.resource for entry in world.emulator.log)
    listings = Counter(entry.operation for entry in world.emulator.log)["GetProjects"]
    return {
        "projects": projects,
        "requests_per_project": round((requests.total() - listings) / projects, 2),
        "listings": listings,
        "seconds": round(run.seconds, 1),
        "share": _share(requests, run),
        "peak_mb": round(run.peak_mb, 1),
    }


def _copies(extent: Extent, contestants: Contestants, beyond: float) -> dict[str, Any]:
    """Every project is new. `beyond`: seconds of one promotion beside its import."""
    with tempfile.TemporaryDirectory() as folder:
        world = _world(folder, extent.projects)
        world.emulator.behaviour.import_seconds = extent.import_seconds
        with _served(world) as work:
            run = whole(contestants.mirror(work, extent.parallel))
        if len(world.copies()) != extent.projects:
            raise SystemExit("a mirror that was measured did not copy everything")
    requests = Counter(entry.resource for entry in world.emulator.log)
    waves = math.ceil(extent.projects / extent.parallel) * extent.import_seconds
    floor = max(max(requests.values()) / REQUESTS_PER_SECOND, waves + beyond)
    return {
        "projects": extent.projects,
        "import": extent.import_seconds,
        "parallel": extent.parallel,
        "seconds": round(run.seconds, 1),
        "floor": round(floor, 1),
        "ratio": round(run.seconds / floor, 3),
        "requests": requests.total(),
        "share": _share(requests, run),
        "peak_mb": round(run.peak_mb, 1),
    }


def _share(requests: Counter[str], run: Run) -> float:
    """How much of the pace of the busier side was used."""
    return round(max(requests.values()) / REQUESTS_PER_SECOND / run.seconds, 3)


def _loop(extent: Extent, maker: Callable[[Work], Program]) -> float:
    """Seconds of one of several, one after the other. Each has a world of its own: a run that is repeated finds its work done."""
    return sum(_one(extent, maker) for _ in range(extent.loop)) / extent.loop


def _one(extent: Extent, maker: Callable[[Work], Program]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        world = _world(folder, 1)
        world.emulator.behaviour.import_seconds = extent.import_seconds
        with _served(world) as work:
            return whole(maker(work)).seconds
