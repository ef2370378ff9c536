from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import responses
from responses import matchers

from cvaction.customvision.changes import DESCRIBED, EXPORTED, MADE, TRAINED, Change
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.project_writer import ProjectWriter
from cvaction.customvision.reader import BASE
from tests.support.image_samples import (
    IMAGE_ID,
    TAG_ID,
)
from tests.support.samples import DOMAIN_ID, ITERATION_ID, PROJECT_ID, project, wire_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.customvision.client import TrainingClient
from tests.support.workspace import ORIGIN, I, P, body


class TestMakingAProject:
    def test_sends_what_is_given(
        self, client: TrainingClient, web: responses.RequestsMock, changes: list[Change]
    ) -> None:
        query = {
            "name": "Sh\u00e9lf & co",
            "domainId": DOMAIN_ID,
            "classificationType": "Multilabel",
            "targetExportPlatforms": "ONNX,CoreML",
        }
        web.post(f"{ORIGIN}{BASE}/projects", match=[matchers.query_param_matcher(query)], json=wire_project())

        made = ProjectWriter(client).create_project(
            query["name"],
            "",
            domain_id=DOMAIN_ID,
            classification_type="Multilabel",
            platforms=["ONNX", "CoreML"],
        )

        assert (made.id, changes) == (PROJECT_ID, [Change(MADE, PROJECT_ID, "Shelf")])

    @pytest.mark.parametrize(
        ("path", "change"),
        [
            ("projects", lambda writer: writer.create_project("x", "", domain_id=DOMAIN_ID)),
            (f"projects/{PROJECT_ID}/train", lambda writer: writer.train(PROJECT_ID)),
        ],
    )
    def test_is_never_sent_twice_once_it_may_have_arrived(
        self,
        client: TrainingClient,
        web: responses.RequestsMock,
        path: str,
        change: Callable[[ProjectWriter], object],
    ) -> None:
        web.post(f"{ORIGIN}{BASE}/{path}", status=503)

        with pytest.raises(CustomVisionError):
            change(ProjectWriter(client))

        assert len(web.calls) == 1

    def test_sends_settings_with_the_name_as_it_was_read(
        self, client: TrainingClient, web: responses.RequestsMock, changes: list[Change]
    ) -> None:
        web.patch(P, json=wire_project())

        ProjectWriter(client).update_settings(project(), {"domainId": DOMAIN_ID})

        assert body(web) == {"name": "Shelf", "description": "", "settings": {"domainId": DOMAIN_ID}}
        assert changes == [Change(DESCRIBED, PROJECT_ID, "Shelf")]

    def test_makes_a_tag(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        query = {"name": "cat", "description": "a pet", "type": "Negative"}
        web.post(f"{P}/tags", match=[matchers.query_param_matcher(query)], json={"id": TAG_ID, "name": "cat"})

        assert ProjectWriter(client).create_tag(PROJECT_ID, "cat", description="a pet", kind="Negative").id == TAG_ID

    @pytest.mark.parametrize(
        "code", ["BadRequestTagNameNotUnique", "TagNameNotUnique", "BadRequestMultipleNegativeTag"]
    )
    def test_finds_the_tag_that_a_lost_answer_made(
        self, client: TrainingClient, web: responses.RequestsMock, code: str
    ) -> None:
        web.post(f"{P}/tags", status=500)
        web.post(f"{P}/tags", status=400, json={"code": code, "message": "no"})
        web.get(f"{P}/tags", json=[{"id": IMAGE_ID, "name": "dog"}, {"id": TAG_ID, "name": "cat"}])

        assert ProjectWriter(client).create_tag(PROJECT_ID, "cat").id == TAG_ID

    def test_tells_that_a_tags_name_was_taken_before(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        web.post(f"{P}/tags", status=400, json={"code": "BadRequestTagNameNotUnique", "message": "no"})

        with pytest.raises(CustomVisionError, match="NotUnique"):
            ProjectWriter(client).create_tag(PROJECT_ID, "cat")

    def test_trains(self, client: TrainingClient, web: responses.RequestsMock, changes: list[Change]) -> None:
        web.post(f"{P}/train", json={"id": ITERATION_ID, "status": "Training"})

        assert ProjectWriter(client).train(PROJECT_ID).id == ITERATION_ID
        assert changes == [Change(TRAINED, PROJECT_ID, iteration_id=ITERATION_ID)]

    def test_begins_a_models_export_or_finds_it_begun(
        self, client: TrainingClient, web: responses.RequestsMock, changes: list[Change]
    ) -> None:
        query = {"platform": "ONNX", "flavor": "ONNX12"}
        answer = {"platform": "ONNX", "status": "Exporting"}
        web.post(f"{I}/export", match=[matchers.query_param_matcher(query)], json=answer)
        running = {"code": "BadRequestExportAlreadyInProgress", "message": "wait"}
        web.post(f"{I}/export", match=[matchers.query_param_matcher({"platform": "CoreML"})], status=400, json=running)

        ProjectWriter(client).export_model(PROJECT_ID, ITERATION_ID, "ONNX", "ONNX12")
        ProjectWriter(client).export_model(PROJECT_ID, ITERATION_ID, "CoreML")

        assert changes == [Change(EXPORTED, PROJECT_ID, iteration_id=ITERATION_ID)] * 2
