"""`replace` and `sync`: the new copy takes the name, and its holders get dated names (protocol, 7.6 to 7.10)."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.customvision.codes import PROJECT_NAME
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.models import earlier
from cvaction.failures.copy_errors import NamingFailedError
from cvaction.failures.errors import Failure
from cvaction.failures.mirror_errors import TakenByStrangerError
from cvaction.github.text import one_line
from cvaction.rules.mark import is_copy_of, mark_of
from cvaction.rules.names import OWN_NAME_LIMIT, REPLACED, is_replaced, numbered, replaced_name, same_name
from cvaction.steps.committing import commit
from cvaction.steps.lineage import newest_in_use
from cvaction.steps.listing import as_listed, holders, holders_now, near_holders
from cvaction.steps.renaming import PAUSE, TRIES, name_held, rename
from cvaction.telling import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.rules.mark import Mark
    from cvaction.steps.committing import Committed
    from cvaction.steps.editor import Editor

REFUSALS = 2  # a name counts as taken after so many: one may be a passing fault


def take_over(  # noqa: PLR0913 - the copy, its name and its mark, and how
    editor: Editor,
    copy: Project,
    wanted: str,
    mark: Mark,
    marked: Committed | None = None,
    *,
    strangers_stay: bool = False,
) -> Project:
    """Rename every holder of the name, oldest first, then the copy. The source is never renamed.

    If the naming fails for good, the newest holder gets its name back.
    `marked`: the copy as it was committed a moment ago, with the listing of that moment. `strangers_stay`: whether a
    holder that is not a copy of the source keeps its name, see refuse_strangers().
    """
    client = editor.client
    touched: list[Project] = []
    newer: Project | None = None
    given: set[str] = set()  # dated names that no listing may show yet
    refused = 0
    try:
        for attempt in range(TRIES):
            if attempt:
                editor.clock.sleep(PAUSE)
            listing = client.get_projects() if attempt or marked is None else marked.listing
            has_it = same_name(copy.name, wanted)
            found = holders(client, listing, copy.name if has_it else wanted, {copy.id, mark.source}, exact=has_it)
            found = _holders_to_rename(found, mark, strangers_stay=strangers_stay)
            if not found and refused >= REFUSALS:
                found = _near_holders_of_ours(editor, listing, copy, wanted, mark)
            if _is_late(copy, found):
                newer = next(holder for holder in found if mark_of(holder) is not None)
                break
            # The mark of a copy that has the name already names its predecessor. A holder that came later is none.
            if (newest := newest_in_use(found)) and not has_it:
                copy, mark = _record_previous(editor, copy, mark, newest)
            for holder in reversed(found):
                touched.append(holder)
                retired = retire(editor, holder, wanted, given)
                given |= {retired.name} if retired else set()
            renamed = rename(editor, copy, wanted, marked.asked if marked else None)
            copy = renamed or copy
            got_it = renamed is not None and same_name(copy.name, wanted)
            if got_it and not _others(client, copy, mark) and as_listed(client, copy).name == copy.name:
                return copy
            refused += not got_it
    except (CustomVisionError, Failure):
        _give_back(editor, copy, wanted, mark, touched)
        raise
    if newer is not None:  # outside the try: the newer copy has the name, so no other project gets it back
        return _leave_name_to(editor, copy, wanted, newer)
    _give_back(editor, copy, wanted, mark, touched)
    msg = f"The copy {quoted(copy)} could not be given the name '{one_line(wanted)}' in {TRIES} tries."
    raise NamingFailedError(msg)


def _near_holders_of_ours(
    editor: Editor, listing: Sequence[Project], copy: Project, wanted: str, mark: Mark
) -> list[Project]:
    """The holders of nearly the name, for a service that compares names without case and Unicode form.

    Copies of this work or of this source may be renamed. Raises NameHeldError for any other holder.
    """
    found = near_holders(editor.client, editor.narrator, listing, wanted, {copy.id})
    for holder in found:
        theirs = mark_of(holder)
        if holder.id == mark.source or theirs is None or (mark.source != theirs.source and mark.work != theirs.work):
            raise name_held(wanted, holder)
    return found


def _holders_to_rename(found: list[Project], mark: Mark, *, strangers_stay: bool) -> list[Project]:
    if strangers_stay:
        refuse_strangers(found, mark.source)
    return found


def refuse_strangers(found: Sequence[Project], source_id: str) -> None:
    """Raise TakenByStrangerError for a holder of the name whose mark does not name the source."""
    strangers = [holder for holder in found if not is_copy_of(holder, source_id)]
    if strangers:
        msg = f"The target resource has a project of the wanted name that is not a copy of {source_id}:\n{listed(strangers)}"
        raise TakenByStrangerError(msg)


def check_taken_over(
    editor: Editor, copy: Project, wanted: str, mark: Mark, *, strangers_stay: bool = False
) -> Project:
    """The last check of a finished copy. Take the name again if another project holds it, too.

    A copy that was replaced since keeps its dated name.
    """
    if is_replaced(wanted, copy.name):
        editor.narrator.warn("A newer copy has the name", f"This run's copy {quoted(copy)} was replaced since.")
        return copy
    # `name (1)` has the service's own suffix. An attempt left the suffix that was killed before it could take the name.
    if not numbered(wanted, copy.name) or (same_name(copy.name, wanted) and not _others(editor.client, copy, mark)):
        return copy
    return take_over(editor, copy, wanted, mark, strangers_stay=strangers_stay)


def _others(client: ReadingClient, copy: Project, mark: Mark) -> list[Project]:
    return [holder for holder in holders_now(client, copy) if holder.id != mark.source]


def _is_late(copy: Project, found: list[Project]) -> bool:
    """Whether a holder is a newer copy of this action: of this action's copies the newest keeps the name."""
    return any(mark_of(holder) is not None and earlier(copy.created, holder.created) for holder in found)


