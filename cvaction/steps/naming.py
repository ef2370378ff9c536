"""The copy's name: which one is wanted, and what `if-exists` makes of it. The policies are told apart here alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cvaction.failures.errors import NameTakenError, OneResourceError, ReservedNameError, SourceNamelessError
from cvaction.github.text import one_line
from cvaction.rules.names import RESERVED, free_name, replaced_name, same_name
from cvaction.steps.renaming import check_free_name, take_free_name
from cvaction.steps.replacing import check_taken_over, refuse_strangers, take_over
from cvaction.telling import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from cvaction.customvision.models import Project
    from cvaction.rules.mark import Mark
    from cvaction.steps.committing import Committed
    from cvaction.steps.editor import Editor
    from cvaction.steps.target import Target

REPLACING = frozenset({"replace", "sync"})


class Policy(Protocol):
    """What is done where the wanted name is held. `marked`: the copy as it was committed a moment ago."""

    def refuse_source(self, wanted: str, source_project: Project) -> None:
        """Raise where the source is on the target resource, and must not be there."""

    def refuse_holders(self, holders: Sequence[Project]) -> None:
        """Raise where nothing may be promoted beside those who hold the name."""

    def predecessor(self, holders: Sequence[Project]) -> Project | None:
        """Which holder, newest first, the copy takes the place of."""

    def give(self, editor: Editor, copy: Project, wanted: str, mark: Mark, marked: Committed | None = None) -> Project:
        """Give a committed copy its name."""

    def check(self, editor: Editor, copy: Project, wanted: str, mark: Mark) -> Project:
        """Look at a finished copy's name once more."""

    def number(self, editor: Editor, copy: Project, wanted: str) -> Project:
        """Give a committed copy a name that nobody has, whatever the policy does with those who have the wanted one."""

    def foretell(self, target: Target, moment: datetime) -> Iterator[str]:
        """What `give` would do, for a plan."""


@dataclass(frozen=True)
class Numbering:
    """`new` and `fail`: the first free one of `name`, `name (1)`, …. `alone`: nobody else may have the name (`fail`)."""

    alone: bool

    def refuse_source(self, wanted: str, source_project: Project) -> None:
        """The source may be on the target: the copy is numbered beside it."""

    def refuse_holders(self, holders: Sequence[Project]) -> None:
        """With `fail`, raises NameTakenError."""
        if self.alone and holders:
            msg = f"The target resource has {listed(list(holders))[2:]} already."
            raise NameTakenError(msg)

    def predecessor(self, holders: Sequence[Project]) -> Project | None:  # noqa: ARG002 - a policy's
        """No holder gives way: the copy comes after the newest of its line."""
        return None

    def give(self, editor: Editor, copy: Project, wanted: str, mark: Mark, marked: Committed | None = None) -> Project:  # noqa: ARG002 - a policy's
        """Take the first free name."""
        return take_free_name(editor, copy, wanted, marked, expected=not self.alone)

    def check(self, editor: Editor, copy: Project, wanted: str, mark: Mark) -> Project:  # noqa: ARG002 - a policy's
        """Choose again if the name is held twice."""
        return check_free_name(editor, copy, wanted, expected=not self.alone)

    def number(self, editor: Editor, copy: Project, wanted: str) -> Project:
        """Take the first free name."""
        return take_free_name(editor, copy, wanted, expected=not self.alone)

    def foretell(self, target: Target, moment: datetime) -> Iterator[str]:  # noqa: ARG002 - a policy's
        """The free name of now."""
        name = free_name(target.wanted, {row.name for row in target.listing})
        yield f"Mark the copy, and call it '{one_line(name)}'."


@dataclass(frozen=True)
class Replacing:
    """`replace` and `sync`: the copy takes the name, and its holders keep a dated one."""

    if_exists: str

    def refuse_source(self, wanted: str, source_project: Project) -> None:
        """Raises OneResourceError: the source is never renamed."""
        if same_name(wanted, source_project.name):
            msg = (
                f"The source {quoted(source_project)} is on the target resource too, "
                f"and `if-exists: {self.if_exists}` would replace it."
            )
            raise OneResourceError(msg)

    def refuse_holders(self, holders: Sequence[Project]) -> None:
        """All of them give way."""

    def predecessor(self, holders: Sequence[Project]) -> Project | None:
        """The newest holder."""
        return next(iter(holders), None)

    def give(self, editor: Editor, copy: Project, wanted: str, mark: Mark, marked: Committed | None = None) -> Project:
        """Rename the holders, then the copy."""
        return take_over(editor, copy, wanted, mark, marked)

    def check(self, editor: Editor, copy: Project, wanted: str, mark: Mark) -> Project:
        """Settle a name that is held twice."""
        return check_taken_over(editor, copy, wanted, mark)

    def number(self, editor: Editor, copy: Project, wanted: str) -> Project:
        """Take the first free name: nobody is renamed."""
        return take_free_name(editor, copy, wanted)

    def foretell(self, target: Target, moment: datetime) -> Iterator[str]:
        """The dated names, and the copy's."""
        yield "Mark the copy."
        for holder in reversed(target.holders):
            name = replaced_name(target.wanted, moment)
            yield f"Rename {quoted(holder)} to '{one_line(name)}' (with the time of that moment)."
        yield f"Call the copy '{one_line(target.wanted)}'."


@dataclass(frozen=True)
class Yielding(Replacing):
    """A mirror's `if-taken: fail`: copies of the source give the name up, and nobody else is renamed."""

    source_id: str

    def refuse_holders(self, holders: Sequence[Project]) -> None:
        """Raises TakenByStrangerError."""
        refuse_strangers(holders, self.source_id)

    def give(self, editor: Editor, copy: Project, wanted: str, mark: Mark, marked: Committed | None = None) -> Project:
        """Rename the copies that hold it, then the copy; raises TakenByStrangerError."""
        return take_over(editor, copy, wanted, mark, marked, strangers_stay=True)

    def check(self, editor: Editor, copy: Project, wanted: str, mark: Mark) -> Project:
        """Settle a name that is held twice; raises TakenByStrangerError."""
        return check_taken_over(editor, copy, wanted, mark, strangers_stay=True)


def policy_of(if_exists: str) -> Policy:
    """The policy of the input `if-exists`."""
    return Replacing(if_exists) if if_exists in REPLACING else Numbering(alone=if_exists == "fail")


def wanted_name(given: str, source_project: Project) -> str:
    """The copy's name: `target-project-name` as given, or the source's. Raises for a source that has no usable one."""
    wanted = given or source_project.name
    if not wanted:
        msg = f"The source project {quoted(source_project)} tells no name, and target-project-name is empty."
        raise SourceNamelessError(msg)
    if RESERVED in wanted:
        msg = f"The source project is called {quoted(source_project)}, and target-project-name is empty."
        raise ReservedNameError(msg)
    return wanted
