from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvaction.customvision import schemas
from cvaction.customvision.errors import MalformedError
from tests.support.samples import DOMAIN_ID, PROJECT_ID, TOKEN, wire_project

if TYPE_CHECKING:
    from collections.abc import Callable

WIRE_ITERATION: dict[str, Any] = {
    "id": "077057B1-C28B-4D0E-A2A5-5D1B0A3C7C11",
    "name": "Iteration 1",
    "status": "Completed",
    "trainedAt": "2026-11-06T16:31:29.4666667Z",
    "publishName": None,
}
WIRE_TAG = {"id": "t1", "name": "cat", "type": "Regular", "imageCount": 5, "description": None}
WIRE_PERFORMANCE: dict[str, Any] = {
    "precision": 1,
    "recall": 0.5,
    "averagePrecision": 0.75,
    "perTagPerformance": [{"name": "cat", "precision": 1.0, "recall": 0.5, "averagePrecision": None}],
}


class TestAProject:
    def test_is_read_from_its_wire_form(self) -> None:
        found = schemas.project(wire_project(id=PROJECT_ID.upper(), description="Shelves"))

        assert found.id == PROJECT_ID
        assert (found.name, found.description, found.status) == ("Shelf", "Shelves", "Succeeded")
        assert found.last_modified == datetime(2026, 11, 23, 20, 13, 7, 123000, tzinfo=UTC)
        assert found.domain_id == DOMAIN_ID

    def test_keeps_its_settings_as_they_came_with_fields_nobody_knows(self) -> None:
        settings_ = {"domainId": DOMAIN_ID.upper(), "brandNew": {"a": [1, None]}}

        found = schemas.project(wire_project(settings=settings_, brandNewToo=1))

        assert found.settings == settings_
        assert found.domain_id == DOMAIN_ID

    def test_may_have_a_status_nobody_knows(self) -> None:
        assert schemas.project(wire_project(status="Archived")).status == "Archived"

    @pytest.mark.parametrize("description", [None, 7, {}])
    def test_without_a_description_has_an_empty_one(self, description: object) -> None:
        assert not schemas.project(wire_project(description=description)).description

    def test_without_a_domain_has_an_empty_one(self) -> None:
        assert not schemas.project(wire_project(settings={})).domain_id
        assert not schemas.project(wire_project(settings={"domainId": None})).domain_id

    def test_needs_nothing_but_its_id_and_guesses_nothing(self) -> None:
        found = schemas.project({"id": PROJECT_ID})

        assert (found.name, found.description, found.settings, found.status) == ("", "", {}, "")
        assert (found.created, found.last_modified) == (None, None)
        assert found.unsent == {"name", "description", "settings"}
        assert schemas.project(wire_project()).unsent == frozenset()
        assert schemas.project(wire_project(description=None, settings={})).unsent == frozenset()

    @pytest.mark.parametrize(("field", "known"), [("name", "name"), ("status", "status"), ("lastModified", "created")])
    @pytest.mark.parametrize("value", [None, True, 7, 0.5, [], {}])
    def test_with_something_else_in_a_field_does_not_tell_it(self, field: str, known: str, value: object) -> None:
        found = schemas.project(wire_project(**{field: value}))

        assert not {"name": found.name, "status": found.status, "created": found.last_modified}[known]

    def test_without_its_id_is_malformed(self) -> None:
        wire = wire_project()
        del wire["id"]

        with pytest.raises(MalformedError, match="'id' is missing"):
            schemas.project(wire)

    @pytest.mark.parametrize(
        ("value", "kind"),
        [(None, "null"), (True, "a boolean"), (7, "a number"), (0.5, "a number"), ([], "a list"), ({}, "an object")],
    )
    def test_with_something_else_for_its_id_is_malformed(self, value: object, kind: str) -> None:
        with pytest.raises(MalformedError, match=f"'id' is {kind}"):
            schemas.project(wire_project(id=value))

    @pytest.mark.parametrize("data", [None, [], "text", 7, True])
    def test_must_be_an_object(self, data: object) -> None:
        with pytest.raises(MalformedError, match="expected an object, got"):
            schemas.project(data)

    def test_in_a_list_must_be_in_a_list(self) -> None:
        many = schemas.many(schemas.project)

        assert [found.name for found in many([wire_project(), wire_project(name="B")])] == ["Shelf", "B"]
        assert many([]) == ()
        with pytest.raises(MalformedError, match="expected a list, got an object"):
            many(wire_project())
        with pytest.raises(MalformedError, match="expected an object, got null"):
            many([wire_project(), None])


