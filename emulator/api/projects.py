"""CreateProject, UpdateProject, DeleteProject."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from emulator.api.transfer import check_limit, checked_name, name_by_rule
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
        raise ServiceError("BadRequestProjectName", "Project name must not be empty.", "missing-parameter")
    name = checked_name(world, name)
    check_limit(resource)
    known = world.behaviour
    rule = known.taken_import_name if known.taken_create_name == "import" else known.taken_create_name
    name = name_by_rule(world, resource, name, rule)
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
    """Change name, description and settings. A field that is missing or null stays, unless a switch says otherwise."""
    wanted, known = _parsed(body), world.behaviour
    absent = [field for field in ("description", "settings") if wanted.get(field) is None]
    if absent and known.update_absent == "refuse":
        raise ServiceError("BadRequestRequiredParamIsNull", absent[0])
    name = _new_name(world, resource, project, wanted.get("name"))
    description = _new_description(world, project, wanted.get("description"))
    settings = _new_settings(world, project, wanted.get("settings"))
    if "description" in absent and known.update_absent == "clear":
        description = ""
    touched = (name != project.name and known.touched_by_rename) or (
        description != project.description and known.touched_by_description
    )
    at = now if touched or (name, description) == (project.name, project.description) else project.last_modified
    world.change(project, now, name=name, description=description, settings=settings, last_modified=at)


def delete_project(world: World, resource: Resource, project: Project) -> None:
    """Delete a project, unless one of its iterations is published. The code of that refusal is unknown."""
    if project.published:
        name = project.published[0].publish_name
        raise ServiceError(
            "BadRequestIterationIsPublished",
            f"Project cannot be deleted while an iteration is published: {name}. Unpublish it first.",
            "delete-published",
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
    return name_by_rule(world, resource, checked_name(world, name), world.behaviour.taken_rename, project)


def _new_description(world: World, project: Project, description: object) -> str:
    if description is None:
        return project.description
    text = str(description)
    limit = world.behaviour.rejects_long_description
    if limit is not None and len(text) > limit and world.behaviour.long_description == "cut":
        text = text[:limit]
    elif limit is not None and len(text) > limit:
        raise ServiceError("BadRequestProjectDescription", f"Project description must not exceed {limit} characters.")
    text = text[: world.behaviour.cuts_long_description]
    ends = world.behaviour.description_line_ends
    if ends == "blank":
        return re.sub(r"\r\n|[\r\n]", " ", text)
    return re.sub(r"\r\n?", "\n", text) if ends == "lf" else text


def _new_settings(world: World, project: Project, wanted: object) -> Settings:
    """The new settings. Fields that the official description marks as read-only are ignored."""
    old, rule = project.settings, world.behaviour.update_settings
    if not isinstance(wanted, dict):
        return old
    if rule == "refuse":
        raise ServiceError("BadRequestProjectSettings", "The settings cannot be updated.")
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
    return replace(settings, augmentations=None) if rule == "lose" else settings


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
