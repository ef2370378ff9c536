"""Tries the wanted name before anything is uploaded: a refusal at the end would come after gigabytes.

The project never gets the wanted name for a try: a kill would leave an empty project under that name. The project gets
own names of this run. They are as long as the wanted name, and have its characters.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from cvaction.commands.restore.creating import made_of
from cvaction.commands.restore.naming import is_refused, refused_at_once
from cvaction.commands.restore.own import Own, State, remove_unfinished
from cvaction.customvision.errors import CustomVisionError
from cvaction.failures.restore_errors import RestoreNameRefusedError
from cvaction.github.text import one_line
from cvaction.plural import counted
from cvaction.rules.names import OWN_NAME_LIMIT, ROOM, same_name
from cvaction.steps.renaming import rename

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cvaction.commands.restore.backup import Backup
    from cvaction.customvision.models import Project
    from cvaction.rules.names import Identity
    from cvaction.steps.editor import Editor
    from cvaction.steps.removing import Remover

_PLAIN = frozenset(string.ascii_letters + string.digits + " ")  # no service refuses these


def try_name(editor: Editor, remover: Remover, identity: Identity, backup: Backup, project: Project) -> Project:
    """Remove the project and raise RestoreNameRefusedError if the service refuses a name like the wanted one."""

    def own_name(wanted: str) -> str:
        return identity.own_name(wanted, made_of(backup))

    names = list(trials(own_name, backup.name))
    if not names:
        return project
    editor.narrator.say(f"Trying whether the service accepts the name '{one_line(backup.name, 120)}'.")
    for name in [*names, own_name(backup.name)]:
        try:
            now = rename(editor, project, name)
        except CustomVisionError as error:
            if not is_refused(error):
                raise
            _stop(remover, project)
            raise refused_at_once(backup.name, error) from None
        if now is None:  # nobody else has an own name: the refusal passes
            continue
        project = now
        if len(now.name) < len(name) and not same_name(now.name, name):
            _stop(remover, project)
            shown = f"'{one_line(backup.name)}' has {len(backup.name)}"
            msg = f"The service cuts names to {counted(len(now.name), 'character')}, and {shown}."
            raise RestoreNameRefusedError(msg)
    return project


def _stop(remover: Remover, project: Project) -> None:
    remove_unfinished(remover, [Own(project, None, State.UNFINISHED)], "the service refuses the wanted name")


def trials(own_name: Callable[[str], str], wanted: str) -> Iterator[str]:
    """Names for the tries. A service that accepts all of them accepts the wanted name. A short, plain name needs none.

    The project already has its own name: the beginning of the wanted name, at most OWN_NAME_LIMIT characters in all.
    """
    seen = _PLAIN | set(own_name(wanted))
    odd = "".join(dict.fromkeys(char for char in wanted[:OWN_NAME_LIMIT] if char not in seen))
    for at in range(0, len(odd), ROOM - 1):
        yield own_name("a" + odd[at : at + ROOM - 1])  # not first: a first character may have other rules
    if len(wanted) > OWN_NAME_LIMIT:
        whole = own_name(wanted)
        yield whole + wanted[len(whole) :]
