from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import responses
from responses import matchers

from cvaction.customvision.client import TrainingClient
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.domains import prediction_kind
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.reader import BASE
from cvaction.customvision.session import new_session
from cvaction.customvision.transport import Transport
from cvaction.secret import Secret
from tests.support.fake_clock import FakeClock
from tests.support.samples import COPY_ID, ITERATION_ID, KEY, PROJECT_ID, TOKEN, project, wire_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ORIGIN = "https://dev.cognitiveservices.azure.com"
B = ORIGIN + BASE
P = f"{B}/projects/{PROJECT_ID}"
I = f"{P}/iterations/{ITERATION_ID}"  # noqa: E741 - as in the API's table: B, then P, then I
ARM_ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/pred"
WIRE_ITERATION = {"id": ITERATION_ID, "name": "Iteration 1", "status": "Completed", "trainedAt": "2026-11-06T16:31:29Z"}


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def masked() -> list[Secret]:
    return []


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def client(masked: list[Secret], clock: FakeClock) -> TrainingClient:
    return TrainingClient(
        Transport(ORIGIN, KeyCredential(Secret(KEY)), clock=clock, new_session=new_session), mask=masked.append
    )


class TestAClient:
    def test_tells_its_origin_its_requests_and_the_services_time(
        self, client: TrainingClient, web: responses.RequestsMock, clock: FakeClock
    ) -> None:
        web.get(f"{P}/images/tagged/count", body="12")

        assert client.tagged_image_count(PROJECT_ID) == 12
        assert (client.origin, client.requests, client.time()) == (ORIGIN, 1, clock.today())

    def test_reads_projects(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        web.get(f"{B}/projects", json=[wire_project(), wire_project(id=COPY_ID, name="Copy", status="Importing")])
        web.get(P, json=wire_project())

        assert [found.name for found in client.get_projects()] == ["Shelf", "Copy"]
        assert client.get_project(PROJECT_ID) == project()

    def test_finds_a_project_or_none(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        web.get(P, json=wire_project())
        web.get(f"{B}/projects/{COPY_ID}", status=404, json={"code": "NotFoundProject", "message": "gone"})

        assert client.find_project(PROJECT_ID) == project()
        assert client.find_project(COPY_ID) is None

    def test_does_not_take_another_failure_for_an_absent_project(
        self, client: TrainingClient, web: responses.RequestsMock
    ) -> None:
        web.get(P, status=401, json={"error": {"code": "401", "message": "no"}})

        with pytest.raises(CustomVisionError, match="GetProject: 401"):
            client.find_project(PROJECT_ID)

    def test_renames_a_project_with_its_settings_sent_back(
        self, client: TrainingClient, web: responses.RequestsMock
    ) -> None:
        web.patch(P, json=wire_project(name="New", description="text"))

        found = client.update_project(project(), name="New", description="text")

        assert (found.name, found.description) == ("New", "text")
        body = web.calls[0].request.body
        assert body is not None
        assert json.loads(body) == {"name": "New", "description": "text", "settings": wire_project()["settings"]}

    def test_sends_back_nothing_that_was_not_told(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        web.patch(P, json=wire_project())
        unsent = project(name="", description="", settings={}, unsent=frozenset({"name", "description", "settings"}))

        client.update_project(unsent, name="New", description="")
        client.update_project(unsent, name="New", description="text")

        sent = [json.loads(call.request.body or "") for call in web.calls]
        assert sent == [{"name": "New"}, {"name": "New", "description": "text"}]

    @pytest.mark.parametrize(("status", "body"), [(204, None), (404, {"code": "NotFoundProject", "message": "gone"})])
    def test_deletes_a_project_that_may_be_gone_already(
        self, client: TrainingClient, web: responses.RequestsMock, status: int, body: Any
    ) -> None:
        web.delete(P, status=status, **({"json": body} if body else {}))

        client.delete_project(PROJECT_ID)

    def test_tells_when_a_project_cannot_be_deleted(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        web.delete(P, status=400, json={"code": "BadRequestIterationIsPublished", "message": "no"})

        with pytest.raises(CustomVisionError, match="DeleteProject: 400 BadRequestIterationIsPublished"):
            client.delete_project(PROJECT_ID)

    def test_masks_the_token_of_an_export_before_anybody_sees_it(
        self, client: TrainingClient, web: responses.RequestsMock, masked: list[Secret]
    ) -> None:
        web.get(f"{P}/export", json={"token": TOKEN, "estimatedImportTimeInMS": 5081})

        export = client.export_project(PROJECT_ID)

        assert masked == [Secret(TOKEN)] == [export.token]

    def test_needs_nobody_to_mask_for(self, web: responses.RequestsMock, clock: FakeClock) -> None:
        web.get(f"{P}/export", json={"token": TOKEN})

        lonely = TrainingClient(Transport(ORIGIN, KeyCredential(Secret(KEY)), clock=clock, new_session=new_session))

        assert lonely.export_project(PROJECT_ID).token == Secret(TOKEN)

    def test_imports_with_a_name_in_any_script(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        query = {"token": TOKEN, "name": "\u68da &=+#\u00e9 ?"}
        web.post(f"{B}/projects/import", match=[matchers.query_param_matcher(query)], json=wire_project(id=COPY_ID))

        assert client.import_project(Secret(TOKEN), "\u68da &=+#\u00e9 \ud800").id == COPY_ID

    def test_never_resends_an_import_that_may_have_been_done(
        self, client: TrainingClient, web: responses.RequestsMock
    ) -> None:
        web.post(f"{B}/projects/import", status=503)

        with pytest.raises(CustomVisionError) as caught:
            client.import_project(Secret(TOKEN), "x")

        assert caught.value.ambiguous
        assert len(web.calls) == 1

    def test_lets_no_error_repeat_the_token(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        web.post(
            f"{B}/projects/import", status=400, json={"code": "BadRequestInvalidImportToken", "message": f"Bad {TOKEN}"}
        )

        with pytest.raises(CustomVisionError) as caught:
            client.import_project(Secret(TOKEN), "x")

        assert caught.value.message == "Bad ***"

    def test_reads_iterations_tags_and_counts(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        web.get(f"{P}/iterations", json=[WIRE_ITERATION])
        web.get(I, json=WIRE_ITERATION)
        web.get(f"{P}/tags", json=[{"id": "t", "name": "cat", "type": "Regular", "imageCount": 5}])
        web.get(f"{P}/images/tagged/count", body="10")
        web.get(f"{P}/images/untagged/count", body="2")

        assert client.get_iterations(PROJECT_ID) == (client.get_iteration(PROJECT_ID, ITERATION_ID),)
        assert [tag.name for tag in client.get_tags(PROJECT_ID)] == ["cat"]
        assert (client.tagged_image_count(PROJECT_ID), client.untagged_image_count(PROJECT_ID)) == (10, 2)

    def test_reads_a_project_whose_update_was_repeated(
        self, client: TrainingClient, web: responses.RequestsMock
    ) -> None:
        web.patch(P, status=503)
        web.patch(P, json=wire_project(name="Shelf (1)"))
        web.get(P, json=wire_project(name="Shelf"))

        assert client.update_project(project(), name="Shelf", description="").name == "Shelf"

    def test_reads_metrics_at_the_thresholds(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        query = {"threshold": "0.5", "overlapThreshold": "0.3"}
        body = {"precision": 1, "recall": 0.5}
        web.get(f"{I}/performance", match=[matchers.query_param_matcher(query)], json=body)

        assert client.get_performance(PROJECT_ID, ITERATION_ID, 0.5, 0.3).overall.recall == 0.5

    @pytest.mark.parametrize("overwrite", [False, True])
    def test_publishes(self, client: TrainingClient, web: responses.RequestsMock, overwrite: bool) -> None:
        query = {"publishName": "prod &1", "predictionId": ARM_ID, "overwrite": str(overwrite).lower()}
        web.post(f"{I}/publish", match=[matchers.query_param_matcher(query)], json=True)

        client.publish_iteration(PROJECT_ID, ITERATION_ID, "prod &1", ARM_ID, overwrite=overwrite)

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (204, None),
            (404, {"code": "NotFoundIteration", "message": "gone"}),
            (400, {"code": "BadRequestIterationNotPublished", "message": "is not"}),
        ],
    )
    def test_unpublishes_what_may_not_be_published(
        self, client: TrainingClient, web: responses.RequestsMock, status: int, body: Any
    ) -> None:
        web.delete(f"{I}/publish", status=status, **({"json": body} if body else {}))

        client.unpublish_iteration(PROJECT_ID, ITERATION_ID)

    def test_tests_an_image_without_leaving_it_there(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        query = {"iterationId": ITERATION_ID, "store": "false"}
        body = {"predictions": [{"tagName": "cat", "probability": 0.75}]}
        web.post(
            f"{P}/quicktest/image",
            match=[
                matchers.query_param_matcher(query),
                matchers.multipart_matcher({"imageData": ("image", b"\x89PNG")}),
            ],
            json=body,
        )

        (found,) = client.quick_test_image(PROJECT_ID, ITERATION_ID, b"\x89PNG")

        assert (found.tag, found.probability) == ("cat", 0.75)


class TestADomain:
    def test_that_is_general_is_known_without_a_request(self, client: TrainingClient) -> None:
        assert prediction_kind(client, project()) == "classify"
        assert (
            prediction_kind(client, project(settings={"domainId": "DA2E3A8A-40a5-4171-82f4-58522f70fbc1"})) == "detect"
        )
        assert client.requests == 0

    @pytest.mark.parametrize(
        ("kind", "word"), [("Classification", "classify"), ("ObjectDetection", "detect"), ("Brand New", "")]
    )
    def test_is_looked_up_otherwise(
        self, client: TrainingClient, web: responses.RequestsMock, kind: str, word: str
    ) -> None:
        web.get(f"{B}/domains/x", json={"id": "x", "type": kind})

        assert prediction_kind(client, project(settings={"domainId": "x"})) == word

    def test_that_the_service_does_not_tell_is_unknown(
        self, client: TrainingClient, web: responses.RequestsMock
    ) -> None:
        web.get(f"{B}/domains/x", status=404, json={})

        assert not prediction_kind(client, project(settings={"domainId": "x"}))


class TestAnError:
    def test_is_of_one_kind_that_decides_what_may_be_done(self) -> None:
        for kind in Kind:
            error = CustomVisionError(kind, "words")
            assert not (error.ambiguous and error.unsent)
            assert error.transient is (error.ambiguous or error.unsent)
        assert CustomVisionError(Kind.SERVER, "x").ambiguous
        assert CustomVisionError(Kind.THROTTLED, "x").unsent
        assert not CustomVisionError(Kind.REFUSED, "x").transient

    @pytest.mark.parametrize(
        ("error", "text"),
        [
            (CustomVisionError(Kind.DNS, "unknown", operation="GetTags"), "GetTags: unknown"),
            (CustomVisionError(Kind.SERVER, "no", operation="GetTags", status=503), "GetTags: 503: no"),
            (
                CustomVisionError(Kind.REFUSED, "no", operation="GetTags", status=400, code="Bad"),
                "GetTags: 400 Bad: no",
            ),
        ],
    )
    def test_says_what_is_known(self, error: CustomVisionError, text: str) -> None:
        assert str(error) == text


class TestAnAnswer:
    """What is deleted, published and output must be what was asked for."""

    @pytest.mark.parametrize(
        "ask",
        [
            lambda client: client.get_project(PROJECT_ID),
            lambda client: client.find_project(PROJECT_ID),
            lambda client: client.poll_project(PROJECT_ID),
        ],
        ids=["get", "find", "poll"],
    )
    def test_about_another_project_is_no_answer(
        self, client: TrainingClient, web: responses.RequestsMock, ask: Callable[[TrainingClient], object]
    ) -> None:
        web.get(P, json=wire_project(id=COPY_ID))

        with pytest.raises(CustomVisionError) as caught:
            ask(client)

        assert caught.value.kind is Kind.UNREADABLE

    def test_about_another_project_is_none_to_an_update_or_about_an_iteration_either(
        self, client: TrainingClient, web: responses.RequestsMock
    ) -> None:
        web.patch(P, json=wire_project(id=COPY_ID))
        web.get(I, json={**WIRE_ITERATION, "id": COPY_ID})

        for ask in (
            lambda: client.update_project(project(id=PROJECT_ID), name="n", description=""),
            lambda: client.get_iteration(PROJECT_ID, ITERATION_ID),
        ):
            with pytest.raises(CustomVisionError) as caught:
                ask()
            assert caught.value.kind is Kind.UNREADABLE

    @pytest.mark.parametrize("wrong", ["", "a/../../evil", "x?y", "x\r\nset: y", PROJECT_ID + "/"])
    def test_with_an_id_that_is_none_is_no_answer(
        self, client: TrainingClient, web: responses.RequestsMock, wrong: str
    ) -> None:
        web.post(f"{B}/projects/import", json=wire_project(id=wrong))

        with pytest.raises(CustomVisionError) as caught:
            client.import_project(Secret(TOKEN), "n")

        assert (caught.value.kind, caught.value.ambiguous) == (Kind.UNREADABLE, True)

    def test_that_lists_a_project_twice_counts_it_once(
        self, client: TrainingClient, web: responses.RequestsMock
    ) -> None:
        rows = [wire_project(id=COPY_ID), wire_project(id=PROJECT_ID), wire_project(id=COPY_ID)]
        web.get(f"{B}/projects", json=rows)

        assert [row.id for row in client.get_projects()] == [COPY_ID, PROJECT_ID]

    def test_with_thousands_of_predictions_of_one_image_is_no_answer(
        self, client: TrainingClient, web: responses.RequestsMock
    ) -> None:
        web.post(f"{P}/quicktest/image", json={"predictions": [{"tagName": "a", "probability": 1}] * 5000})

        with pytest.raises(CustomVisionError) as caught:
            client.quick_test_image(PROJECT_ID, ITERATION_ID, b"x")

        assert caught.value.kind is Kind.UNREADABLE
