"""Rows of a mirror's listings: source projects, and copies of them with the marks that this mirror writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.rules.mark import Mark, described
from cvaction.rules.mirror_identity import identify_mirror
from tests.support.samples import project

if TYPE_CHECKING:
    from cvaction.customvision.models import Project

BETWEEN = ("1296269", "https://dev.cognitiveservices.azure.com", "https://prod.cognitiveservices.azure.com")
IDENTITY = identify_mirror(BETWEEN, "{name}", "900", "none", "")


def uuid(number: int) -> str:
    return f"{number:08x}-1111-4222-8333-444444444444"


def source(number: int = 1, name: str = "Shelf", **changes: object) -> Project:
    return project(id=uuid(number), name=name, **changes)


def copy_of(
    one: Project, number: int, name: str = "", *, run: str = "abcdef", work: str = "", **changes: object
) -> Project:
    mark = Mark(uuid(number), one.id, one.last_modified, work or IDENTITY.work(one.id).work, run, name=name or one.name)
    return project(id=uuid(number), name=name or one.name, description=described("", mark), **changes)
