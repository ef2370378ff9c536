"""CreateProject, UpdateProject, DeleteProject."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from emulator.api.transfer import check_limit, check_name_length
from emulator.state.domains import DOMAINS, GENERAL_CLASSIFICATION, PLATFORMS, Domain
from emulator.state.errors import ServiceError
from emulator.state.model import Content, Entry, Project, Resource, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from emulator.state.world import World

_CLASSIFICATION_TYPES: Final = ("Multiclass", "Multilabel")


def create_project(world: World, resource: Resource, query: Mapping[str, str], now: datetime) -> Project:
    """Make an empty project. A taken name is treated as at an import: the service's rule is unknown."""
    name = query.get("name", "")
    if not name.strip():
        raise ServiceError("BadRequestProjectName", "Project name must not be empty.")
    check_name_length(world, name)
    check_limit(resource)
    if world.name_taken(resource, name):
        if world.behaviour.taken_import_name == "refuse":
            raise ServiceError("BadRequestProjectNameNotUnique", f"Project name '{name}' is already in use.")
        name = world.free_name(resource, name)
    domain = _domain(world, query.get("domainid") or GENERAL_CLASSIFICATION)
    kind = domain.kind
    classification = None
    if kind == "classification":
        classification = _classification_type(query.get("classificationtype") or "Multilabel")
    platforms = [part for part in query.get("targetexportplatforms", "").split(",") if part]
    settings = Settings(domain.id, classification, _platforms(platforms))
    entry = Entry(name, query.get("description", ""), settings, now, "Succeeded")
    project_id = world.new_id("project")
    project = Project(project_id, kind, now, entry, Content(origin=project_id))
    world.add(resource, project)
    return project


def update_project(world: World, resource: Resource, project: Project, body: bytes, now: datetime) -> None:
    """Change name, description and settings. A field that is missing or null stays as it is."""
    wanted = _parsed(body)
    name = _new_name(world, resource, project, wanted.get("name"))
    description = _new_description(world, project, wanted.get("description"))
    settings = _new_settings(world, project, wanted.get("settings"))
    world.change(project, now, name=name, description=description, settings=settings, last_modified=now)


def delete_project(world: World, resource: Resource, project: Project) -> None:
    """Delete a project, unless one of its iterations is published. The code of that refusal is unknown."""
    if project.published:
        name = project.published[0].publish_name
        raise ServiceError(
            "BadRequestIterationIsPublished",
            f"Project cannot be deleted while an iteration is published: {name}. Unpublish it first.",
        )
    world.remove(resource, project)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        wanted = json.loads(body)
    except ValueError:
        wanted = None
    if not isinstance(wanted, dict):
        raise ServiceError("BadRequestRequiredParamIsNull", "updatedProject")
    return wanted


def _new_name(world: World, resource: Resource, project: Project, name: object) -> str:
    if not isinstance(name, str) or not name.strip():
        raise ServiceError("BadRequestProjectName", "Project name must not be empty.")
    check_name_length(world, name)
    rule = world.behaviour.taken_rename
    if rule == "allow" or not world.name_taken(resource, name, project):
        return name
    if rule == "refuse":
        raise ServiceError("BadRequestProjectNameNotUnique", f"Project name '{name}' is already in use.")
    return world.free_name(resource, name, project)


def _new_description(world: World, project: Project, description: object) -> str:
    if description is None:
        return project.description
    text = str(description)
    limit = world.behaviour.rejects_long_description
    if limit is not None and len(text) > limit:
        raise ServiceError("BadRequestProjectDescription", f"Project description must not exceed {limit} characters.")
    return text[: world.behaviour.cuts_long_description]


def _new_settings(world: World, project: Project, wanted: object) -> Settings:
    """The new settings. Fields that the official description marks as read-only are ignored."""
    old = project.settings
    if not isinstance(wanted, dict):
        return old
    chosen = str(wanted.get("domainId") or old.domain_id).lower()
    domain = DOMAINS[chosen] if chosen == old.domain_id else _domain(world, chosen)
    if domain.kind != project.kind:
        raise ServiceError(
            "BadRequestProjectUnsupportedDomainTypeChange", "The domain's type differs from the project's."
        )
    settings = replace(old, domain_id=domain.id)
    if project.kind == "classification" and wanted.get("classificationType") is not None:
        settings = replace(settings, classification_type=_classification_type(wanted["classificationType"]))
    if isinstance(wanted.get("targetExportPlatforms"), list):
        settings = replace(settings, target_export_platforms=_platforms(wanted["targetExportPlatforms"]))
    processing = wanted.get("imageProcessingSettings")
    if isinstance(processing, dict) and isinstance(processing.get("augmentationMethods"), dict):
        methods = {str(name): bool(on) for name, on in processing["augmentationMethods"].items()}
        settings = replace(settings, augmentations=tuple(methods.items()))
    return settings


def _domain(world: World, domain_id: object) -> Domain:
    domain = DOMAINS.get(str(domain_id).lower())
    if domain is None or domain.id in world.behaviour.withdrawn_domains:
        raise ServiceError("BadRequestProjectUnknownDomain", f"Unknown domain: {domain_id}")
    return domain


def _classification_type(value: object) -> str:
    if value not in _CLASSIFICATION_TYPES:
        raise ServiceError("BadRequestProjectUnknownClassification", f"Unknown classification type: {value}")
    return str(value)


def _platforms(values: list[Any]) -> tuple[str, ...]:
    for value in values:
        if value not in PLATFORMS:
            raise ServiceError("BadRequestProjectUnsupportedExportPlatform", f"Unsupported export platform: {value}")
    return tuple(values)
