"""Names: the work and the run that a project belongs to, and the name of a finished copy (docs/protocol.md)."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from cvaction.commands.promote.inputs import Inputs
    from cvaction.customvision.models import Project
    from cvaction.github.context import RunContext

__all__ = [
    "OWN_NAME_LIMIT",
    "REPLACED",
    "RESERVED",
    "ROLLED_BACK",
    "ROOM",
    "Identity",
    "Importing",
    "composed",
    "digest",
    "free_name",
    "freed_name",
    "identify",
    "importing",
    "is_replaced",
    "is_retired",
    "nearly_same",
    "numbered",
    "of_name",
    "replaced_name",
    "same_name",
    "stamp",
]

RESERVED = " [importing "  # a part of every unfinished copy's name
OWN_NAME_LIMIT = 50  # characters; the service's limit is unknown, and its own interface shows so many
# Patterns as text: they are compiled at their first use, after the first request is sent.
_IMPORTING = r" \[importing ([0-9a-f]{8})-([0-9a-f]{6})(?:-([0-9a-f]{4}))?\]"
_TAG_LENGTH = len(RESERVED + "01234567-012345-0123]")
# Characters of the wanted name in an own name. A name of this length may be the beginning of a longer one.
ROOM = OWN_NAME_LIMIT - _TAG_LENGTH
_RETIRED = r" \((?:replaced|rolled back) \d{8}-\d{6}\)(?: \(\d+\))?$"
_ROLLED_BACK = r"( \(rolled back \d{8}-\d{6}\))(?: \(\d+\))?$"
_REPLACED = r" \(replaced (\d{8}-\d{6})\)(?: \(\d+\))?$"


def digest(length: int, *parts: str) -> str:
    """The first hexadecimal digits of a hash of these texts, which cannot run into each other."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:length]


def stamp(source_id: str, modified: datetime | None) -> str:
    """S: a hash of the source's id and its lastModified, as read just before the export.

    Empty if lastModified is unknown.
    """
    return digest(4, source_id, modified.astimezone(UTC).isoformat()) if modified else ""


class Importing(NamedTuple):
    """The W, R and S in the name of an unfinished or committed copy. Names of earlier versions have no S."""

    work: str
    run: str
    stamp: str


@dataclass(frozen=True)
class Identity:
    """W and R. `work`: what is copied to where, whatever run does it. `run`: the run, in whatever attempt.

    `repeatable`: whether a later attempt has the same identity.
    """

    work: str
    run: str
    repeatable: bool

    @property
    def pair(self) -> tuple[str, str]:
        """W and R, as in a mark and an own name."""
        return self.work, self.run

    def owns(self, name: str) -> bool:
        """Whether a name is an own name of this run. A suffix such as ` (1)` may follow."""
        whose = importing(name)
        return whose is not None and (whose.work, whose.run) == self.pair

    def own_name(self, wanted: str, made_of: str) -> str:
        """The name of this run's copy until the copy is finished, at most 50 characters. `made_of`: S, see stamp()."""
        return f"{wanted[:ROOM]}{RESERVED}{self.work}-{self.run}{'-' if made_of else ''}{made_of}]"


def identify(inputs: Inputs, context: RunContext) -> Identity:
    """W and R of this run. Keys, gates and timeouts are not part of them, so a re-run with other ones goes on."""
    target = inputs.target.endpoint.origin if inputs.target else ""
    work = digest(
        8,
        context.repository_id,
        inputs.source.endpoint.origin,
        target,
        inputs.source_project_id or inputs.source_project_name,
        inputs.target_project_name,
    )
    if not context.run_id:
        # Without a run id, a second attempt looks like another run.
        return Identity(work, secrets.token_hex(3), repeatable=False)
    choices = (inputs.iteration, inputs.publish_name, inputs.prediction_resource_id, inputs.if_exists)
    return Identity(work, digest(6, context.run_id, *choices), repeatable=True)


def importing(name: str) -> Importing | None:
    """The W, R and S in an unfinished or committed copy's name; None for any other name."""
    found = re.search(_IMPORTING, name)
    return Importing(found.group(1), found.group(2), found.group(3) or "") if found else None


def composed(name: str) -> str:
    """A name in Unicode's form NFC: an `é` can be one character or two, and both look the same."""
    if name.isascii():
        return name
    import unicodedata  # noqa: PLC0415 - few names need this large table

    return unicodedata.normalize("NFC", name)


def same_name(one: str, other: str) -> bool:
    """Whether two names are equal, or differ only in their Unicode form and so look the same."""
    return one == other or composed(one) == composed(other)


def nearly_same(one: str, other: str) -> bool:
    """Whether two names differ only in case, form or blanks. A service may take them for the same; a person does not."""
    return not same_name(one, other) and _nearly(one) == _nearly(other)


def _nearly(name: str) -> str:
    import unicodedata  # noqa: PLC0415 - few names need this large table

    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def of_name(name: str, projects: Iterable[Project]) -> list[Project]:
    """The projects of exactly that name. If there is none: those of that name in another Unicode form."""
    same = [project for project in projects if same_name(project.name, name)]
    return [project for project in same if project.name == name] or same


def free_name(wanted: str, taken: Collection[str], *, near: bool = False) -> str:
    """The wanted name, or the first free one of `name (1)`, `name (2)` and so on. `near`: case and blanks do not count."""
    form = _nearly if near else composed
    names, number = {form(name) for name in taken}, 0
    name = wanted
    while form(name) in names:
        number += 1
        name = f"{wanted} ({number})"
    return name


def numbered(wanted: str, name: str) -> bool:
    """Whether a name is the wanted one or one of its numbered forms."""
    name, wanted = composed(name), composed(wanted)
    return name == wanted or (name.startswith(wanted) and re.fullmatch(r" \(\d+\)", name[len(wanted) :]) is not None)


REPLACED, ROLLED_BACK = "replaced", "rolled back"  # why a project lost its name


def replaced_name(wanted: str, moment: datetime, room: int | None = None, why: str = REPLACED) -> str:
    """The dated name of a project that lost its name: `name (replaced 20261123-201307)`. `moment`: by the service's clock.

    `room`: the most characters, if the service refuses a longer name.
    """
    suffix = f" ({why} {moment:%Y%m%d-%H%M%S})"
    return (wanted if room is None else wanted[: room - len(suffix)].rstrip()) + suffix


def is_replaced(wanted: str, name: str, since: datetime | None = None) -> bool:
    """Whether a name says that its project lost the name `wanted`, at `since` or later."""
    found = re.search(_REPLACED, name)
    if found is None or (since is not None and found.group(1) < f"{since:%Y%m%d-%H%M%S}"):
        return False
    kept = name[: found.start()]  # may be cut between the two characters of one letter
    return bool(kept) and (wanted.startswith(kept) or composed(wanted).startswith(composed(kept)))


def is_retired(name: str) -> bool:
    """Whether a name says that its project lost another name: it was replaced or rolled back."""
    return re.search(_RETIRED, name) is not None


def freed_name(name: str) -> str:
    """The name that a project lost by a rollback. Empty if it lost none, or if its dated name may have been cut."""
    found = re.search(_ROLLED_BACK, name)
    if found is None or OWN_NAME_LIMIT - 3 < found.end(1) <= OWN_NAME_LIMIT:  # blanks before a cut are left out
        return ""
    return name[: found.start()]
