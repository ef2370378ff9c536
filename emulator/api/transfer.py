"""ExportProject and ImportProject: the snapshot, the token, the copy that is ready later."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from emulator.api.wire import shared_access_url
from emulator.state.albums import copy_album, spoiled_album
from emulator.state.behaviour import LATE_SECONDS
from emulator.state.errors import ServiceError
from emulator.state.images import Album
from emulator.state.model import Content, Entry, Export, ImportJob, Iteration, Project, Resource

if TYPE_CHECKING:
    from emulator.state.world import World

_MILLISECOND: Final = timedelta(milliseconds=1)


def export_project(world: World, resource: Resource, project: Project, now: datetime) -> Export:
    """Take a snapshot of a project and make a token for it."""
    known = world.behaviour
    training = any(iteration.status == "Training" for iteration in project.iterations)
    if training and known.export_while_training == "refuse":
        raise ServiceError("BadRequestExportWhileTraining", "Project cannot be exported while training.")
    if project.status != "Succeeded":
        # Unknown on the real service: an import that is not finished has nothing to export yet.
        raise ServiceError("BadRequestExportValidationFailed", f"Project is {project.status}.")
    path = f"prjexp-{project.id.replace('-', '')}/project-export-info"
    # With the salt each export has its own signature, whatever the clock's resolution is.
    expires = now + timedelta(hours=known.token_hours)
    token = shared_access_url(resource.region, path, expires, salt=world.new_hex("token"))
    iterations = project.iterations
    if known.unfinished_iterations == "skip":
        iterations = [iteration for iteration in iterations if iteration.status == "Completed"]
    export = Export(
        token=token,
        expires=expires,
        name=project.name,
        description=project.description,
        kind=project.kind,
        settings=project.settings,
        content=project.content,
        iterations=[replace(iteration) for iteration in iterations],
        album=None if project.album is None else Album(project.album),
    )
    world.exports[token] = export
    if known.export_touches_project:
        world.change(project, now, last_modified=now)
    return export


def export_json(world: World, export: Export) -> dict[str, object]:
    """The counts of an export: a tag counts once for the workspace and once for each iteration."""
    known = world.behaviour
    content = export.content
    images = content.tagged + content.untagged
    tags = len(content.tags)
    if known.export_counts == "each":
        tags += sum(len(iteration.content.tags) for iteration in export.iterations)
    estimate = 5000 + 8 * images + tags // 4
    if known.estimate_seconds is not None:
        estimate = round(known.estimate_seconds * 1000)
    return {
        "iterationCount": len(export.iterations),
        "imageCount": images,
        "tagCount": tags,
        "regionCount": content.regions,
        "estimatedImportTimeInMS": estimate,
        "token": export.token,
    }


def import_project(  # noqa: PLR0913 - what ImportProject takes
    world: World, resource: Resource, token: str, name: str, now: datetime, *, keyless: bool = False
) -> Project:
    """Accept an import: a new project that is `Importing`, and its future contents."""
    export = world.exports.get(token)
    if export is None or export.expires <= now:
        # If a token was not percent-encoded once more, it arrives decoded, and is not the issued one.
        raise ServiceError("BadRequestInvalidImportToken", "Invalid Token", "bad-import-token")
    check_limit(resource)
    final_name = _name_for(world, resource, export, name)
    entry = Entry(final_name, export.description, export.settings, now, "Importing")
    project = Project(world.new_id("project"), export.kind, now, entry, Content())
    project.job = _plan(world, export, now)
    if keyless and world.behaviour.keyless_imports == "fail":
        project.job.status = "Failed"
    world.add(resource, project)
    if world.behaviour.single_use_token:
        del world.exports[token]
    return project


def check_limit(resource: Resource) -> None:
    """Refuse a project if the tier allows no more."""
    if len(resource.stored_projects) >= resource.project_limit:
        raise ServiceError(
            "BadRequestExceedProjectLimit",
            f"Project limit of {resource.project_limit} reached. Delete a project or upgrade the resource.",
        )


def checked_name(world: World, name: str) -> str:
    """A name as it is stored. Refused if it is too long, or has characters that the switches refuse."""
    known = world.behaviour
    if known.name_blanks == "refuse" and name != name.strip():
        raise ServiceError("BadRequestProjectName", "Project name must not begin or end with a blank.")
    if known.name_blanks == "strip":
        name = name.strip()
    if found := sorted(set(name) & set(known.refused_characters)):
        raise ServiceError("BadRequestProjectName", f"Project name must not contain {found[0]!r}.")
    limit = known.max_name_length
    if limit is not None and len(name) > limit:
        if known.long_name == "refuse":
            raise ServiceError("BadRequestProjectName", f"Project name must not exceed {limit} characters.")
        name = name[:limit]
    return name


def name_by_rule(world: World, resource: Resource, name: str, rule: str, but: Project | None = None) -> str:
    """Apply the rule for taken names: two projects may have the name, it gets a suffix, or it is refused."""
    if rule == "allow" or not world.name_taken(resource, name, but):
        return name
    if rule == "refuse":
        words = f"Project name '{name}' is already in use."
        raise ServiceError("BadRequestProjectNameNotUnique", words, "name-taken")
    return world.free_name(resource, name, but)


def _name_for(world: World, resource: Resource, export: Export, name: str) -> str:
    if not name:
        return world.free_name(resource, export.name)
    name = checked_name(world, name)
    return name_by_rule(world, resource, name, world.behaviour.taken_import_name)


def _plan(world: World, export: Export, now: datetime) -> ImportJob:
    """Decide now how the import will end, so that only the clock is needed later."""
    behaviour = world.behaviour
    outcome = behaviour.next_outcome()
    late = LATE_SECONDS if outcome == "late" else behaviour.late_seconds
    done = now + timedelta(seconds=behaviour.import_seconds)
    content, iterations, album = copy_all(world, export, now)
    if outcome == "failed":
        iterations = []
    elif outcome == "lose-iteration":
        iterations = iterations[:-1]
    content = _spoiled(outcome, content) if album is None else spoiled_album(outcome, content, album)
    return ImportJob(
        halfway=now + timedelta(seconds=behaviour.import_seconds / 2),
        done=None if outcome == "never" else done,
        status="Failed" if outcome == "failed" else "Succeeded",
        content=content,
        iterations=iterations,
        late_until=done + timedelta(seconds=late) if late else None,
        album=album,
    )


def copy_all(world: World, source: Export | Project, now: datetime) -> tuple[Content, list[Iteration], Album | None]:
    """Copy what an import copies: everything gets new ids except the models, and nothing is published."""
    ids: dict[str, str] = {}
    workspace = world.copy_content(source.content, ids)
    iterations = [_copy_iteration(world, iteration, ids, now) for iteration in source.iterations]
    return workspace, iterations, copy_album(world, source.album, ids, now)


def _copy_iteration(world: World, iteration: Iteration, ids: dict[str, str], now: datetime) -> Iteration:
    new_id = world.new_id("iteration")
    # Recorded: .282 became .283. Which of the three it is follows from the new id.
    drift = (int(new_id[-1], 16) % 3 - 1) * _MILLISECOND
    return replace(
        iteration,
        id=new_id,
        created=now,
        last_modified=now,
        trained_at=None if iteration.trained_at is None else iteration.trained_at + drift,
        content=world.copy_content(iteration.content, ids),
        copied=True,
        publish_name=None,
        publish_resource_id=None,
        queued_until=None,
        training_until=None,
        exports=[],
    )


def _spoiled(outcome: str, content: Content) -> Content:
    """The counts after an import that goes wrong."""
    if outcome == "failed":
        return content.half()
    if outcome == "lose-image":
        return _without_image(content)
    if outcome == "lose-tag":
        return _without_tag(content)
    if outcome == "region-loss":
        return replace(content, regions=max(0, content.regions - 1))
    return content


def _without_image(content: Content) -> Content:
    if content.untagged:
        return replace(content, untagged=content.untagged - 1)
    if not content.tags or not content.tagged:
        return content
    first, *rest = content.tags
    poorer = replace(first, image_count=max(0, first.image_count - 1))
    return replace(content, tags=(poorer, *rest), tagged=content.tagged - 1)


def _without_tag(content: Content) -> Content:
    """Remove a tag. Its images stay, without a tag."""
    if not content.tags:
        return content
    *rest, lost = content.tags
    moved = min(lost.image_count, content.tagged)
    return replace(content, tags=tuple(rest), tagged=content.tagged - moved, untagged=content.untagged + moved)
