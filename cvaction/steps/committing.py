"""The commit: write the mark and read it back while the copy still has its own name (protocol, 7.1 and 7.2)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.failures.copy_errors import ImportVanishedError, MarkRefusedError
from cvaction.rules.mark import described, mark_of, own_text
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Project
    from cvaction.steps.editor import Editor
    from cvaction.telling import Narrator

MOMENT = 2.0  # seconds: a project that was read less than this ago is not read again


@dataclass(frozen=True)
class Committed:
    """A marked copy, as it was read back.

    `listing`: the target's listing, read just before the copy. `asked`: the number of requests sent by then.
    """

    project: Project
    listing: tuple[Project, ...]
    asked: int


class Marking(Protocol):
    """A mark of any kind."""

    def line(self, *, short: bool = False) -> str:
        """The mark as text; `short` leaves out the run's URL and the commit."""


def commit(
    editor: Editor,
    project: Project,
    mark: Marking,
    read_at: float | None = None,
    find: Callable[[Project], Marking | None] = mark_of,
) -> Committed:
    """Write the mark and read it back; a refused or cut one is written again without URL and commit.

    `read_at`: when the project was read as it is given. `find` reads a mark of that kind. This tries UpdateProject
    before anything old is touched. Raises MarkRefusedError, the name unchanged.
    """
    client, refusal = editor.client, "The service cut the description."
    before = sent = ""
    for short in (False, True):
        known = not short and read_at is not None and editor.clock.now() - read_at < MOMENT
        now = project if known else client.find_project(project.id)
        if now is None:
            editor.facts.forget_project(project.id)
            msg = f"The copy {quoted(project)} was proved, and now the target resource does not know it."
            raise ImportVanishedError(msg)
        # A mark that was cut inside a word would leave the rest of that word in the text.
        before = before if sent and sent.startswith(now.description) else now.description
        sent = described(before, mark, short=short)
        try:
            client.update_project(now, name=now.name, description=sent)
        except CustomVisionError as error:
            if error.kind is not Kind.REFUSED or error.status != HTTPStatus.BAD_REQUEST:
                raise
            refusal = str(error)
            continue
        # The listing comes first. The renaming is the next request, and it sends back what was read here.
        listing = client.get_projects()
        read = client.get_project(project.id)
        found = find(read)
        if found is not None and found.line(short=short) == mark.line(short=short):
            return Committed(read, listing, client.requests)
    _take_back(client, editor.narrator, project, find)
    msg = f"The proved copy {quoted(project)} could not be marked: {refusal}"
    raise MarkRefusedError(msg)


def _take_back(
    client: TrainingClient, narrator: Narrator, project: Project, find: Callable[[Project], Marking | None]
) -> None:
    """What is left of a mark that was cut must not be taken for one by the next attempt. Best effort.

    A mark that the project had before is written back: without a mark nobody would find the project again.
    """
    try:
        now = client.find_project(project.id)
        if now is None:
            return
        text = own_text(now.description) if find(project) is None else project.description
        if text != now.description:
            client.update_project(now, name=now.name, description=text)
    except CustomVisionError as error:
        narrator.say(f"The rest of the cut mark could not be removed ({error.message}).")
