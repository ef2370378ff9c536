"""Waits for the end of an import (protocol, 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.models import FAILED, SUCCEEDED
from cvaction.customvision.retries import LONGEST_RETRY_AFTER
from cvaction.failures.copy_errors import ImportFailedError, ImportVanishedError, StillImportingError
from cvaction.plural import counted
from cvaction.telling import quoted

if TYPE_CHECKING:
    from cvaction.clock import Clock
    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.outcome.ledger import Facts
    from cvaction.steps.copying import Import
    from cvaction.telling import Narrator

# The end is noticed within the larger of 1 s and 10 % of the import's length, and never later than 30 s. The pauses are
# shorter than that by the time of a request.
SHORTEST_PAUSE, PAUSE_SHARE, LONGEST_PAUSE = 0.5, 0.09, 27.0
SHORTEST_WAIT, LONGEST_WAIT = 60 * 60.0, 330 * 60.0  # seconds, if wait-minutes is not given
OUTAGE_SECONDS = 300.0  # an outage of the service ends a wait only if it is longer than this
BLIP_SECONDS = 2.0  # pause after a look that failed
MISSES = 2  # a project is gone if it is not found so many times in a row
FIRST_LINE, LONGEST_SILENCE = 5.0, 300.0  # seconds between lines in the log: the first pause, and the longest


@dataclass(frozen=True)
class Watch:
    """Looks at an import until it ends. `minutes`: how long to wait; None: as long as the service's estimate allows."""

    client: ReadingClient
    clock: Clock
    narrator: Narrator
    facts: Facts
    minutes: float | None
    until: float | None = None  # when every wait ends, in seconds on the clock
    longest_pause: float = LONGEST_PAUSE  # seconds between two looks at most


def pause(elapsed: float) -> float:
    """Seconds until the next look, `elapsed` seconds after the wait began."""
    return min(LONGEST_PAUSE, max(SHORTEST_PAUSE, PAUSE_SHARE * elapsed))


def patience(minutes: float | None, estimate: float) -> float:
    """Seconds to wait for an import that the service estimates at `estimate` seconds."""
    if minutes is not None:
        return minutes * 60
    return min(LONGEST_WAIT, max(SHORTEST_WAIT, 3 * estimate))


def wait(watch: Watch, begun: Import) -> Project:
    """Wait until the service says Succeeded, and return the copy.

    Raises ImportFailedError, ImportVanishedError or StillImportingError.
    """
    client, clock, narrator = watch.client, watch.clock, watch.narrator
    project, began = _as_it_is(client, begun), clock.now()
    limit = patience(watch.minutes, begun.estimate)
    if watch.until is not None:
        limit = max(0.0, min(limit, watch.until - began))
    next_line, misses, last_good = FIRST_LINE, 0, began
    while project.status not in {SUCCEEDED, FAILED}:
        elapsed = clock.now() - began
        if elapsed >= limit:
            raise _still_importing(project, limit)
        if elapsed >= next_line:
            narrator.say(_progress(elapsed, begun.estimate))
            next_line += min(next_line, LONGEST_SILENCE)
        clock.sleep(min(pause(elapsed), watch.longest_pause, limit - elapsed))
        try:
            seen = client.poll_project(project.id)
        except CustomVisionError as error:
            if not error.transient or clock.now() - last_good > OUTAGE_SECONDS:
                raise
            narrator.say(f"The state of the import could not be read ({error.message}): still waiting.")
            rest = max(0.0, limit - (clock.now() - began))
            clock.sleep(min(error.retry_after or BLIP_SECONDS, LONGEST_RETRY_AFTER, rest))
            continue
        last_good = clock.now()
        misses = 0 if seen else misses + 1
        if misses >= MISSES:
            msg = f"The copy {quoted(project)} was being imported, and now the target resource does not know it."
            raise ImportVanishedError(msg)
        project = seen or project
    watch.facts.record_project(project)
    if project.status == FAILED:
        msg = f"The import of {quoted(project)} ended as 'Failed'."
        raise ImportFailedError(msg)
    narrator.say(f"The import ended after {clock.now() - began:.0f} s of waiting.")
    return project


def _as_it_is(client: ReadingClient, begun: Import) -> Project:
    """The import's project, as it is now if the proof begins at once.

    An adopted import was read before the source was. If it is over, it is read again for the proof.
    """
    if not begun.adopted or begun.project.status not in {SUCCEEDED, FAILED}:
        return begun.project
    project = client.find_project(begun.project.id)
    if project is None:
        msg = f"The copy {quoted(begun.project)} was imported, and now the target resource does not know it."
        raise ImportVanishedError(msg)
    return project


def _still_importing(project: Project, limit: float) -> StillImportingError:
    status = project.status or "unknown"
    return StillImportingError(
        f"After {counted(round(limit / 60, 3), 'minute')} of waiting the import of {quoted(project)} has the status '{status}'. "
        "The import goes on."
    )


def _progress(elapsed: float, estimate: float) -> str:
    if estimate <= 0:
        return f"Still importing after {elapsed:.0f} s."
    return f"Still importing after {elapsed:.0f} s, {elapsed / estimate:.0%} of the estimated {estimate:.0f} s."
