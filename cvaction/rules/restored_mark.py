"""The mark of a restored project: a line in its description that names the backup (docs/restore.md).

The mark has no `source`, so it is no mark of a promoted copy. A promotion, a mirror or a rollback therefore never treats
a restored project as one of its copies. A line that names another project is no mark, either.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from cvaction.customvision.models import Project

__all__ = ["RestoredMark", "restored_mark_of"]

_UUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_VALUE = r"[A-Za-z0-9%_.~-]*"
_LINE = rf"\bcvaction\s+copy\s*=\s*({_UUID})((?:\s+\w+\s*=\s*{_VALUE})*)"
_FORMS = {"work": r"[0-9a-f]{8}", "run": r"[0-9a-f]{6}", "restored": _UUID, "manifest": r"[0-9a-f]{64}"}


@dataclass(frozen=True)
class RestoredMark:
    """What the description of a restored project says.

    `restored` is the id of the project that was backed up, `manifest` the sha256 of the backup's manifest, `repository`
    the repository's id, `name` the wanted name.
    """

    copy: str
    work: str
    run: str
    restored: str
    manifest: str
    repository: str = ""
    name: str = ""
    url: str = ""
    commit: str = ""

    def line(self, *, short: bool = False) -> str:
        """The mark as text: one line without blanks in its values. `short` leaves out the run's URL and the commit."""
        values = vars(self) | ({"url": "", "commit": ""} if short else {})
        shown = (f"{key}={quote(value.encode('utf-8', 'replace'), safe='')}" for key, value in values.items() if value)
        return " ".join(("cvaction", *shown))


def restored_mark_of(project: Project) -> RestoredMark | None:
    """The mark of a restored project; None if its description has no mark with the project's own id."""
    for copy, rest in reversed(re.findall(_LINE, project.description)):
        values = {key: unquote(value) for key, value in re.findall(rf"(\w+)\s*=\s*({_VALUE})", rest)}
        whole = all(re.fullmatch(form, values.get(key, "")) for key, form in _FORMS.items())
        if copy.lower() == project.id and whole and "source" not in values:
            known = {key: values.get(key, "") for key in (*_FORMS, "repository", "name", "url", "commit")}
            return RestoredMark(copy.lower(), **known)
    return None
