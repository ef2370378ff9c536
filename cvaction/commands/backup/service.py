"""What a backup reads of the resource, and the one thing that a backup may change."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cvaction.clock import Clock
    from cvaction.customvision.blobs import Blobs
    from cvaction.customvision.image_models import Domain
    from cvaction.customvision.image_reader import ImageReader
    from cvaction.customvision.project_reader import ProjectReader
    from cvaction.customvision.project_writer import ProjectWriter
    from cvaction.customvision.reader import ReadingClient


class Service:
    """The clients of a backup. Only `exporter` can change the resource; it is None without the input `models`."""

    def __init__(  # noqa: PLR0913, PLR0917 - the groups of operations
        self,
        client: ReadingClient,
        reader: ProjectReader,
        images: ImageReader,
        blobs: Blobs,
        exporter: ProjectWriter | None,
        clock: Clock,
    ) -> None:
        self.client = client
        self.reader = reader
        self.images = images
        self.blobs = blobs
        self.exporter = exporter
        self.clock = clock
        self._domains: dict[str, Domain] | None = None
        self._counted: dict[str, int] = {}

    def domain(self, domain_id: str) -> Domain | None:
        """A domain that the resource offers; None if it does not. GetDomains is sent once in a run."""
        if self._domains is None:
            self._domains = {domain.id: domain for domain in self.reader.domains()}
        return self._domains.get(domain_id)

    def image_count(self, project_id: str) -> int:
        """How many images a project has, or had when it was counted ahead."""
        counted = self._counted.pop(project_id, None)
        return self._count(project_id) if counted is None else counted

    def count_ahead(self, project_id: str) -> int:
        """Count the images of a project that begins later: `image_count` returns this once. From any thread."""
        self._counted[project_id] = count = self._count(project_id)
        return count

    def _count(self, project_id: str) -> int:
        return self.client.tagged_image_count(project_id) + self.client.untagged_image_count(project_id)
