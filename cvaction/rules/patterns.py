"""The patterns of the input `projects`: which projects of a listing they select. No requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.rules.names import composed, importing, is_retired, same_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cvaction.customvision.models import Project

__all__ = ["EVERYTHING", "Pattern", "Selection", "barred", "fits", "named", "read_patterns", "select"]

EVERYTHING = "*"


@dataclass(frozen=True)
class Pattern:
    """One line: a name, an id or a glob of names. `out`: the line leaves out what it matches."""

    text: str
    out: bool = False

    @property
    def line(self) -> str:
        """The line as text."""
        return f"!{self.text}" if self.out else self.text

    @property
    def is_glob(self) -> bool:
        """Whether the line may match several names."""
        return "*" in self.text or "?" in self.text


@dataclass(frozen=True)
class Selection:
    """The projects of a listing that the patterns select, sorted by name and then by id.

    `missing`: names and ids that do not exist. `barred`: patterns that name a project which is never selected, each with
    the reason. `idle`: globs that match nothing. `exact`: the ids of the projects that a line names.
    """

    projects: tuple[Project, ...]
    missing: tuple[Pattern, ...] = ()
    barred: tuple[tuple[Pattern, str], ...] = ()
    idle: tuple[Pattern, ...] = ()
    exact: frozenset[str] = frozenset()


def read_patterns(value: str) -> tuple[Pattern, ...]:
    """The patterns of an input, one on each line. Raises ValueError with the reason."""
    found = [
        Pattern(line.removeprefix("!").strip(), out=line.startswith("!"))
        for line in map(str.strip, value.split("\n"))  # a name may contain what `splitlines` takes for a line's end
        if line
    ]
    if not all(pattern.text for pattern in found):
        msg = "a line with only `!` leaves nothing out: write a name, an id or a pattern after the `!`"
        raise ValueError(msg)
    if all(pattern.out for pattern in found):
        return (Pattern(EVERYTHING), *found)
    return tuple(found)


def select(
    patterns: Sequence[Pattern], listing: Sequence[Project], originals: Iterable[Project] | None = None
) -> Selection:
    """Select projects: for each project the last pattern that matches decides.

    `originals`: the projects whose copies are never selected. None: the projects of the listing itself.
    """
    why = barred(listing, originals)
    chosen: dict[str, bool] = {}
    missing: list[Pattern] = []
    idle: list[Pattern] = []
    never = []
    by_name: set[str] = set()
    for pattern in patterns:
        exact = named(pattern.text, listing)
        found = exact or [project for project in listing if pattern.is_glob and fits(pattern.text, project.name)]
        if not found:
            (idle if pattern.is_glob else missing).append(pattern)
        if exact and not pattern.out and all(project.id in why for project in exact):
            never.append((pattern, why[exact[0].id]))
        if not pattern.out:
            by_name |= {project.id for project in exact}
        chosen |= {project.id: not pattern.out for project in found}
    selected = [project for project in listing if chosen.get(project.id) and project.id not in why]
    selected.sort(key=lambda project: (project.name, project.id))
    return Selection(tuple(selected), tuple(missing), tuple(never), tuple(idle), frozenset(by_name))


def named(text: str, listing: Iterable[Project]) -> list[Project]:
    """The projects of exactly that id or name. `*` means everything, even if a project has that name."""
    if text == EVERYTHING:
        return []
    listing = list(listing)
    return (
        [project for project in listing if project.id == text.lower()]
        or [project for project in listing if project.name == text]
        # In another Unicode form, and without the blanks around the name: a line of an input has none.
        or [project for project in listing if same_name(project.name.strip(), text)]
    )


def fits(glob: str, name: str) -> bool:
    """Whether a name fits a glob. Only `*` and `?` are special. The time needed depends only on the lengths."""
    glob, name = composed(glob), composed(name)
    at, star, behind, mark = 0, -1, 0, 0
    while mark < len(name):
        if at < len(glob) and glob[at] == "*":
            star, behind = at, mark
            at += 1
        elif at < len(glob) and glob[at] in {"?", name[mark]}:
            at, mark = at + 1, mark + 1
        elif star >= 0:  # the last star matches one character more
            behind += 1
            at, mark = star + 1, behind
        else:
            return False
    return not glob[at:].strip("*")


def barred(listing: Sequence[Project], originals: Iterable[Project] | None = None) -> dict[str, str]:
    """The projects that are never selected, by id, each with the reason; `originals` as for select()."""
    from cvaction.rules.mark import mark_of  # noqa: PLC0415 - only after the first request

    ids = {project.id for project in (listing if originals is None else originals)}
    where = "the same" if originals is None else "the target"
    reasons = {}
    for project in listing:
        mark = mark_of(project)
        if importing(project.name):
            reasons[project.id] = "is an unfinished import"
        elif is_retired(project.name):
            reasons[project.id] = "is a copy that was replaced or rolled back"
        elif mark and mark.source in ids - {project.id}:
            reasons[project.id] = f"is a copy of {mark.source}, a project of {where} resource"
    return reasons