class TestATime:
    @pytest.mark.parametrize(
        ("text", "microsecond"),
        [
            ("2026-11-06T16:31:44Z", 0),
            ("2026-11-06T16:31:44.7Z", 700000),
            ("2026-11-06T16:31:44.72Z", 720000),
            ("2026-11-06T16:31:44.723Z", 723000),
            ("2026-11-06T16:31:44.7234567Z", 723456),
            ("2026-11-06T16:31:44.723456789Z", 723456),
            ("2026-11-06T16:31:44.723", 723000),
            ("2026-11-06T18:31:44.723+02:00", 723000),
        ],
    )
    def test_is_read_at_any_precision_and_is_utc_where_it_does_not_say(self, text: str, microsecond: int) -> None:
        found = schemas.project(wire_project(created=text)).created

        assert found == datetime(2026, 11, 6, 16, 31, 44, microsecond, tzinfo=UTC)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "yesterday",
            "2026-13-06T16:31:44Z",
            "2026-11-06T16:31:99Z",
            "0001-01-01T00:00:00",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
        ],
    )
    def test_that_is_none_is_unknown(self, text: str) -> None:
        found = schemas.project(wire_project(lastModified=text, created=text))

        assert (found.last_modified, found.created) == (None, None)


class TestAnExport:
    def test_has_a_token_that_does_not_show_and_an_estimate_in_seconds(self) -> None:
        found = schemas.project_export({"token": TOKEN, "estimatedImportTimeInMS": 5081, "regionCount": 3})

        assert found.token.reveal() == TOKEN
        assert (found.estimate, found.region_count) == (5.081, 3)
        assert TOKEN not in repr(found)

    @pytest.mark.parametrize("other", [None, "x", float("nan"), float("inf")])
    def test_may_have_nothing_but_the_token(self, other: object) -> None:
        found = schemas.project_export({"token": TOKEN, "estimatedImportTimeInMS": other, "regionCount": other})

        assert (found.estimate, found.region_count) == (0.0, 0)

    @pytest.mark.parametrize("data", [{}, {"token": None}, {"token": ""}, {"token": 7}])
    def test_without_a_token_is_malformed(self, data: object) -> None:
        with pytest.raises(MalformedError, match="'token'"):
            schemas.project_export(data)


class TestAnIteration:
    def test_is_completed_when_it_says_so_and_was_trained(self) -> None:
        found = schemas.iteration(WIRE_ITERATION)

        assert found.completed
        assert found.id == "077057b1-c28b-4d0e-a2a5-5d1b0a3c7c11"
        assert found.trained_at == datetime(2026, 11, 6, 16, 31, 29, 466666, tzinfo=UTC)
        assert not found.publish_name

    @pytest.mark.parametrize(
        "changes", [{"status": "Training"}, {"status": "Brand New"}, {"trainedAt": None}, {"trainedAt": ""}]
    )
    def test_is_not_completed_otherwise(self, changes: dict[str, Any]) -> None:
        assert not schemas.iteration({**WIRE_ITERATION, **changes}).completed

    def test_that_was_never_trained_need_not_say_when(self) -> None:
        wire = {key: value for key, value in WIRE_ITERATION.items() if key != "trainedAt"}

        assert schemas.iteration(wire).trained_at is None

    def test_needs_nothing_but_its_id(self) -> None:
        found = schemas.iteration({"id": WIRE_ITERATION["id"], "name": None})

        assert (found.name, found.status, found.trained_at, found.publish_name) == ("", "", None, "")
        assert not found.completed

    def test_tells_the_name_it_is_published_under(self) -> None:
        assert schemas.iteration({**WIRE_ITERATION, "publishName": "prod"}).publish_name == "prod"


