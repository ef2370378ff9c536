"""The five things that are measured."""

from __future__ import annotations

import json
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulator import Behaviour, Emulator, Server
from tests.support.fake_clock import FakeClock
from tests.support.in_process import Wire, attempt, environment
from tools.bench.contestants import Contestants, Work
from tools.bench.measuring import Run, median, rounds, to_end, to_first_request, whole
from tools.container_test import MEASURED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from emulator import Resource, Response
    from tools.bench.contestants import Program

LIMIT_SHARE, LIMIT_LEAST, LIMIT_MOST = 0.1, 1.0, 30.0


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    start_rounds: int
    promotions: Mapping[float, int]  # seconds of an import, rounds
    imports: tuple[int, ...]
    images: tuple[int, ...]
    tags: tuple[int, ...]
    scale_rounds: int


FULL = Extent(40, {0: 7, 5: 3, 30: 3}, (1, 10, 60, 600, 3600), (100, 1_000, 100_000), (5, 50, 500), 3)
QUICK = Extent(3, {0: 1}, (1, 3600), (100, 100_000), (5, 500), 1)


def start(extent: Extent, contestants: Contestants) -> dict[str, Any]:
    """(a) Seconds from process start to the first request."""
    with socket.create_server(("127.0.0.1", 0)) as port:
        endpoint = f"http://127.0.0.1:{port.getsockname()[1]}"
        work = Work(endpoint, "a" * 32, endpoint, "b" * 32)

        def first(program: Program) -> Callable[[], float]:
            return lambda: to_first_request(program, port)

        taken = rounds(
            extent.start_rounds,
            {
                "import-requests": lambda: to_end(contestants.import_requests()),
                "action": first(contestants.action(work)),
                "sdk": first(contestants.sdk_first(work)),
                "curl": first(contestants.curl_first(work)),
            },
        )
    seconds = {name: median(values) for name, values in taken.items()}
    base = seconds["import-requests"]
    return {name: {"seconds": value, "ratio": round(value / base, 3)} for name, value in seconds.items()}


def promotions(extent: Extent, contestants: Contestants) -> dict[str, Any]:
    """(b) A whole promotion: seconds beyond the import, requests, peak memory."""
    makers = {"action": contestants.action, "sdk": contestants.sdk_whole, "curl": contestants.curl_whole}
    result: dict[str, Any] = {}
    for import_seconds, number in extent.promotions.items():
        runs: dict[str, list[Promotion]] = {name: [] for name in makers}
        for _ in range(number):
            for name, maker in makers.items():
                runs[name].append(_promotion(maker, import_seconds))
        result[f"{import_seconds:g}"] = {
            name: {
                "beyond": median([one.run.seconds - import_seconds for one in many]),
                "requests": median([one.requests for one in many]),
                "peak_mb": median([one.run.peak_mb for one in many]),
            }
            for name, many in runs.items()
        }
    return result


def notice(extent: Extent) -> dict[str, Any]:
    """(c) How late the end of an import is noticed, and after how many looks. On a simulated clock."""
    return {str(seconds): _noticed(seconds) for seconds in extent.imports}


def scale(extent: Extent, contestants: Contestants) -> dict[str, Any]:
    """(d) Requests, seconds and peak memory for projects of many sizes."""
    sizes = [(images, tags) for images in extent.images for tags in extent.tags]
    runs: dict[tuple[int, int], list[Promotion]] = {size: [] for size in sizes}
    for _ in range(extent.scale_rounds):
        for images, tags in sizes:
            runs[images, tags].append(_promotion(contestants.action, 0, images, tags))
    return {
        f"{images} images, {tags} tags": {
            "requests": median([one.requests for one in many]),
            "seconds": median([one.run.seconds for one in many]),
            "peak_mb": median([one.run.peak_mb for one in many]),
        }
        for (images, tags), many in runs.items()
    }


def image() -> dict[str, Any]:
    """(e) What the image adds to its base, as the container's test measured it."""
    if not MEASURED.exists():
        return {}
    measured: dict[str, Any] = json.loads(MEASURED.read_text(encoding="utf-8"))
    return measured


@dataclass(frozen=True)
class Promotion:
    """A promotion that was measured."""

    run: Run
    requests: int


def _promotion(maker: Callable[[Work], Program], import_seconds: float, images: int = 100, tags: int = 5) -> Promotion:
    emulator = Emulator(seed=1, behaviour=Behaviour(import_seconds=import_seconds))
    with _world(emulator, images, tags) as work:
        run = whole(maker(work))
    (copy,) = emulator.resources["production"].projects.values()
    if copy.status != "Succeeded":
        raise SystemExit("a promotion that was measured did not promote")
    return Promotion(run, len(emulator.log))


@contextmanager
def _world(emulator: Emulator, images: int, tags: int) -> Iterator[Work]:
    source, target = emulator.add_resource("development"), emulator.add_resource("production")
    project = emulator.add_project(source, "Shelf classifier", tags=_tags(images, tags))
    with Server(emulator) as server:
        endpoints = [server.endpoint(resource.name) for resource in (source, target)]
        yield Work(endpoints[0], source.training_key, endpoints[1], target.training_key, project.id)


def _tags(images: int, tags: int) -> dict[str, int]:
    """The images of each tag: an equal share. The first tags also get the rest."""
    share, rest = divmod(images, tags)
    return {f"Tag {number}": share + (number < rest) for number in range(tags)}


class _Observer(Wire):
    """Notes when the import was accepted, and each look at the copy with what it showed."""

    accepted = 0.0
    looks: tuple[tuple[float, str], ...] = ()

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        response = super().exchange(method, url, headers, body)
        entry = self.emulator.log[-1]
        if entry.operation == "ImportProject":
            self.accepted = self.clock.now()
        elif entry.operation == "GetProject" and entry.resource == "production" and self.accepted:
            self.looks = (*self.looks, (self.clock.now(), json.loads(response.body)["status"]))
        return response


def _noticed(import_seconds: int) -> dict[str, Any]:
    clock = FakeClock()
    emulator = Emulator(now=clock.today, seed=1, behaviour=Behaviour(import_seconds=import_seconds))
    source, target = emulator.add_resource("development"), emulator.add_resource("production")
    project = emulator.add_project(source, "Shelf classifier")
    origins: dict[str, Resource] = {"http://127.0.0.1:8001": source, "http://127.0.0.1:8002": target}
    first, second = origins
    inputs = {
        "source-endpoint": first,
        "source-key": source.training_key,
        "source-project-id": project.id,
        "target-endpoint": second,
        "target-key": target.training_key,
    }
    observer = _Observer(emulator, clock, origins)
    result = attempt(observer, environment(inputs))
    if result.status != "promoted":
        raise SystemExit(result.log)
    polls = [status for _, status in observer.looks].index("Succeeded") + 1
    late = observer.looks[polls - 1][0] - observer.accepted - import_seconds
    limit = min(LIMIT_MOST, max(LIMIT_LEAST, LIMIT_SHARE * import_seconds))
    return {"late": round(late, 2), "limit": limit, "polls": polls}
