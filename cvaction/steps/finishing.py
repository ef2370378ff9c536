"""The clean-up once the copy has its name: older copies, and leftovers of other runs (protocol, 8.2 to 8.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.models import FAILED
from cvaction.rules.mark import mark_of
from cvaction.rules.names import importing
from cvaction.rules.own_copies import own
from cvaction.steps.leftovers import remove_dead, too_old, warn_of_other_runs
from cvaction.steps.lineage import still_earlier
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.steps.lineage import Lineage
    from cvaction.steps.removing import Remover


@dataclass(frozen=True)
class CleanUp:
    """What is kept and what is deleted.

    `keep`: the number of earlier copies of the line to keep; None keeps all. `remover` deletes the others.
    """

    remover: Remover
    lineage: Lineage
    keep: int | None


def clean_up(clean: CleanUp, copy: Project, listing: Sequence[Project] | None = None) -> None:
    """Delete what is not kept, and warn of what other runs have left.

    A project that cannot be deleted is only a warning, because the copy is finished.
    `listing`: the target's rows, if no newer ones are needed.
    """
    rows = clean.remover.client.latest_projects() if listing is None else listing
    _or_warn(clean, "An earlier copy could not be deleted", lambda: _keep_previous(clean, copy, rows))
    _or_warn(clean, "A leftover could not be deleted", lambda: _clean_up_leftovers(clean, copy, rows))


def _or_warn(clean: CleanUp, title: str, work: Callable[[], None]) -> None:
    try:
        work()
    except CustomVisionError as error:
        clean.remover.narrator.warn(title, str(error))


def _keep_previous(clean: CleanUp, copy: Project, listing: Sequence[Project]) -> None:
    keep, remover, facts = clean.keep, clean.remover, clean.remover.facts
    if keep is None:
        return
    ours = [now for now in still_earlier(remover.client, clean.lineage, listing, copy) if clean.lineage.retains(now)]
    for now in ours[keep:]:
        in_use = now.id == facts.previous_project_id
        if in_use and keep:
            continue
        try:
            remover.remove(now, f"keep-previous: {keep}")
        except CustomVisionError as error:
            told = " ".join((f"{quoted(now)}: {error}.", *getattr(error, "__notes__", ())))
            remover.narrator.warn("An earlier copy could not be deleted", told)
        else:
            if in_use and now.id in remover.memory.removed:
                facts.previous_project_id = ""  # nobody can go back to it


def _clean_up_leftovers(clean: CleanUp, copy: Project, listing: Sequence[Project]) -> None:
    """Delete this work's dead leftovers. Only warn of other runs' committed copies and of other works' leftovers."""
    remover, identity = clean.remover, clean.lineage.identity
    client, memory, narrator = remover.client, remover.memory, remover.narrator
    remove_dead(remover, identity, listing)
    warn_of_other_runs(client, identity, memory, narrator, listing)
    _warn_of_parallel_job(clean, copy, listing)
    for row in listing:
        whose = importing(row.name)
        if whose is None or identity.owns(row.name) or row.id in memory.removed:
            continue
        mark = mark_of(row)
        same_work, marked = whose.work == identity.work, mark is not None
        other = whose.run == identity.run or (
            not same_work and ((mark and mark.by) or whose.work in clean.lineage.related)
        )
        if clean.lineage.by and other:
            continue  # it belongs to another project of the mirror, which warns of it
        dead = row.status == FAILED or too_old(client, row)
        if marked and not _has_no_name_yet(client, row):
            continue
        if (same_work and marked) or (not same_work and (dead or marked)):
            state = "a proved copy that has no name yet" if marked else "an unfinished import"
            owner = "another run of this work" if same_work else "another work"
            running = ", which may still be running" if marked else ""
            text = f"{quoted(row)} is {state}, of {owner}{running}. This run leaves it alone."
            narrator.warn("A leftover on the target", text)


def _has_no_name_yet(client: ReadingClient, row: Project) -> bool:
    """Whether a marked row still has its own name: a run at work may have named it since the listing."""
    now = client.find_project(row.id)
    return now is not None and importing(now.name) is not None


def _warn_of_parallel_job(clean: CleanUp, copy: Project, listing: Sequence[Project]) -> None:
    """Warn of another copy of this run, made by a second job with equal inputs. The other copy is never deleted."""
    client, memory, identity = clean.remover.client, clean.remover.memory, clean.lineage.identity
    for row in listing:
        if row.id == copy.id or row.id in memory.removed | memory.warned or own(row, identity, memory.answered) is None:
            continue
        now = client.find_project(row.id)
        if now is None or own(now, identity, memory.answered) is None:
            continue
        memory.warned.add(now.id)
        clean.remover.narrator.warn(
            "Another copy of this run is on the target",
            f"{quoted(now)} was made by this run, too: probably by a second job with the same inputs that ran at the same "
            "time. Give the jobs one `concurrency:` group, and delete the copy that nothing uses.",
        )