class TestCountsTagsAndMetrics:
    def test_a_count_is_not_below_zero(self) -> None:
        with pytest.raises(MalformedError, match="below 0"):
            schemas.count(-1)

    def test_a_tag_is_read_with_its_type_and_count(self) -> None:
        found = schemas.tag({**WIRE_TAG, "type": "BrandNew"})

        assert (found.id, found.name, found.type, found.image_count) == ("t1", "cat", "BrandNew", 5)

    def test_a_tag_need_not_tell_its_number_of_images(self) -> None:
        found = schemas.tag({"id": "t1", "name": None, "imageCount": None})

        assert (found.name, found.type, found.image_count) == ("", "", None)

    @pytest.mark.parametrize("count", [True, "5", 5.5])
    def test_a_tags_count_must_be_a_whole_number(self, count: object) -> None:
        with pytest.raises(MalformedError, match="'imageCount'"):
            schemas.tag({**WIRE_TAG, "imageCount": count})

    def test_a_count_is_a_bare_number(self) -> None:
        assert schemas.count(10) == 10
        assert schemas.count(0) == 0

    @pytest.mark.parametrize("data", [True, "10", None, 1.5, [10], {"count": 10}])
    def test_a_count_is_nothing_else(self, data: object) -> None:
        with pytest.raises(MalformedError, match="expected a number"):
            schemas.count(data)

    def test_metrics_may_lack_the_average_precision(self) -> None:
        found = schemas.performance(WIRE_PERFORMANCE)

        assert (found.overall.precision, found.overall.recall, found.overall.average_precision) == (1.0, 0.5, 0.75)
        assert found.tags[0].name == "cat"
        assert found.tags[0].average_precision is None
        assert schemas.performance({**WIRE_PERFORMANCE, "averagePrecision": "x"}).overall.average_precision is None

    @pytest.mark.parametrize("tags", [None, []])
    def test_metrics_may_lack_those_of_the_tags(self, tags: object) -> None:
        assert schemas.performance({**WIRE_PERFORMANCE, "perTagPerformance": tags}).tags == ()

    @pytest.mark.parametrize("name", ["precision", "recall"])
    @pytest.mark.parametrize("value", [None, True, "0.5", float("nan"), float("inf")])
    def test_metrics_without_a_figure_are_malformed(self, name: str, value: object) -> None:
        with pytest.raises(MalformedError, match=name):
            schemas.performance({**WIRE_PERFORMANCE, name: value})

    def test_a_domain_has_a_type(self) -> None:
        assert schemas.domain_type({"id": "x", "type": "ObjectDetection"}) == "ObjectDetection"
        with pytest.raises(MalformedError):
            schemas.domain_type({"id": "x"})


class TestAPrediction:
    def test_has_a_box_for_detection_only(self) -> None:
        box = {"left": 0, "top": 0.25, "width": 0.5, "height": 1}
        rows = [{"tagName": "cat", "probability": 1, "boundingBox": box}, {"tagName": "dog", "probability": 0.25}]

        cat, dog = schemas.predictions({"predictions": rows})

        assert (cat.tag, cat.probability, cat.box) == ("cat", 1.0, (0.0, 0.25, 0.5, 1.0))
        assert (dog.tag, dog.probability, dog.box) == ("dog", 0.25, None)

    @pytest.mark.parametrize(
        "row",
        [{"tagName": "x"}, {"probability": 1, "boundingBox": {"left": 0}}, {"probability": 1, "boundingBox": [1]}],
    )
    def test_with_a_part_missing_is_malformed(self, row: object) -> None:
        with pytest.raises(MalformedError):
            schemas.predictions({"predictions": [row]})

    def test_must_be_in_a_list(self) -> None:
        with pytest.raises(MalformedError, match="'predictions' is null"):
            schemas.predictions({"predictions": None})


def test_where_the_status_alone_tells_any_body_is_accepted() -> None:
    schemas.anything(None)
    schemas.anything({"x": 1})


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_FULL = {**wire_project(), **WIRE_ITERATION, **WIRE_TAG, **WIRE_PERFORMANCE, "token": TOKEN, "predictions": [{}]}


@pytest.mark.parametrize(
    "parse",
    [
        schemas.project,
        schemas.project_export,
        schemas.iteration,
        schemas.tag,
        schemas.performance,
        schemas.predictions,
        schemas.count,
    ],
)
@settings(max_examples=60, deadline=None)
@given(changes=st.dictionaries(st.sampled_from(sorted(_FULL)), _JSON, max_size=3), whole=_JSON, swap=st.booleans())
def test_whatever_json_comes_is_read_or_called_malformed(
    parse: Callable[[object], object], changes: dict[str, Any], whole: object, *, swap: bool
) -> None:
    data = whole if swap else {**_FULL, **changes}
    try:
        parse(data)
    except (MalformedError, OverflowError):  # a number beyond a float's range: answers.py calls that unreadable
        return
