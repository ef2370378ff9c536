"""The copy's name: which one is wanted, and what `if-exists` does about it. No other module knows the policies apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cvaction.customvision.errors import CustomVisionError
from cvaction.failures.copy_errors import NameHeldError
from cvaction.failures.errors import Failure, NameTakenError, OneResourceError
from cvaction.failures.mirror_errors import NearlyTakenError
from cvaction.failures.source_errors import ReservedNameError, SourceNamelessError
from cvaction.github.text import one_line
from cvaction.rules.names import RESERVED, free_name, replaced_name, same_name
from cvaction.steps.lineage import newest_in_use
from cvaction.steps.renaming import check_free_name, restore_name, take_free_name
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
    """What to do if a project holds the wanted name. `marked`: the copy as it was committed a moment ago."""

    def refuse_source(self, wanted: str, source_project: Project) -> None:
        """Raise if the source must not be on the target resource. Called only if it is there."""

    def refuse_holders(self, holders: Sequence[Project]) -> None:
        """Raise if the projects that hold the name forbid the promotion."""

    def predecessor(self, holders: Sequence[Project]) -> Project | None:
        """The holder that the copy replaces. `holders`: newest first."""

    def give(self, editor: Editor, copy: Project, wanted: str, mark: Mark, marked: Committed | None = None) -> Project:
        """Give a committed copy its name."""

    def check(self, editor: Editor, copy: Project, wanted: str, mark: Mark) -> Project:
        """Check a finished copy's name once more."""

    def number(self, editor: Editor, copy: Project, wanted: str) -> Project:
        """Give a committed copy a name that no other project has. No other project is renamed."""

    def plan_lines(self, target: Target, moment: datetime) -> Iterator[str]:
        """The lines of a plan: what `give` would do."""


@dataclass(frozen=True)
class Numbering:
    """`new` and `fail`: the first free name of `name`, `name (1)`, …. `alone`: no other project may have it (`fail`)."""

    alone: bool

    def refuse_source(self, wanted: str, source_project: Project) -> None:
        """The source may be on the target: the copy then gets a numbered name."""

    def refuse_holders(self, holders: Sequence[Project]) -> None:
        """With `fail`, raises NameTakenError."""
        if self.alone and holders:
            msg = f"The target resource has {listed(list(holders))[2:]} already."
            raise NameTakenError(msg)

    def predecessor(self, holders: Sequence[Project]) -> Project | None:  # noqa: ARG002 - a policy's
        """No holder is replaced."""
        return None

    def give(self, editor: Editor, copy: Project, wanted: str, mark: Mark, marked: Committed | None = None) -> Project:  # noqa: ARG002 - a policy's
        """Take the first free name."""
        return take_free_name(editor, copy, wanted, marked, expected=not self.alone)

    def check(self, editor: Editor, copy: Project, wanted: str, mark: Mark) -> Project:  # noqa: ARG002 - a policy's
        """Choose another name if two projects hold this one."""
        return check_free_name(editor, copy, wanted, expected=not self.alone)

    def number(self, editor: Editor, copy: Project, wanted: str) -> Project:
        """Take the first free name."""
        return take_free_name(editor, copy, wanted, expected=not self.alone)

    def plan_lines(self, target: Target, moment: datetime) -> Iterator[str]:  # noqa: ARG002 - a policy's
        """The name that is free now."""
        name = free_name(target.wanted, {row.name for row in target.listing})
        yield f"Mark the copy, and call it '{one_line(name)}'."


@dataclass(frozen=True)
class Replacing:
    """`replace` and `sync`: the copy takes the name, and its holders get dated names."""

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
        """Every holder may be replaced."""

    def predecessor(self, holders: Sequence[Project]) -> Project | None:
        """The newest holder, but none that a rollback was about to rename."""
        return newest_in_use(holders)

    def give(self, editor: Editor, copy: Project, wanted: str, mark: Mark, marked: Committed | None = None) -> Project:
        """Rename the holders, then the copy."""
        return take_over(editor, copy, wanted, mark, marked)

    def check(self, editor: Editor, copy: Project, wanted: str, mark: Mark) -> Project:
        """Take the name again if another project holds it, too."""
        return check_taken_over(editor, copy, wanted, mark)

    def number(self, editor: Editor, copy: Project, wanted: str) -> Project:
        """Take the first free name. No holder is renamed."""
        return take_free_name(editor, copy, wanted)

    def plan_lines(self, target: Target, moment: datetime) -> Iterator[str]:
        """The dated names of the holders, and the copy's name."""
        yield "Mark the copy."
        for holder in reversed(target.holders):
            name = replaced_name(target.wanted, moment)
            yield f"Rename {quoted(holder)} to '{one_line(name)}' (with the time of that moment)."
        yield f"Call the copy '{one_line(target.wanted)}'."


@dataclass(frozen=True)
class Mirroring(Replacing):
    """The policy of a mirror: a copy that cannot be named gets back the name that it had.

    `renames` is `if-taken: rename`. Without it, only holders that are copies of the source are renamed.
    """

    source_id: str
    renames: bool

    def refuse_holders(self, holders: Sequence[Project]) -> None:
        """Raises TakenByStrangerError, unless strangers are renamed."""
        if not self.renames:
            refuse_strangers(holders, self.source_id)

    def give(self, editor: Editor, copy: Project, wanted: str, mark: Mark, marked: Committed | None = None) -> Project:
        """Rename the holders that may be renamed, then the copy. Raises TakenByStrangerError."""
        try:
            return take_over(editor, copy, wanted, mark, marked, strangers_stay=not self.renames)
        except (CustomVisionError, Failure) as error:
            restore_name(editor, copy, wanted)
            if isinstance(error, NameHeldError):
                raise NearlyTakenError(error.happened) from None
            raise

    def check(self, editor: Editor, copy: Project, wanted: str, mark: Mark) -> Project:
        """Take the name again if another project holds it, too. Raises TakenByStrangerError."""
        return check_taken_over(editor, copy, wanted, mark, strangers_stay=not self.renames)


def policy_of(if_exists: str) -> Policy:
    """The policy of the input `if-exists`."""
    return Replacing(if_exists) if if_exists in REPLACING else Numbering(alone=if_exists == "fail")


def wanted_name(given: str, source_project: Project) -> str:
    """The copy's name: `target-project-name` if given, or else the source's.

    Raises SourceNamelessError or ReservedNameError if the source's name cannot be used.
    """
    wanted = given or source_project.name
    if not wanted:
        msg = f"The name of the source project {quoted(source_project)} is unknown, and no other name is given."
        raise SourceNamelessError(msg)
    if RESERVED in wanted:
        msg = f"The source project is called {quoted(source_project)}, and no other name is given."
        raise ReservedNameError(msg)
    return wanted
