"""Removes from the backup what the source no longer has: only after every selected project was backed up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.customvision.codes import NO_PROJECT
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.models import SUCCEEDED, Project
from cvaction.github.text import one_line
from cvaction.plural import counted
from cvaction.rules.patterns import select

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cvaction.archive import Archive, Entry, Index
    from cvaction.commands.backup.inputs import Inputs
    from cvaction.commands.backup.outputs import Account
    from cvaction.customvision.reader import ReadingClient


def prune_projects(  # noqa: PLR0913, PLR0917 - all that shows that a project is gone
    archive: Archive,
    inputs: Inputs,
    account: Account,
    client: ReadingClient,
    listing: Sequence[Project],
    say: Callable[[str], None],
) -> None:
    """Remove the projects that the service no longer has."""
    for entry in gone(archive.index, inputs, client, listing):
        size = archive.remove(entry.id)
        account.removed.append(f"{entry.name} ({entry.id})")
        say(
            f"Removed '{one_line(entry.name, 120)}' ({entry.id}): the service no longer has it ({counted(size, 'byte')} of images)."
        )


def gone(index: Index, inputs: Inputs, client: ReadingClient, listing: Sequence[Project]) -> Iterator[Entry]:
    """The projects that `projects` selects and that the service does not know. GetProject confirms each."""
    there = {project.id for project in listing}
    absent = [entry for entry in index.projects if entry.id not in there]
    wanted = {project.id for project in select(inputs.projects, [_as_project(entry) for entry in absent]).projects}
    return (entry for entry in absent if entry.id in wanted and is_gone(client, entry.id))


def is_gone(client: ReadingClient, project_id: str) -> bool:
    """Whether the service itself says that the project does not exist; a gateway's 404 does not count."""
    try:
        client.get_project(project_id)
    except CustomVisionError as error:
        if error.code == NO_PROJECT:
            return True
        raise
    return False


def _as_project(entry: Entry) -> Project:
    """An entry of the index as a project, for the patterns."""
    return Project(entry.id, entry.name, "", {}, None, None, SUCCEEDED)