def _leave_name_to(editor: Editor, copy: Project, wanted: str, newer: Project) -> Project:
    editor.narrator.warn(
        "A newer copy has the name",
        f"{quoted(newer)} was made after this run's copy {quoted(copy)}, and keeps the name.",
    )
    return retire(editor, copy, wanted, set()) or copy


def _record_previous(editor: Editor, copy: Project, mark: Mark, newest: Project) -> tuple[Project, Mark]:
    """Write the newest holder into the mark as `previous`, before the holder is changed."""
    if mark.previous == newest.id:
        return copy, mark
    mark = replace(mark, previous=newest.id)
    editor.facts.previous_project_id = newest.id
    return commit(editor, copy, mark).project, mark


def retire(editor: Editor, project: Project, wanted: str, given: set[str], why: str = REPLACED) -> Project | None:
    """Give a project its dated name. If that name is taken, wait for the next second. None if the project is gone."""
    client = editor.client
    room: int | None = None
    for _ in range(TRIES):
        name = replaced_name(wanted, client.time(), room, why)
        if name in given or any(row.name == name and row.id != project.id for row in client.get_projects()):
            editor.clock.sleep(1.0)
            continue
        try:
            renamed = rename(editor, project, name)
        except CustomVisionError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            if error.kind is Kind.REFUSED and error.code == PROJECT_NAME and room is None:
                room = OWN_NAME_LIMIT  # the dated name may be too long
                continue
            raise
        if renamed is not None:
            editor.narrator.say(f"Renamed {quoted(project)} to '{one_line(renamed.name)}'.")
            return renamed
        editor.clock.sleep(1.0)
    msg = f"The project {quoted(project)}, which holds the name, could not be renamed."
    raise NamingFailedError(msg)


def _give_back(editor: Editor, copy: Project, wanted: str, mark: Mark, touched: list[Project]) -> None:
    """Give the old project its name back, also if an earlier attempt renamed it. Best effort: the run fails anyway."""
    client, narrator = editor.client, editor.narrator
    try:
        now = client.find_project(copy.id)
        if now is not None and same_name(now.name, wanted):
            return  # the copy has the name, so the old project cannot get it back
        if holders(client, client.get_projects(), wanted, {copy.id, mark.source}):
            return  # another project has the name: a holder that could not be renamed, or one that came since
        names = {project.id: project.name for project in touched}  # in the case and Unicode form that they had
        ids = dict.fromkeys([*(project.id for project in reversed(touched)), mark.previous])
        for project in (client.find_project(project_id) for project_id in ids if project_id):
            # An earlier attempt renamed the project for this copy only if it did so after the copy was made.
            since = None if touched else copy.created
            known = touched or since is not None
            if project is not None and known and is_replaced(wanted, project.name, since):
                name = names.get(project.id, wanted)
                renamed = rename(editor, project, name)
                if renamed is not None and same_name(renamed.name, name):
                    narrator.say(f"Gave the name back to {quoted(renamed)}.")
                else:
                    narrator.say(
                        f"{quoted(renamed or project)} could not be given its name back. A re-run corrects that."
                    )
                return
    except CustomVisionError as error:
        narrator.say(f"The old project could not be given its name back ({error.message}). A re-run corrects that.")
