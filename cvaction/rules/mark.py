"""The mark: a line in a copy's description that says whose copy it is (docs/protocol.md).

An import copies the source's description, and people clone projects. So a mark that names another project is no mark.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, unquote

from cvaction.rules.comparison import trained_as

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.models import Iteration, Project

__all__ = ["Line", "Mark", "described", "is_copy_of", "mark_of", "own_text", "trained_text"]

_NAME = "cvaction"
_KEYS = (
    "copy",
    "source",
    "work",
    "run",
    "previous",
    "iteration",
    "trained",
    "repository",
    "name",
    "restored",
    "manifest",
    "instead",
    "rolledback",
    "by",
    "url",
    "commit",
)
_UUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_VALUE = r"[A-Za-z0-9%_.~-]*"
# Patterns as text: they are compiled at their first use, after the first request is sent.
_LINE = rf"\b{_NAME}\s+copy\s*=\s*{_UUID}(?:\s+(?:{'|'.join(_KEYS[1:])})\s*=\s*{_VALUE})*"
_PAIR = rf"(\w+)\s*=\s*({_VALUE})"
_NEXT_PAIR = rf"{_NAME}\b|(?:{'|'.join(_KEYS)})\s*="
_UNKNOWN = "unknown"  # in place of an unknown lastModified
_NESTED = 10  # how often a text is searched for marks inside marks: nobody nests more, and each search reads all of it


@dataclass(frozen=True)
class Line:
    """The copies that belong together, however the inputs spell them: repository's id, source's id, wanted name.

    The target belongs to a line, too, because a mark is read on its own target. Retention, `previous` and the gate use
    the line.
    """

    repository: str
    source: str
    name: str


@dataclass(frozen=True)
class Mark:
    """The fields of a mark.

    `modified` is the source's lastModified just before the export; None: it told none, or the import does not tell which
    state of the source it holds. `iteration` and `trained` tell the chosen iteration: its name, and its training time on
    the source (ISO). `trained`, `repository` (its id) and `name` (the wanted one) are empty in marks of earlier versions.
    `restored` is the rollback that gave the copy its name back, and `instead` what that took the place of: an id and the
    name. `rolledback` is the rollback that took the copy's name away. `by` is `mirror` for a copy that a mirror made.
    `manifest` stands only in the mark of a restored project, which has no source and so is no mark here
    (restored_mark.py).
    """

    copy: str
    source: str
    modified: datetime | None
    work: str
    run: str
    previous: str = ""
    iteration: str = ""
    trained: str = ""
    repository: str = ""
    name: str = ""
    restored: str = ""
    manifest: str = ""
    instead: str = ""
    rolledback: str = ""
    by: str = ""
    url: str = ""
    commit: str = ""

    def in_line(self, line: Line, work: str) -> bool:
        """Whether a copy belongs to a line. A mark of an earlier version has no name, and is compared by W (`work`)."""
        if not self.name:
            return self.work == work
        return Line(self.repository, self.source, self.name) == line

    def chosen_in(self, iterations: Sequence[Iteration], publish_name: str) -> Iteration | None:
        """The chosen iteration among the iterations of a project.

        A mark of an earlier version contains only the iteration's name. Of several iterations of that name, the one that
        is published under `publish_name` is chosen, or else the newest.
        """
        if self.trained:
            return trained_as(self.iteration, _moment(self.trained), iterations)
        named = [iteration for iteration in iterations if iteration.completed and iteration.name == self.iteration]
        named.sort(key=lambda i: (bool(i.publish_name) and i.publish_name == publish_name, str(i.trained_at)))
        return named[-1] if named else None

    def _when(self, *, short: bool) -> str:
        if self.modified is None:
            return _UNKNOWN
        return _basic(self.modified) if short else self.modified.astimezone(UTC).isoformat()

    def line(self, *, short: bool = False) -> str:
        """The mark as text: one line, without blanks in the values. `short`: without the run's URL and the commit."""
        values = {
            "copy": self.copy,
            "source": f"{self.source}/{self._when(short=short)}",
            "work": self.work,
            "run": self.run,
            "previous": self.previous,
            "iteration": self.iteration,
            "trained": self.trained,
            "repository": self.repository,
            "name": self.name,
            "restored": self.restored,
            "manifest": self.manifest,
            "instead": self.instead,
            "rolledback": self.rolledback,
            "by": self.by,
            "url": "" if short else self.url,
            "commit": "" if short else self.commit,
        }
        shown = (f"{key}={quote(value.encode('utf-8', 'replace'), safe='')}" for key, value in values.items() if value)
        return " ".join((_NAME, *shown))


