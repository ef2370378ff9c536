from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.image_models import ModelExport
from cvaction.customvision.project_reader import ProjectReader
from cvaction.customvision.reader import BASE
from cvaction.secret import Secret
from tests.support.image_samples import (
    IMAGE_ID,
    SIGNED,
    TAG_ID,
)
from tests.support.samples import DOMAIN_ID, ITERATION_ID, PROJECT_ID, wire_project
from tests.support.workspace import ORIGIN, I, P

if TYPE_CHECKING:
    import responses

    from cvaction.customvision.client import TrainingClient


class TestReadingAProject:
    def test_keeps_it_as_sent_without_addresses(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        web.get(P, json=wire_project(thumbnailUri=SIGNED, unknown=[1]))

        found = ProjectReader(client).project(PROJECT_ID)

        assert found == {name: value for name, value in wire_project(unknown=[1]).items() if name != "thumbnailUri"}

    def test_refuses_another_project_than_was_asked_for(
        self, client: TrainingClient, web: responses.RequestsMock
    ) -> None:
        web.get(P, json=wire_project(id=IMAGE_ID))

        with pytest.raises(CustomVisionError, match="another id"):
            ProjectReader(client).project(PROJECT_ID)

    def test_keeps_tags_iterations_and_metrics_as_sent(
        self, client: TrainingClient, web: responses.RequestsMock
    ) -> None:
        web.get(f"{P}/tags", json=[{"id": TAG_ID, "type": "Negative", "new": None}])
        web.get(f"{P}/iterations", json=[{"id": ITERATION_ID, "status": "Completed"}])
        web.get(f"{I}/performance", json={"precision": 0.12345678, "perTagPerformance": []})
        reader = ProjectReader(client)

        assert reader.tags(PROJECT_ID) == ({"id": TAG_ID, "type": "Negative", "new": None},)
        assert reader.iterations(PROJECT_ID) == ({"id": ITERATION_ID, "status": "Completed"},)
        metrics = reader.performance(PROJECT_ID, ITERATION_ID, 0.5, 0.3)
        assert metrics == {"precision": 0.12345678, "perTagPerformance": []}
        assert web.calls[2].request.url == f"{I}/performance?threshold=0.5&overlapThreshold=0.3"

    def test_gives_every_id_in_lower_case(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        """Images have their tags' ids in lower case: in a backup the two must be equal, whatever the wire has."""
        metrics = {"perTagPerformance": [{"id": TAG_ID.upper(), "name": "ID"}]}
        web.get(f"{P}/tags", json=[{"id": TAG_ID.upper(), "name": TAG_ID.upper()}])
        web.get(P, json=wire_project(id=PROJECT_ID.upper(), settings={"domainId": DOMAIN_ID.upper(), "ownId": "A"}))
        web.get(f"{I}/performance", json=metrics)
        reader = ProjectReader(client)

        assert reader.tags(PROJECT_ID) == ({"id": TAG_ID, "name": TAG_ID.upper()},)
        assert reader.project(PROJECT_ID)["settings"] == {"domainId": DOMAIN_ID, "ownId": "A"}
        assert reader.performance(PROJECT_ID, ITERATION_ID, 0.5, 0.3)["perTagPerformance"] == [
            {"id": TAG_ID, "name": "ID"}
        ]

    def test_refuses_a_number_that_no_json_could_hold(
        self, client: TrainingClient, web: responses.RequestsMock
    ) -> None:
        web.get(f"{I}/performance", body='{"precision": NaN}')

        with pytest.raises(CustomVisionError, match="NaN or an infinite number"):
            ProjectReader(client).performance(PROJECT_ID, ITERATION_ID, 0.5, 0.3)

    def test_lists_domains_and_model_exports(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        web.get(
            f"{ORIGIN}{BASE}/domains",
            json=[{"id": DOMAIN_ID, "name": "General", "type": "Classification", "exportable": True}],
        )
        export = {"platform": "ONNX", "flavor": "ONNX12", "status": "Done", "downloadUri": SIGNED}
        web.get(f"{I}/export", json=[export, {"platform": "CoreML", "status": "New", "newerVersionAvailable": True}])
        reader = ProjectReader(client)

        (domain,) = reader.domains()
        assert (domain.name, domain.exportable, domain.enabled) == ("General", True, True)
        assert reader.model_exports(PROJECT_ID, ITERATION_ID) == (
            ModelExport("ONNX", "ONNX12", "Done", Secret(SIGNED), outdated=False),
            ModelExport("CoreML", "", "New", Secret(""), outdated=True),
        )
