"""The wanted name is tried before anything is uploaded: a refusal at the end would come after gigabytes.

The project never gets the wanted name for a try: a kill would leave an empty project under it. It gets names of this
run's own that are as long as the wanted one, and that have its characters.
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
from cvaction.rules.names import OWN_NAME_LIMIT, ROOM, same_name
from cvaction.steps.renaming import rename

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cvaction.commands.restore.backup import Backup
    from cvaction.customvision.models import Project
    from cvaction.rules.names import Identity
    from cvaction.steps.editor import Editor
    from cvaction.steps.removing import Remover

_PLAIN = frozenset(string.ascii_letters + string.digits + " ")  # what no service refuses


def try_name(editor: Editor, remover: Remover, identity: Identity, backup: Backup, project: Project) -> Project:
    """Raise RestoreNameRefusedError where the service does not take a name like the wanted one; the project is removed."""

    def own_name(wanted: str) -> str:
        return identity.own_name(wanted, made_of(backup))

    names = list(trials(own_name, backup.name))
    if not names:
        return project
    editor.narrator.say(f"Trying whether the service takes the name '{one_line(backup.name, 120)}'.")
    for name in [*names, own_name(backup.name)]:
        try:
            now = rename(editor, project, name)
        except CustomVisionError as error:
            if not is_refused(error):
                raise
            _stop(remover, project)
            raise refused_at_once(backup.name, error) from None
        if now is None:  # an own name is nobody else's: a passing fault
            continue
        project = now
        if len(now.name) < len(name) and not same_name(now.name, name):
            _stop(remover, project)
            msg = f"The service cuts names to {len(now.name)} characters, and '{one_line(backup.name)}' has {len(backup.name)}."
            raise RestoreNameRefusedError(msg)
    return project


def _stop(remover: Remover, project: Project) -> None:
    remove_unfinished(remover, [Own(project, None, State.UNFINISHED)], "the service refuses the wanted name")


def trials(own_name: Callable[[str], str], wanted: str) -> Iterator[str]:
    """Names that are taken, together, only by a service that takes the wanted one; none for a short and plain one.

    The project has its own name already: the beginning of the wanted one, and OWN_NAME_LIMIT characters in all.
    """
    seen = _PLAIN | set(own_name(wanted))
    odd = "".join(dict.fromkeys(char for char in wanted[:OWN_NAME_LIMIT] if char not in seen))
    for at in range(0, len(odd), ROOM - 1):
        yield own_name("a" + odd[at : at + ROOM - 1])  # not at the beginning, where a character may mean something else
    if len(wanted) > OWN_NAME_LIMIT:
        whole = own_name(wanted)
        yield whole + wanted[len(whole) :]
