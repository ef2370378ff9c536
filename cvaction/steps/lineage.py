"""The earlier copies of a line, made by other runs. keep-previous, previous-project-id and the gate use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.customvision.models import earlier
from cvaction.rules.mark import Line, mark_of
from cvaction.rules.names import importing
from cvaction.steps.listing import confirmed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.rules.names import Identity


@dataclass(frozen=True)
class Lineage:
    """A line, and the identity of this run: the copies of all other runs in the line are earlier copies.

    `by`: as in a mark. `related`: W of each project of this mirror, which cleans up its own leftovers.
    """

    line: Line
    identity: Identity
    by: str = ""
    related: frozenset[str] = frozenset()

    def has(self, row: Project) -> bool:
        """Whether a project is a marked copy of this line by another run. The source itself never is."""
        mark = mark_of(row)
        if mark is None or row.id == self.line.source:
            return False
        return mark.in_line(self.line, self.identity.work) and (mark.work, mark.run) != self.identity.pair

    def retains(self, row: Project) -> bool:
        """Whether `keep-previous` counts and may delete a copy: a mirror only its own, a promotion none of a mirror's."""
        mark = mark_of(row)
        if mark is None:
            return False
        return mark.work == self.identity.work if self.by else not mark.by


@dataclass(frozen=True)
class Lineages:
    """Which lineage a copy of this run belongs to. `by` and `related`: as in a lineage."""

    repository_id: str
    identity: Identity
    by: str = ""
    related: frozenset[str] = frozenset()

    def of(self, source_id: str, wanted: str) -> Lineage:
        """That of a source's copies under a name."""
        return Lineage(Line(self.repository_id, source_id, wanted), self.identity, self.by, self.related)


def rolled_back(project: Project) -> bool:
    """Whether a rollback has taken a copy out of use. No later rollback chooses such a copy by itself."""
    mark = mark_of(project)
    return mark is not None and bool(mark.rolledback)


def newest_in_use(newest_first: Iterable[Project]) -> Project | None:
    """The first project that no rollback has taken out of use: such a copy is never `previous`, whatever it is called."""
    return next((project for project in newest_first if not rolled_back(project)), None)


def earlier_copies(lineage: Lineage, listing: Sequence[Project], copy: Project | None = None) -> list[Project]:
    """Marked copies of this line by other runs, made before `copy`.

    Newest first. A copy that has its name again after a rollback counts as the one it replaced, so it is before all
    copies that the rollback passed over. Copies that were rolled back come last, because they are deleted first.
    """
    found = (row for row in listing if copy is None or (row.id != copy.id and earlier(row.created, copy.created)))
    ours = [row for row in found if lineage.has(row)]
    ages = {row.id: row.age for row in listing}
    return sorted(ours, key=lambda row: (not rolled_back(row), _in_use_since(row, ages)), reverse=True)


def _in_use_since(row: Project, ages: Mapping[str, tuple[datetime, str]]) -> tuple[datetime, str]:
    """A key to sort by: a copy's age, or that of the newer copy that a rollback replaced with it, if it still exists."""
    mark = mark_of(row)
    replaced = mark.instead.partition("/")[0] if mark else ""
    return max(row.age, ages.get(replaced, row.age))


def still_earlier(
    client: ReadingClient, lineage: Lineage, listing: Sequence[Project], copy: Project | None = None
) -> Iterator[Project]:
    """Those of `earlier_copies` that still exist and are still copies of this line, whatever their names are by now."""
    return confirmed(client, earlier_copies(lineage, listing, copy), lineage.has)


def newest_earlier(
    client: ReadingClient, lineage: Lineage, listing: Sequence[Project], copy: Project | None = None
) -> Project | None:
    """The newest finished copy of this line by another run that is older than `copy` and was not rolled back."""
    found = still_earlier(client, lineage, listing, copy)
    return next((now for now in found if importing(now.name) is None and not rolled_back(now)), None)
