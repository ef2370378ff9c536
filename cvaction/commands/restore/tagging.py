"""Settings and tags of the restored project. Each step may be repeated: what is there already stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cvaction.commands.restore.own import Own, State, remove_unfinished
from cvaction.customvision.codes import TAG_NAME_TAKEN
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.project_writer import ProjectWriter
from cvaction.failures.restore_errors import RestoreTagTakenError
from cvaction.github.text import one_line
from cvaction.rules.names import nearly_same, same_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cvaction.archive.formats.source import Tag
    from cvaction.commands.restore.backup import Backup
    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.steps.removing import Remover
    from cvaction.telling import Narrator

PROCESSING = "imageProcessingSettings"


def augmentation(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Which methods of augmentation a project has switched on and off; empty if its settings do not say."""
    processing = settings.get(PROCESSING)
    methods = processing.get("augmentationMethods") if isinstance(processing, dict) else None
    return methods if isinstance(methods, dict) else {}


def set_augmentation(client: TrainingClient, narrator: Narrator, backup: Backup, project: Project) -> Project:
    """Set the one setting that CreateProject does not take."""
    wanted = augmentation(backup.settings)
    if not wanted or augmentation(project.settings) == wanted:
        return project
    settings = {**project.settings, PROCESSING: {"augmentationMethods": dict(wanted)}}
    narrator.say("Setting the methods of augmentation.")
    return ProjectWriter(client).update_settings(project, settings)


def make_tags(remover: Remover, backup: Backup, project: Project) -> dict[str, str]:
    """Make the tags that are missing; returns the target's ids by the backup's.

    Raises RestoreTagTakenError where the service takes two of them for one; the project is removed then.
    """
    there = _there(remover.client, project)
    for tag in sorted(backup.tags, key=lambda one: (one.name, one.id)):
        if tag.name not in there:
            there[tag.name] = _make(remover, project, tag)
    return {tag.id: there[tag.name] for tag in backup.tags}


def _there(client: ReadingClient, project: Project) -> dict[str, str]:
    return {tag.name: tag.id.lower() for tag in client.get_tags(project.id)}


def _make(remover: Remover, project: Project, tag: Tag) -> str:
    client = remover.client
    try:
        made = ProjectWriter(client).create_tag(project.id, tag.name, description=tag.description, kind=tag.type)
    except CustomVisionError as error:
        # An earlier attempt may have made the tag: the answer was lost, or the tag was not yet listed.
        if error.code not in TAG_NAME_TAKEN:
            raise
        there = _there(client, project)
        if tag.name in there:
            return there[tag.name]
        near = [name for name in there if nearly_same(name, tag.name) or same_name(name, tag.name)]
        if not near:
            raise
        remove_unfinished(remover, [Own(project, None, State.UNFINISHED)], "the service does not take all of its tags")
        msg = f"The service refuses the tag '{one_line(tag.name)}', because it has the tag '{one_line(near[0])}'."
        raise RestoreTagTakenError(msg, code=error.code, request_id=error.request_id) from None
    return made.id.lower()
