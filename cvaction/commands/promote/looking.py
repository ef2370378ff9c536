"""Reads and judges both sides before anything is changed (protocol, 2.1 to 3.1). Nothing here can change a side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.customvision.models import same_time
from cvaction.plural import counted
from cvaction.rules.mark import mark_of, trained_text
from cvaction.steps.gate import pass_gates
from cvaction.steps.leftovers import warn_of_other_runs
from cvaction.steps.naming import wanted_name
from cvaction.steps.source import read_source, require_model, resolve_source
from cvaction.steps.syncing import up_to_date
from cvaction.steps.target import look_at_target, on_one_resource
from cvaction.telling import quoted

if TYPE_CHECKING:
    from cvaction.clock import Clock
    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.memory import Memory
    from cvaction.outcome.ledger import Facts
    from cvaction.steps.gate import Gates
    from cvaction.steps.lineage import Lineages
    from cvaction.steps.naming import Policy
    from cvaction.steps.smoke import Images
    from cvaction.steps.source import Choice, SourceState
    from cvaction.steps.syncing import Sync, UpToDate
    from cvaction.steps.target import Target
    from cvaction.telling import Narrator


@dataclass(frozen=True)
class SourceLook:
    """Reads the source. `name`: what the copy is to be called; empty for the source's own name."""

    client: ReadingClient
    clock: Clock
    narrator: Narrator
    facts: Facts
    choice: Choice
    name: str


@dataclass(frozen=True)
class TargetLook:
    """Reads the target. `sync`: None if a new copy is made in any case."""

    client: ReadingClient
    narrator: Narrator
    facts: Facts
    memory: Memory
    policy: Policy
    lineages: Lineages
    sync: Sync | None


@dataclass(frozen=True)
class Looks:
    """Everything that can end a run before an export: both sides, the gates, and the images of a smoke test."""

    source: SourceLook
    target: TargetLook
    gates: Gates
    images: Images


def look_at_source(look: SourceLook) -> tuple[SourceState, str]:
    """The source as it is now, and the wanted name of its copy. The name is decided only here."""
    with look.narrator.stage("resolve source"):
        project = resolve(look)
        wanted = wanted_name(look.name, project)
        source = read_source(look.client, look.narrator, look.choice, project)
        _say_source(look.narrator, source)
    return source, wanted


def resolve(look: SourceLook) -> Project:
    """The source project that the inputs name."""
    return resolve_source(look.client, look.clock, look.narrator, look.facts, look.choice)


def _say_source(narrator: Narrator, source: SourceState) -> None:
    contents = source.contents
    iteration = f"'{source.iteration.name}'" if source.iteration else "none"
    narrator.say(
        f"Source {quoted(source.project)}: {counted(contents.images, 'image')}, {counted(len(contents.tags), 'tag')}, "
        f"{counted(len(contents.completed()), 'trained iteration')}; chosen iteration: {iteration}."
    )


def look_at_both(looks: Looks, listing: tuple[Project, ...]) -> tuple[SourceState, Target, UpToDate | None]:
    """The source, the target, and with `sync` the copy that is up to date. `listing`: the target's."""
    source, wanted = look_at_source(looks.source)
    look, client = looks.target, looks.target.client
    with look.narrator.stage("look at target"):
        if on_one_resource(source.project, listing):
            client.share_pace(looks.source.client)
        lineage = look.lineages.of(source.project.id, wanted)
        target = look_at_target(client, look.policy, lineage, source.project, listing)
        look.facts.previous_project_id = target.previous.id if target.previous else ""
        warn_of_other_runs(client, lineage.identity, look.memory, look.narrator, listing)
        existing = up_to_date(look.sync, source, target) if look.sync else None
        if existing is None:
            _warn_of_rolled_back(look.narrator, source, target)
    return source, target, existing


def _warn_of_rolled_back(narrator: Narrator, source: SourceState, target: Target) -> None:
    """Warn if a rollback has taken a copy of this state and this iteration of the source out of use."""
    chosen = (source.iteration.name if source.iteration else "", trained_text(source.iteration))
    for row in target.listing:
        mark = mark_of(row) if "rolledback" in row.description else None
        if mark is None or not (mark.rolledback and target.lineage.has(row)):
            continue
        if same_time(mark.modified, source.modified) and (mark.iteration, mark.trained) == chosen:
            text = (
                f"{quoted(row)} is a copy of the source as it is now, and a rollback has taken it out of use. A promotion "
                "brings the same model back. Train a better iteration, or choose another with `iteration`."
            )
            narrator.warn("This state of the source was rolled back", text)
            return


def judge(gates: Gates, choice: Choice, source: SourceState, previous: Project | None) -> None:
    """Check the gates, and check that there is a model if one is needed. `previous`: the copy in use."""
    pass_gates(gates, source, previous)
    require_model(choice, source)