def trained_text(iteration: Iteration | None) -> str:
    """The training time as in a mark: short, because the length of a description is limited."""
    return _basic(iteration.trained_at) if iteration and iteration.trained_at else ""


def _basic(moment: datetime) -> str:
    """ISO 8601 without the characters that would be percent-encoded."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%S.%f}Z"


def mark_of(project: Project) -> Mark | None:
    """The mark of a project. None if its description has no mark with the project's own id."""
    if _NAME not in project.description:
        return None
    # The second text is on one line: an editor may have broken the mark between two pairs or inside a value.
    best, pairs = None, 0
    for text in (project.description, _unfolded(project.description)):
        for found in reversed(re.findall(_LINE, text)):
            mark = _read(found)
            if mark is not None and mark.copy == project.id:
                # In a broken text the mark ends at the break. So the reading with more pairs is the complete one.
                if len(re.findall(_PAIR, found)) > pairs:
                    best, pairs = mark, len(re.findall(_PAIR, found))
                break
    return best


def _unfolded(text: str) -> str:
    """The text on one line. A line that begins with a pair is joined with a blank, any other without one."""
    first, *rest = (line.strip(" \t") for line in re.split(r"[\r\n]+", text))
    return first + "".join(f" {line}" if re.match(_NEXT_PAIR, line) else line for line in rest)


def _read(line: str) -> Mark | None:
    values = {key: unquote(value) for key, value in re.findall(_PAIR, line)}
    source, _, modified = values.get("source", "").partition("/")
    utc = None if modified == _UNKNOWN else _moment(modified)
    if (utc is None and modified != _UNKNOWN) or not re.fullmatch(_UUID, source):
        return None
    texts = {key: values.get(key, "") for key in _KEYS[2:]}
    if not (re.fullmatch(r"[0-9a-f]{8}", texts["work"]) and re.fullmatch(r"[0-9a-f]{6}", texts["run"])):
        return None  # the service has cut the mark
    if not re.fullmatch(_UUID, texts["previous"]):
        texts["previous"] = ""  # a person may have edited it, and it becomes an output
    texts["previous"] = texts["previous"].lower()
    if _moment(texts["trained"]) is None:
        texts["trained"] = ""
    return Mark(values["copy"].lower(), source.lower(), utc, **texts)


def _moment(text: str) -> datetime | None:
    """A time with a time zone, as UTC. None for any other text."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def is_copy_of(project: Project, source_id: str) -> bool:
    """Whether a project carries a mark of that source, whoever made it."""
    mark = mark_of(project)
    return mark is not None and mark.source == source_id


def own_text(description: str) -> str:
    """A description without any mark: the text that a person wrote."""
    text, before = re.sub(_LINE, "", description), description
    for _ in range(_NESTED):  # the text around a removed mark may be a mark now
        if text == before:
            break
        text, before = re.sub(_LINE, "", text), text
    return text if text == description else re.sub(r"\n{3,}", "\n\n", text).strip()


class _Line(Protocol):
    def line(self, *, short: bool = False) -> str: ...


def described(description: str, mark: _Line, *, short: bool = False) -> str:
    """A description that ends with a mark, in the place of any it had."""
    text = own_text(description)
    return f"{text}\n{mark.line(short=short)}" if text else mark.line(short=short)
