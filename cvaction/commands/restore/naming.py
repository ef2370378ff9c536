"""The restored project gets its name. A failure here says which complete project is there and what can be done."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cvaction.customvision.codes import PROJECT_NAME
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.failures.copy_errors import NamingFailedError
from cvaction.failures.restore_errors import RestoreNameHeldError, RestoreNameRefusedError, RestoreUnnamedError
from cvaction.github.text import one_line
from cvaction.rules.names import same_name
from cvaction.steps.renaming import check_free_name, take_free_name, warn_of_number
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cvaction.customvision.models import Project
    from cvaction.outcome.ledger import CopyFacts, Facts
    from cvaction.steps.committing import Committed
    from cvaction.steps.editor import Editor


def give_name(
    editor: Editor, project: Project, wanted: str, marked: Committed | None = None, *, expected: bool
) -> Project:
    """Give a filled and marked project its name. `expected`: whether the user allows a numbered name (`if-exists: new`).

    Raises RestoreUnnamedError if the service refuses the name. The project stays complete under its present name.
    """
    with _whole(editor.facts, wanted):
        named = take_free_name(editor, project, wanted, marked)
    return _told(editor, project, named, wanted, expected=expected)


def check_name(editor: Editor, project: Project, wanted: str, *, expected: bool) -> Project:
    """Check the name of a finished project once more. Raises as give_name does."""
    with _whole(editor.facts, wanted):
        named = check_free_name(editor, project, wanted)
    return _told(editor, project, named, wanted, expected=expected)


def _told(editor: Editor, before: Project, named: Project, wanted: str, *, expected: bool) -> Project:
    """Return `named`. If it just got a numbered name that the user does not expect, first warn and say why."""
    if expected or named.name == before.name or same_name(named.name, wanted):
        return named
    warn_of_number(editor, named, wanted, f"The restored project is called {quoted(named)}.")
    return named


@contextmanager
def _whole(facts: Facts, wanted: str) -> Iterator[None]:
    """Turn an error about the name into a failure that names the complete project."""
    try:
        yield
    except NamingFailedError as failure:
        raise RestoreUnnamedError(f"{failure.happened} {_state(facts.copy)}") from None
    except CustomVisionError as error:
        if not is_refused(error):
            raise
        msg = (
            f"The service refuses the name '{one_line(wanted)}', or a numbered form of it: {one_line(error.message)} "
            f"{_state(facts.copy)}"
        )
        raise RestoreUnnamedError(msg, code=error.code, request_id=error.request_id) from None


def _state(now: CopyFacts) -> str:
    # It has the name of the last answer: a service may have cut the one that was sent.
    return (
        f"The project '{one_line(now.project_name)}' ({now.project_id}) is complete: "
        "all of its images were compared with the backup."
    )


def is_refused(error: CustomVisionError) -> bool:
    """Whether the service says that a name is not valid: too long, or with a character that is not allowed."""
    return error.kind is Kind.REFUSED and error.code == PROJECT_NAME


def refused_at_once(name: str, error: CustomVisionError) -> RestoreNameRefusedError:
    """The failure for a name that is refused before there is a project."""
    return RestoreNameRefusedError(_refusal(name, error), code=error.code, request_id=error.request_id)


def taken_at_once(name: str, error: CustomVisionError, holder: Project | None) -> RestoreNameHeldError:
    """The failure for an own name that is taken, though no project has it. `holder`: a project with nearly that name."""
    held = f" {quoted(holder)} has nearly the same name." if holder else ""
    return RestoreNameHeldError(_refusal(name, error) + held, code=error.code, request_id=error.request_id)


def _refusal(name: str, error: CustomVisionError) -> str:
    return f"The service refuses the name '{one_line(name)}': {one_line(error.message)}"
