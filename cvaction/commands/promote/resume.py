"""A run whose copy is marked already (protocol, 1.2 and 1.3).

A committed copy gets its name. A finished one is checked once more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cvaction.commands.promote import parts
from cvaction.commands.promote.unnamed import clear_unnamed
from cvaction.customvision.models import other_time
from cvaction.outcome.report import CopyFacts
from cvaction.rules.names import RESERVED, ROOM, importing
from cvaction.steps.finishing import clean_up
from cvaction.steps.moving import delete_source
from cvaction.steps.reading import read_contents
from cvaction.steps.removing import remove_twin
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.models import Project
    from cvaction.rules.mark import Mark
    from cvaction.rules.states import Marked, Own
    from cvaction.run import Run
    from cvaction.steps.syncing import UpToDate
    from cvaction.steps.target import Target


def resume(run: Run, marked: Marked, copies: Sequence[Own]) -> None:
    """Finish a marked copy of an earlier attempt, without gates and without a new proof."""
    copy, mark, narrator, facts = marked.project, marked.mark, run.narrator, run.facts
    facts.copy = CopyFacts()  # this attempt may have recorded facts of another copy
    facts.tell_project(copy)
    # A newer run's keep-previous may have deleted the previous copy since. A rollback cannot go back to a deleted copy.
    before = run.target_client.find_project(mark.previous) if mark.previous else None
    facts.previous_project_id = mark.previous if before else ""
    if mark.rolledback:
        narrator.warn(
            "This run's copy was rolled back",
            f"{quoted(copy)} is not in use any more. To promote again, start a new run.",
        )
    with narrator.stage("resolve source"):
        source_project = _source(run, copy, mark)
    remover = parts.remover(run)
    for other in copies:
        if other.project.id != copy.id:
            remove_twin(remover, other)
    wanted = run.inputs.target_project_name or (source_project.name if source_project else "") or mark.name
    with narrator.stage("name"):
        clear_unnamed(run, copy, run.target_client.latest_projects() if run.mirror else ())
        copy = _name(run, marked, wanted)
        facts.tell_project(copy)
        narrator.say(f"The copy is called {quoted(copy)}.")
    with narrator.stage("publish"):
        _publish(run, copy, mark)
    finish(run, copy, mark, wanted)


def name_unnamed(run: Run, target: Target, left: UpToDate) -> None:
    """Publish an earlier run's proved copy as its source is published, name it, and finish."""
    narrator = run.narrator
    narrator.say(f"Going on with {quoted(left.project)}, which an earlier run has proved and could not name.")
    with narrator.stage("publish"):
        parts.publisher(run).publish(left.project, left.iteration, left.iterations)
    with narrator.stage("name"):
        clear_unnamed(run, left.project, target.listing)
        copy = parts.policy(run).give(parts.editor(run), left.project, target.wanted, left.mark)
        run.facts.tell_project(copy)
        narrator.say(f"The copy is called {quoted(copy)}.")
    finish(run, copy, left.mark, target.wanted)


def finish(run: Run, copy: Project, mark: Mark, wanted: str, listing: Sequence[Project] | None = None) -> None:
    """The end of every run: clean up and, for a move, delete the source. `wanted`: the name that belongs to the line.

    `listing`: the target's, if no newer one is needed.
    """
    with run.narrator.stage("finish"):
        clean_up(parts.clean_up(run, parts.lineage(run, mark.source, wanted)), copy, listing)
        if (move := parts.move(run)) is not None:
            delete_source(move, copy, mark)


def _source(run: Run, copy: Project, mark: Mark) -> Project | None:
    """The source by the id in the mark, never by name: another project may have its name. None if the source is gone."""
    project = run.source_client.find_project(mark.source)
    run.facts.source_project, run.facts.source_project_id = project, mark.source
    moves = run.inputs.delete_source
    if project is None and not moves:
        run.narrator.warn("The source is gone", f"The source {mark.source} of {quoted(copy)} does not exist any more.")
    elif project and other_time(project.last_modified, mark.modified) and not moves:
        run.narrator.warn(
            "The source has changed since it was copied",
            f"{quoted(copy)} holds the source as of {mark.modified:%Y-%m-%d %H:%M:%S} UTC; a new state needs a new run.",
        )
    return project


def _name(run: Run, marked: Marked, wanted: str) -> Project:
    """Give or check the name. `wanted` is empty if no input, no source and no mark names it any more."""
    copy, editor, naming = marked.project, parts.editor(run), parts.policy(run)
    if not wanted:
        wanted = copy.name.partition(RESERVED)[0] if importing(copy.name) else copy.name
        if importing(copy.name) and len(wanted) >= ROOM:
            # The own name may hold only the beginning of a long name. No project that has the short name is renamed.
            told = f"The source of {quoted(copy)} is gone, and its name is unknown."
            run.narrator.warn("The copy's wanted name is not known any more", told)
            return naming.number(editor, copy, wanted)
    if marked.finished:
        return naming.check(editor, copy, wanted, marked.mark)
    return naming.give(editor, copy, wanted, marked.mark)


def _publish(run: Run, copy: Project, mark: Mark) -> None:
    contents = read_contents(run.target_client, copy)
    facts, publisher = run.facts, parts.publisher(run)
    facts.copy = replace(facts.copy, image_count=contents.images, tag_count=len(contents.tags))
    iteration = mark.chosen_in(contents.iterations, publisher.name)
    publisher.publish(copy, iteration, contents.iterations)
