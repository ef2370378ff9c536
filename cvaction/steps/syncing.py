"""`sync`: is the copy that holds the name up to date?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cvaction.customvision.models import same_time
from cvaction.failures.source_errors import IterationError, SourceUntrainedError
from cvaction.github.text import one_line
from cvaction.rules.comparison import counterpart
from cvaction.rules.mark import mark_of, trained_text
from cvaction.rules.names import importing, same_name
from cvaction.rules.own_copies import Marked
from cvaction.rules.serving import published
from cvaction.steps.lineage import newest_earlier, newest_in_use
from cvaction.steps.listing import confirmed, newest_first
from cvaction.steps.proving import examine, record_proof
from cvaction.steps.source import choose_iteration
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.models import Iteration, Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.outcome.ledger import Facts
    from cvaction.rules.mark import Mark
    from cvaction.steps.source import Choice, SourceState
    from cvaction.steps.target import Target
    from cvaction.telling import Narrator


@dataclass(frozen=True)
class Sync:
    """Compares an existing copy with the source. Both sides are only read."""

    source_client: ReadingClient
    target_client: ReadingClient
    narrator: Narrator
    facts: Facts
    publish_name: str
    alike: str = ""  # W of a mirror that publishes as the source is published; empty for all others


@dataclass(frozen=True)
class UpToDate:
    """The existing copy that `sync` outputs, its chosen iteration, and the copy that a rollback would go back to."""

    project: Project
    mark: Mark
    iterations: tuple[Iteration, ...]
    iteration: Iteration | None
    previous: Project | None


@dataclass(frozen=True)
class Moved:
    """Which copies an earlier attempt may have moved. `name`: the wanted name, empty if unknown. `work`: W."""

    choice: Choice
    name: str
    work: str

    def may_be(self, row: Project) -> bool:
        """Whether `row` is a finished copy of the wanted source, with the wanted name if that is known.

        The source is recognised by its id or, if the id is unknown, by W in the mark.
        """
        mark, wanted = mark_of(row), self.name or self.choice.project_name
        if mark is None or importing(row.name) is not None or (wanted and not same_name(row.name, wanted)):
            return False
        return mark.source == self.choice.project_id if self.choice.project_id else mark.work == self.work


def up_to_date(sync: Sync, source: SourceState, target: Target) -> UpToDate | None:
    """The holder of the name that is a marked, unchanged and proved copy of the source.

    None if there is no such holder. `sync` is then a `replace`.
    """
    found = (examined(sync, source, target, holder) for holder in target.holders)
    return next((one for one in found if one is not None), None)


def examined(sync: Sync, source: SourceState, target: Target, holder: Project) -> UpToDate | None:
    """A project of the target, if it is a marked, unchanged and proved copy of the source. Else the ledger says why not."""
    client, facts = sync.target_client, sync.facts
    mark = mark_of(holder)
    if mark is None or mark.source != source.project.id or not same_time(mark.modified, source.modified):
        _record_outdated(sync, f"{quoted(holder)} is not a copy of the source as it is now.")
        return None
    contents, proof = examine(client, source, holder)
    if not proof.holds:
        names = ", ".join(one_line(check.name, 80) for check in proof.differences[:5])
        _record_outdated(sync, f"{quoted(holder)} differs from the source: {names}.")
        return None
    copy, iteration = contents.project, _iteration(source, contents.iterations)
    if elsewhere := _elsewhere(sync, source, contents.iterations, mark):
        _record_outdated(
            sync,
            f"{quoted(holder)} is published under another name, '{one_line(elsewhere)}', and stays so: a new copy is made.",
        )
        return None
    record_proof(facts, contents, proof)
    previous = _previous(client, target, copy, mark)
    facts.record_project(copy)
    facts.previous_project_id = previous.id if previous else ""
    sync.narrator.say(f"{quoted(copy)} is a proved copy of the source as it is now: nothing to import.")
    return UpToDate(copy, mark, contents.iterations, iteration, previous)


def _elsewhere(sync: Sync, source: SourceState, iterations: tuple[Iteration, ...], mark: Mark) -> str:
    """A name that the copy would lose, though applications use it. Empty: there is none."""
    if not sync.alike:
        iteration = _iteration(source, iterations)  # an iteration has one publish name
        name = iteration.publish_name if iteration else ""
        return name if sync.publish_name and name != sync.publish_name else ""
    if mark.work == sync.alike:  # a mirror unpublishes names of its own copies, and of no others
        return ""
    return next(iter(sorted(set(published(iterations)) - set(published(source.contents.iterations)))), "")


def _record_outdated(sync: Sync, why: str) -> None:
    sync.facts.outdated.append(why)
    sync.narrator.say(why)


def moved_before(sync: Sync, moved: Moved, listing: Sequence[Project]) -> Marked | None:
    """The copy that an earlier attempt found up to date before it deleted the source (protocol, 2.4).

    The move is then done. None if there is no such copy, or if the source is still there.
    """
    name = moved.choice.project_name
    if name and any(same_name(row.name, name) for row in sync.source_client.get_projects()):
        return None  # the source is there: this run has stopped for another reason
    rows = newest_first(row for row in listing if moved.may_be(row))
    copy = next(confirmed(sync.target_client, rows, moved.may_be), None)
    mark = mark_of(copy) if copy else None
    if copy is None or mark is None or sync.source_client.find_project(mark.source):
        return None
    served = _served(sync, moved.choice, copy)
    if served is not None:
        mark = replace(mark, iteration=served.name, trained=trained_text(served))
    return Marked(copy, mark, finished=True)


def _served(sync: Sync, choice: Choice, copy: Project) -> Iteration | None:
    """The iteration that the earlier attempt published. It published before it deleted the source."""
    iterations = sync.target_client.get_iterations(copy.id)
    for iteration in iterations:
        if sync.publish_name and iteration.publish_name == sync.publish_name:
            return iteration
    try:
        return choose_iteration(choice, iterations)
    except (IterationError, SourceUntrainedError):
        return None


def _iteration(source: SourceState, iterations: tuple[Iteration, ...]) -> Iteration | None:
    return counterpart(source.iteration, iterations) if source.iteration else None


def _previous(client: ReadingClient, target: Target, copy: Project, mark: Mark) -> Project | None:
    before = newest_in_use(row for row in target.listing if row.id == mark.previous)
    return before or newest_earlier(client, target.lineage, target.listing, copy)
