"""Settings and tags of the restored project. Each step may be repeated: what is there already stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cvaction.customvision.codes import TAG_NAME_TAKEN
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.project_writer import ProjectWriter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cvaction.archive.formats.source import Tag
    from cvaction.commands.restore.backup import Backup
    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
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


def make_tags(client: TrainingClient, backup: Backup, project: Project) -> dict[str, str]:
    """Make the tags that are missing; returns the target's ids by the backup's."""
    there = _there(client, project)
    for tag in sorted(backup.tags, key=lambda one: (one.name, one.id)):
        if tag.name not in there:
            there[tag.name] = _make(client, project, tag)
    return {tag.id: there[tag.name] for tag in backup.tags}


def _there(client: ReadingClient, project: Project) -> dict[str, str]:
    return {tag.name: tag.id.lower() for tag in client.get_tags(project.id)}


def _make(client: TrainingClient, project: Project, tag: Tag) -> str:
    try:
        made = ProjectWriter(client).create_tag(project.id, tag.name, description=tag.description, kind=tag.type)
    except CustomVisionError as error:
        # An earlier attempt may have made the tag: the answer was lost, or the tag was not yet listed.
        found = _there(client, project).get(tag.name) if error.code == TAG_NAME_TAKEN else None
        if found is None:
            raise
        return found
    return made.id.lower()
