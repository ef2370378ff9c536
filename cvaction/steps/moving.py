"""The end of a move: compare the source once more, then delete it (protocol, 8.5 to 8.8).

No other module may delete a source.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.models import IN_TRAINING, same_time
from cvaction.customvision.retries import LONGEST_RETRY_AFTER
from cvaction.failures.copy_errors import SourceKeptError
from cvaction.github.text import one_line
from cvaction.rules.comparison import compare
from cvaction.steps.proving import compare_with
from cvaction.steps.reading import read_contents, read_performance
from cvaction.steps.source import SourceState
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cvaction.clock import Clock
    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.rules.comparison import Contents, Thresholds
    from cvaction.rules.mark import Mark
    from cvaction.telling import Narrator

SAME_MOMENT = timedelta(milliseconds=2)
DELETES, DELETE_PAUSE = 6, 2.0  # tries to delete, and seconds between them


@dataclass(frozen=True)
class Move:
    """Deletes a source. Only here may the source's client change anything. The target is only read."""

    source_client: TrainingClient
    target_client: ReadingClient
    clock: Clock
    narrator: Narrator
    thresholds: Thresholds


def delete_source(move: Move, copy: Project, mark: Mark) -> None:
    """Compare once more, then unpublish and delete the source whose id is in the mark.

    A failure tells what is done by then: the copy is finished, and the source may be unpublished.
    """
    if mark.source == copy.id:
        return
    served: list[str] = []
    try:
        _delete_source(move, copy, mark, served)
    except CustomVisionError as error:
        error.add_note(
            f"The copy {quoted(copy)} is finished: only the deletion of the source failed.{_not_served(served)}"
        )
        raise
    except SourceKeptError as failure:
        failure.notes += [_not_served(served).strip()] if served else []
        raise


def _not_served(served: Sequence[str]) -> str:
    """A sentence: under which names the source is not published any more. Empty if it was not unpublished."""
    names = ", ".join(f"'{one_line(name, 60)}'" for name in served)
    return f" The source is not published any more: until now it served as {names}." if served else ""


def _delete_source(move: Move, copy: Project, mark: Mark, served: list[str]) -> None:
    """Delete the source. `served` gets each publish name that it loses."""
    client = move.source_client
    project = client.find_project(mark.source)
    if project is None:
        move.narrator.say(f"The source {mark.source} is gone already.")
        return
    if not same_time(project.last_modified, mark.modified):
        raise _kept(project, mark.modified, "copied")
    contents = read_contents(client, project)
    _require_no_training(contents)
    # The iteration is chosen by its name in the mark: on a re-run it may be unpublished, so `published` would find none.
    iteration = mark.chosen_in(contents.iterations, "")
    performance = read_performance(client, project.id, iteration, move.thresholds) if iteration else None
    now = move.target_client.get_project(copy.id)
    state = SourceState(contents, iteration, performance, move.thresholds)
    proof = compare_with(move.target_client, state, read_contents(move.target_client, now))
    if proof.unsent:
        msg = (
            f"The service does not send all data of the source {quoted(project)}: {', '.join(proof.unsent)}. "
            "So the source could not be compared completely."
        )
        raise SourceKeptError(msg)
    if not proof.holds:
        names = ", ".join(one_line(check.name, 60) for check in proof.differences[:5])
        msg = f"The source {quoted(project)} and the copy {quoted(now)} differ in: {names}."
        raise SourceKeptError(msg)
    _require_unchanged(client, project, mark.modified)
    published = [iteration for iteration in contents.iterations if iteration.publish_name]
    for one in published:
        client.unpublish_iteration(project.id, one.id)
        served.append(one.publish_name)
    modified = (
        _after_unpublishing(client, project, contents, [one.id for one in published]) if published else mark.modified
    )
    _delete_unchanged(client, move.clock, project, modified)
    move.narrator.say(f"Deleted the source {quoted(project)}: it was moved.")


def _kept(now: Project, modified: datetime | None, done: str) -> SourceKeptError:
    """The failure for a source whose lastModified is unknown or has changed."""
    if now.last_modified is None or modified is None:
        msg = (
            f"The service does not always send lastModified of the source {quoted(now)}: "
            f"it may have changed after it was {done}."
        )
        return SourceKeptError(msg)
    return SourceKeptError(
        f"The source {quoted(now)} was changed at {now.last_modified:%Y-%m-%d %H:%M:%S} UTC, after it was {done}."
    )


def _require_no_training(contents: Contents) -> None:
    """Raise if the source is in training: its new model would be lost. It is unknown whether a training changes lastModified."""
    for iteration in contents.iterations:
        if iteration.status in IN_TRAINING:
            name = one_line(iteration.name, 80)
            msg = f"The source {quoted(contents.project)} is in training: its iteration '{name}' would be lost."
            raise SourceKeptError(msg)


def _require_unchanged(client: ReadingClient, project: Project, modified: datetime | None) -> None:
    now = client.get_project(project.id)
    if not same_time(now.last_modified, modified):
        raise _kept(now, modified, "compared")


def _after_unpublishing(
    client: ReadingClient, project: Project, before: Contents, unpublished: Sequence[str]
) -> datetime | None:
    """The source's lastModified after the unpublishing. Raises SourceKeptError for a change that has another reason.

    It is unknown whether unpublishing changes lastModified. If it does, an unpublished iteration has the same time,
    and all else is as before. Any other change may be an edit that no comparison sees.
    """
    now = client.get_project(project.id)
    if now.last_modified != project.last_modified:
        after = read_contents(client, now)
        moments = [i.last_modified for i in after.iterations if i.id in unpublished and i.last_modified]
        explained = now.last_modified is not None and any(
            abs(now.last_modified - moment) <= SAME_MOMENT for moment in moments
        )
        same = (now.name, now.description, now.settings) == (project.name, project.description, project.settings)
        if not (explained and same and compare(before, after).holds):
            raise _kept(now, project.last_modified, "compared")
    return now.last_modified


def _delete_unchanged(client: TrainingClient, clock: Clock, project: Project, modified: datetime | None) -> None:
    """Delete the source. Read it again before each further try, which may come minutes later."""
    for number in range(DELETES):
        try:
            client.delete_project(project.id, once=True)
        except CustomVisionError as error:
            if not error.transient or number == DELETES - 1:
                raise
            clock.sleep(min(error.retry_after or DELETE_PAUSE, LONGEST_RETRY_AFTER))
        else:
            return
        if client.find_project(project.id) is None:
            return  # the source was deleted, and the answer was lost
        _require_unchanged(client, project, modified)
