"""Trials of the export and the import. There is at most one copy at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from conformance.probe.content import filled
from conformance.probe.outcome import Moment, NewError, NotTriedError, Seen, seen, unexpected
from conformance.probe.trials.listing import touched, yes
from conformance.probe.trials.model import Need, Trial
from cvaction.customvision.codes import IMPORT_TOKEN
from cvaction.customvision.errors import CustomVisionError

if TYPE_CHECKING:
    from conformance.probe.bench import Bench

_EXPIRES: Final = re.compile(r"[?&]se=([^&]+)")
_SETTLING: Final = 45.0
"""Seconds for which the counts of a finished import are watched."""
_POLL: Final = 0.5


@dataclass(frozen=True)
class _Copy:
    """What the first complete import showed."""

    estimate: float
    took: Moment
    settled: Moment | None


def _first_copy(bench: Bench) -> _Copy:
    """One import from its beginning to the time when its counts no longer change."""

    def look() -> _Copy:
        project = filled(bench)
        export = bench.export(project)
        copy = bench.start_import(bench.target, export.token, "copy")
        took = bench.finished(bench.target, copy, pause=_POLL)
        wanted = bench.source.client.tagged_image_count(project.id)
        settled = None
        if wanted:
            settled = bench.watch(lambda: bench.target.client.tagged_image_count(copy.id) == wanted, _SETTLING)
            if settled is None:
                raise NotTriedError("the copy had not all images in time")
        return _Copy(export.estimate, took, settled)

    return bench.observe("first copy", look)


def _estimate(bench: Bench) -> Seen:
    copy = _first_copy(bench)
    if copy.estimate <= 0:
        raise NotTriedError("the export told no estimate")
    ratio = {"resolution": round(copy.took.gap / copy.estimate + 0.005, 2)}
    return Seen(round(copy.took.seconds / copy.estimate, 2), ratio | {"seconds": round(copy.took.seconds, 1)})


def _settle(bench: Bench) -> Seen:
    copy = _first_copy(bench)
    if copy.settled is None:
        raise NotTriedError("no images could be put into the source")
    return Seen(round(copy.settled.seconds, 1), {"resolution": round(copy.settled.gap, 1)})


def _export_touches(bench: Bench) -> Seen:
    project = bench.scratch()
    return yes(touched(bench, project, lambda: bench.export(project)))


def _hours(bench: Bench) -> Seen:
    token = bench.export(bench.scratch()).token.reveal()
    found = _EXPIRES.search(token)
    try:
        until = datetime.fromisoformat(unquote(found.group(1))) if found else None
    except ValueError:
        until = None
    if until is None:
        raise NewError("the export token tells no time at which it ends")
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    hours = (until - bench.source.client.time()).total_seconds() / 3600
    return Seen(round(max(0.0, hours), 1), {"resolution": 0.1})


def _uses(bench: Bench) -> Seen:
    token = bench.export(bench.scratch()).token
    first = bench.start_import(bench.target, token, "first use")
    bench.finished(bench.target, first)
    bench.delete(bench.target, first)
    second = bench.settled(lambda: bench.start_import(bench.target, token, "second use"))
    if not isinstance(second, CustomVisionError):
        return Seen("several")
    if second.code != IMPORT_TOKEN:
        raise unexpected("the second use of a token was refused with an unknown code", second)
    fresh = bench.settled(lambda: bench.start_import(bench.target, bench.export(bench.scratch()).token, "fresh"))
    if isinstance(fresh, CustomVisionError):
        raise NotTriedError("a fresh token was refused as well")
    return seen("one", status=second.status, code=second.code)


def _token_imports(bench: Bench) -> Seen:
    """Whether an import that is requested with a token succeeds. A failure counts only if it comes twice."""
    for number in range(2):
        copy = bench.start_import(bench.target, bench.export(bench.scratch()).token, f"with a token {number}")
        try:
            bench.finished(bench.target, copy)
        except NotTriedError as problem:
            if "failed" not in str(problem):
                raise
            bench.delete(bench.target, copy)
            continue
        return Seen("work")
    return Seen("fail")


TRIALS: Final = {
    "export-modifies": Trial(_export_touches, calls=4, seconds=5),
    "token-hours": Trial(_hours, calls=2),
    "token-imports": Trial(_token_imports, needs=(Need.WRITE, Need.IDS), calls=20, seconds=15),
    "import-estimate": Trial(_estimate, calls=25, seconds=20),
    "counts-settle": Trial(_settle, calls=45, seconds=5),
    "token-uses": Trial(_uses, calls=20, seconds=15),
}
