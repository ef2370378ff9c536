"""A run whose copy is marked already (protocol, 1.2 and 1.3).

A committed copy gets its name. A finished one is checked once more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cvaction.commands.promote.closing import finish
from cvaction.customvision.models import other_time
from cvaction.outcome.ledger import CopyFacts
from cvaction.rules.names import RESERVED, ROOM, importing
from cvaction.steps.reading import read_contents
from cvaction.steps.removing import remove_twin
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.commands.promote.closing import Closing, Namer
    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.rules.mark import Mark
    from cvaction.rules.own_copies import Marked, Own


@dataclass(frozen=True)
class Resumption:
    """Finishes a marked copy. `name`: the wanted name, if the inputs give one."""

    source_client: ReadingClient
    target_client: ReadingClient
    closing: Closing
    name: str

    @property
    def moves(self) -> bool:
        """Whether the source is to be deleted at the end."""
        return self.closing.finisher.move is not None


def resume(resumption: Resumption, marked: Marked, copies: Sequence[Own]) -> None:
    """Finish a marked copy of an earlier attempt, without gates and without a new proof."""
    client, closing = resumption.target_client, resumption.closing
    narrator, facts, namer = closing.narrator, closing.facts, closing.namer
    copy, mark = marked.project, marked.mark
    facts.copy = CopyFacts()  # this attempt may have recorded facts of another copy
    facts.record_project(copy)
    # A newer run's keep-previous may have deleted the previous copy since. A rollback cannot go back to a deleted copy.
    before = client.find_project(mark.previous) if mark.previous else None
    facts.previous_project_id = mark.previous if before else ""
    if mark.rolledback:
        narrator.warn(
            "This run's copy was rolled back",
            f"{quoted(copy)} is not in use any more. To promote again, start a new run.",
        )
    with narrator.stage("resolve source"):
        source_project = _source(resumption, copy, mark)
    for other in copies:
        if other.project.id != copy.id:
            remove_twin(closing.finisher.remover, other)
    wanted = resumption.name or mark.name or (source_project.name if source_project else "")
    with narrator.stage("name"):
        namer.clear(copy, client.latest_projects() if closing.mirror else ())
        copy = _name(namer, marked, wanted)
        namer.record(copy)
    with narrator.stage("publish"):
        _publish(client, closing, copy, mark)
    finish(closing.finisher, copy, mark, wanted)


def _source(resumption: Resumption, copy: Project, mark: Mark) -> Project | None:
    """The source by the id in the mark, never by name: another project may have its name. None if the source is gone."""
    narrator, facts, moves = resumption.closing.narrator, resumption.closing.facts, resumption.moves
    project = resumption.source_client.find_project(mark.source)
    facts.source_project, facts.source_project_id = project, mark.source
    if project is None and not moves:
        narrator.warn("The source is gone", f"The source {mark.source} of {quoted(copy)} does not exist any more.")
    elif project and other_time(project.last_modified, mark.modified) and not moves:
        narrator.warn(
            "The source has changed since it was copied",
            f"{quoted(copy)} holds the source as of {mark.modified:%Y-%m-%d %H:%M:%S} UTC; a new state needs a new run.",
        )
    return project


def _name(namer: Namer, marked: Marked, wanted: str) -> Project:
    """Give or check the name. `wanted` is empty if no input, no source and no mark names it any more."""
    copy, editor, naming = marked.project, namer.editor, namer.policy
    if not wanted:
        wanted = copy.name.partition(RESERVED)[0] if importing(copy.name) else copy.name
        if importing(copy.name) and len(wanted) >= ROOM:
            # The own name may hold only the beginning of a long name. No project that has the short name is renamed.
            text = f"The source of {quoted(copy)} is gone, and its name is unknown."
            editor.narrator.warn("The copy's wanted name is not known any more", text)
            return naming.number(editor, copy, wanted)
    if marked.finished:
        return naming.check(editor, copy, wanted, marked.mark)
    return naming.give(editor, copy, wanted, marked.mark)


def _publish(client: ReadingClient, closing: Closing, copy: Project, mark: Mark) -> None:
    contents = read_contents(client, copy)
    facts, publisher = closing.facts, closing.publisher
    facts.copy = replace(facts.copy, image_count=contents.images, tag_count=len(contents.tags))
    iteration = mark.chosen_in(contents.iterations, publisher.name)
    publisher.publish(copy, iteration, contents.iterations)
