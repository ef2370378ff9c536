"""Reads the target before anything is changed: who holds the name, one resource or two, the copy in use (protocol, 2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.rules.names import same_name
from cvaction.steps.lineage import newest_earlier
from cvaction.steps.listing import confirmed, rows_of_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.steps.lineage import Lineage
    from cvaction.steps.naming import Policy


@dataclass(frozen=True)
class Target:
    """The target as one listing shows it. `previous`: the copy that a rollback would go back to."""

    listing: tuple[Project, ...]
    lineage: Lineage
    holders: tuple[Project, ...]
    previous: Project | None

    @property
    def wanted(self) -> str:
        """The name that the copy is to have."""
        return self.lineage.line.name


def on_one_resource(source_project: Project, listing: Iterable[Project]) -> bool:
    """Whether source and target are one resource: the source is then in the target's listing."""
    return any(row.id == source_project.id for row in listing)


def look_at_target(
    client: ReadingClient, policy: Policy, lineage: Lineage, source_project: Project, listing: tuple[Project, ...]
) -> Target:
    """Look at the target as the name policy needs it. Raises what the policy refuses."""
    wanted, one_resource = lineage.line.name, on_one_resource(source_project, listing)
    if one_resource:
        policy.refuse_source(wanted, source_project)
    rows = rows_of_name(listing, wanted, {source_project.id})
    holders = tuple(confirmed(client, rows, lambda now: same_name(now.name, wanted)))
    policy.refuse_holders(
        [*holders, *([source_project] if one_resource and same_name(source_project.name, wanted) else [])]
    )
    previous = policy.predecessor(holders) or newest_earlier(client, lineage, listing)
    return Target(listing, lineage, holders, previous)
