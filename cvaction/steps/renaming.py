"""Gives the copy a free name, and checks the name once more (protocol, 7.3, 7.8 and 7.9)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.customvision.codes import NAME_TAKEN, PROJECT_NAME
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.failures.copy_errors import NameHeldError, NamingFailedError
from cvaction.github.text import one_line
from cvaction.rules.mark import mark_of
from cvaction.rules.names import free_name, importing, numbered, same_name
from cvaction.steps.listing import as_listed, holders, holders_now, near_holders
from cvaction.telling import quoted

if TYPE_CHECKING:
    from cvaction.customvision.models import Project
    from cvaction.steps.committing import Committed
    from cvaction.steps.editor import Editor
    from cvaction.telling import Narrator

TRIES = 8
PAUSE = 2.0  # seconds between tries: all pauses together are longer than the longest lag of a listing that was seen


def take_free_name(
    editor: Editor, copy: Project, wanted: str, marked: Committed | None = None, *, expected: bool = True
) -> Project:
    """Policies `new` and `fail`: take the first free name of `name`, `name (1)`, …, from a fresh listing.

    `marked`: the copy as it was committed a moment ago, with the listing of that moment. `expected`: whether the user
    expects a numbered name. If not, a numbered name is a warning.
    """
    client, narrator = editor.client, editor.narrator
    refused: list[str] = []
    near: list[Project] = []
    for attempt in range(TRIES):
        if attempt:
            editor.clock.sleep(PAUSE)
        # A name counts as taken after two refusals: one may be a passing fault.
        listing = client.get_projects() if attempt or marked is None else marked.listing
        taken = {row.name for row in listing if row.id != copy.id}
        gone = {name for name in refused if refused.count(name) > 1}
        near = near or [holder for name in gone for holder in near_holders(client, narrator, listing, name, {copy.id})]
        name = free_name(wanted, taken | gone, near=bool(near))
        renamed = rename(editor, copy, name, marked.asked if marked else None)
        if renamed is None:
            refused.append(name)
            continue
        copy = renamed
        rivals = holders_now(client, copy)
        if (actual := as_listed(client, copy)).name != copy.name:
            copy = actual
            refused += [name] * 2 if numbered(wanted, copy.name) else []
            continue
        if numbered(wanted, copy.name) and not _must_yield(narrator, copy, rivals):
            if not expected and not same_name(copy.name, wanted):
                warn_of_number(editor, copy, wanted, f"The copy is called {quoted(copy)}.")
            return copy
        refused += [copy.name] * 2
    msg = (
        f"The copy {quoted(copy)} got neither the name '{one_line(wanted)}' nor a numbered form of it in {TRIES} tries."
    )
    raise NamingFailedError(msg)


def warn_of_number(editor: Editor, copy: Project, wanted: str, called: str) -> None:
    """Warn of a numbered name that the user does not expect, and say why it is one. `called`: how the copy is called."""
    client, narrator = editor.client, editor.narrator
    listing = client.latest_projects()
    exact = holders(client, listing, wanted, {copy.id})
    if near := [] if exact else near_holders(client, narrator, listing, wanted, {copy.id}):
        narrator.warn(
            "The service takes the name for another project's",
            f"{quoted(near[0])} has a name that differs from '{one_line(wanted)}' only in case, in blanks or in the form "
            f"of a letter. {called}",
        )
    else:
        by = f" by {quoted(exact[0])}" if exact else ""
        narrator.warn("The name was taken meanwhile", f"The name '{one_line(wanted)}' was taken{by}. {called}")


def name_held(name: str, holder: Project) -> NameHeldError:
    """The failure for a refused name: it names the project that has nearly the same name."""
    mark = mark_of(holder)
    whose = f" It is a copy of the project {mark.source}." if mark else ""
    return NameHeldError(
        f"The service refuses the name '{one_line(name)}' as taken: {quoted(holder)} has nearly the same name.{whose}"
    )


def _must_yield(narrator: Narrator, copy: Project, rivals: list[Project]) -> bool:
    """Whether this copy must give up a name that others hold, too.

    It must if another holder has no mark or is older. Of two of the same age, the one with the larger id must.
    """
    for rival in rivals:
        if mark_of(rival) is None or copy.age > rival.age:
            narrator.say(f"{quoted(rival)} has the same name: choosing another.")
            return True
    return False


def rename(editor: Editor, project: Project, name: str, asked: int | None = None) -> Project | None:
    """Give a project a name. The name in the answer may have a suffix. None if the name is refused as taken.

    The description is sent as it is now, so that no edit of it is lost. `asked`: the number of requests sent when
    `project` was read. If no request was sent since, the project is not read again.
    """
    client = editor.client
    now = project if client.requests == asked else client.get_project(project.id)
    if now.name == name:
        return now
    try:
        renamed = client.update_project(now, name=name, description=now.description)
    except CustomVisionError as error:
        if error.kind is Kind.REFUSED and (error.code in NAME_TAKEN or error.status == HTTPStatus.CONFLICT):
            editor.narrator.say(f"The name '{one_line(name)}' was refused: {error.message}")
            return None
        if error.code == PROJECT_NAME:  # with a number or a date, a name that the service takes may be too long
            error.add_note(f"The name that was refused: '{one_line(name, 300)}'.")
        raise
    if renamed.id == editor.facts.copy.project_id:
        editor.facts.record_project(renamed)
    return renamed


def check_free_name(editor: Editor, copy: Project, wanted: str, *, expected: bool = True) -> Project:
    """The last check of a finished copy under `new` or `fail`: choose another name if two projects hold this one."""
    if importing(copy.name) is None and not _must_yield(editor.narrator, copy, holders_now(editor.client, copy)):
        return copy
    return take_free_name(editor, copy, wanted, expected=expected)


def restore_name(editor: Editor, copy: Project, wanted: str) -> None:
    """Give a copy whose naming has failed the name that it had. Best effort: the run fails anyway.

    With the numbered form that the service chose it would look as if somebody used it under that name.
    """
    try:
        now = editor.client.find_project(copy.id)
        if now is None or now.name == copy.name or same_name(now.name, wanted) or not numbered(wanted, now.name):
            return
        if rename(editor, now, copy.name) is not None:
            editor.narrator.say(f"The copy is called {quoted(copy)} again.")
    except CustomVisionError as error:
        editor.narrator.say(f"The copy keeps the name that the service chose ({error.message}).")
