"""Outputs name what exists, and what is told is told of the copy that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulator import Fault
from tests.support.promotions import PUBLISHING, own_ids

if TYPE_CHECKING:
    from tests.support.in_process import Result
    from tests.support.world import MakeWorld

COMPACT = "a27d5ca5-bb19-49d8-a70a-fec086c47f5b"  # detection
FOOD = "c151d5b5-dd07-472a-acc8-15d29dea8518"  # classification


def checks(result: Result) -> Any:
    return result.report["checks"]


@pytest.mark.clause("6.2")
def test_the_checks_of_a_removed_copy_are_not_told_of_its_twin(make_world: MakeWorld) -> None:
    """What was found out of a copy that is removed is told of the one that is kept, or of none."""
    world = make_world()
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    (committed,) = own_ids(world)
    world.emulator.behaviour.listing_lag = 12.0
    result, _ = world.attempt(2)
    assert result.outputs["project-id"] == committed
    assert checks(result) == []  # as after any other resumption: this attempt has proved another copy


@pytest.mark.clause("3.2")
def test_the_checks_of_one_copy_are_not_told_of_late_work(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    (committed,) = own_ids(world)
    world.attempt(run_id="901")  # another run of this work is quicker

    # The first listing of the re-run hides the committed copy, though not the other run's.
    def hide() -> None:
        hidden["project"] = world.prod.projects.pop(committed)

    def show() -> None:
        world.prod.projects[committed] = hidden["project"]

    hidden: dict[str, Any] = {}
    result, _ = world.at(0, hide).at(1, show).attempt(2)
    assert result.outputs["project-id"] == committed
    assert checks(result) == []


@pytest.mark.clause("4.2")
def test_the_counts_of_a_broken_import_are_not_told_of_the_next(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["lose-image", "never"]
    world.at(world.request("ImportProject"), "kill-after").attempt()
    broken = own_ids(world)
    world.inputs["wait-minutes"] = "1"
    result, _ = world.attempt(2)
    assert result.status == "importing"
    assert own_ids(world) == [result.outputs["project-id"]] != broken
    assert (result.outputs["image-count"], result.outputs["tag-count"], checks(result)) == ("", "", [])


@pytest.mark.clause("4.2")
def test_a_broken_import_that_was_removed_is_not_output(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["lose-image"]
    world.at(world.request("ImportProject"), "kill-after").attempt()
    world.emulator.faults.add(Fault("401", operation="ExportProject"))
    result, _ = world.attempt(2)
    assert (result.status, own_ids(world)) == ("failed", [])
    assert (result.outputs["project-id"], result.outputs["image-count"]) == ("", "")


@pytest.mark.clause("6.3")
def test_outputs_of_two_twins_are_not_mixed(make_world: MakeWorld) -> None:
    world = make_world(**PUBLISHING)
    world.emulator.behaviour.import_outcomes = ["ok"]
    world.emulator.behaviour.listing_lag = 12.0
    world.emulator.faults.add(Fault("503-after", operation="ImportProject"))
    look = world.request("GetTags", -1)  # of the source, of our copy, of its twin
    result, _ = world.at(look, "401").attempt()
    assert result.status == "failed"
    assert len(own_ids(world)) == 2
    assert result.outputs["prediction-url"]
    assert result.outputs["project-id"] in result.outputs["prediction-url"]


@pytest.mark.clause("6.2")
def test_the_counts_and_checks_are_those_of_the_kept_copy(make_world: MakeWorld) -> None:
    """Without the rule: the outputs and the report tell the counts and checks of a twin that was discarded."""
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["lose-image"]
    world.emulator.behaviour.listing_lag = 12.0
    world.emulator.faults.add(Fault("503-after", operation="ImportProject"))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert result.outputs["image-count"] == "14"
    assert all(check["equal"] for check in result.report["checks"])


def test_a_gated_sync_has_no_counts_of_a_copy(make_world: MakeWorld) -> None:
    """Without the rule: a sync that is gated tells the counts of the holder as those of the copy."""
    world = make_world(if_exists="sync")
    first, _ = world.attempt(run_id="1")
    world.emulator.add_images(world.prod, first.outputs["project-id"])
    world.inputs["min-recall"] = "1"
    result, _ = world.attempt()
    assert (result.status, result.outputs["project-id"], result.outputs["image-count"]) == ("gated", "", "")


def test_a_gated_sync_tells_nothing_of_a_copy_to_be_replaced(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync", min_recall="0.1")
    first, _ = world.attempt(run_id="1")
    world.emulator.add_images(world.prod, first.outputs["project-id"])
    world.inputs["min-recall"] = "1"
    second, _ = world.attempt(run_id="2")
    assert second.status == "gated"
    assert [second.outputs[name] for name in ("project-id", "image-count", "tag-count")] == ["", "", ""]
    assert second.report["checks"] == []


@pytest.mark.clause("1.1", "1.4")
def test_the_project_of_an_earlier_attempt_is_output_at_once(make_world: MakeWorld) -> None:
    """Also when this attempt fails at its first request of the source."""
    world = make_world(wait_minutes="0.01")
    first, _ = world.attempt()
    world.inputs["source-key"] = "0" * 32
    second, _ = world.attempt(2)
    assert (second.status, second.outputs["project-id"]) == ("failed", first.outputs["project-id"])
    assert second.outputs["project-id"]


@pytest.mark.clause("4.2")
def test_an_import_that_was_removed_is_no_longer_output(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    world.attempt()
    world.emulator.train(world.dev, world.source)
    world.emulator.faults.add(Fault("401", operation="ExportProject", times=0))
    second, _ = world.attempt(2)
    assert (second.status, second.outputs["project-id"]) == ("failed", "")


def test_a_copy_that_is_published_already_has_its_prediction_url(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync", publish_name="live", prediction_resource_id="{prediction}")
    first, _ = world.attempt(run_id="1")
    del world.inputs["publish-name"], world.inputs["prediction-resource-id"]
    second, _ = world.attempt(run_id="2")
    assert (second.status, second.outputs["publish-name"]) == ("unchanged", "live")
    assert second.outputs["prediction-url"] == first.outputs["prediction-url"] != ""


@pytest.mark.parametrize(
    ("domain", "kind", "told", "url"),
    [
        (FOOD, "classification", True, "/classify/"),
        (COMPACT, "detection", True, "/detect/"),
        (FOOD, "classification", False, "/classify/"),
        (COMPACT, "detection", False, "/detect/"),
    ],
)
def test_the_domain_decides_the_prediction_url(
    make_world: MakeWorld, domain: str, kind: str, told: bool, url: str
) -> None:
    world = make_world(publish_name="live", prediction_resource_id="{prediction}")
    project = world.emulator.add_project(
        world.dev, "Special", kind="detection" if kind == "detection" else "classification", domain_id=domain
    )
    world.inputs["source-project-id"] = project.id
    if not told:
        world.emulator.faults.add(Fault("code:NotFoundDomain", operation="GetDomain", times=0))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert (url in result.outputs["prediction-url"]) if url else (result.outputs["prediction-url"] == "")


def test_without_any_hint_the_url_would_be_a_guess(make_world: MakeWorld) -> None:
    world = make_world(publish_name="live", prediction_resource_id="{prediction}")
    project = world.emulator.add_project(world.dev, "Special", kind="detection", domain_id=COMPACT, tags={})
    world.inputs["source-project-id"] = project.id
    world.emulator.faults.add(Fault("code:NotFoundDomain", operation="GetDomain", times=0))
    result, _ = world.attempt()
    assert (result.status, result.outputs["prediction-url"]) == ("promoted", "")


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        (
            "https://shelf-prediction.cognitiveservices.azure.com/",
            "https://shelf-prediction.cognitiveservices.azure.com/",
        ),
        ("", "http://127.0.0.1:8002/"),
    ],
)
def test_the_url_is_on_the_prediction_endpoint_or_a_shared_one(make_world: MakeWorld, endpoint: str, url: str) -> None:
    world = make_world(prediction_endpoint=endpoint, **PUBLISHING)
    result, _ = world.attempt()
    assert result.outputs["prediction-url"].startswith(f"{url}customvision/v3.1/prediction/")


@pytest.mark.parametrize("tags", [{"Apple": 3}, {}])
def test_the_url_is_the_same_in_every_way_a_run_can_end(make_world: MakeWorld, tags: dict[str, int]) -> None:
    world = make_world(if_exists="sync", **PUBLISHING)
    project = world.emulator.add_project(world.dev, "Boxes", kind="detection", domain_id=COMPACT, tags=tags)
    world.inputs["source-project-id"] = project.id
    world.emulator.faults.add(Fault("code:NotFoundDomain", operation="GetDomain", times=0))
    whole = world.copy()
    url = whole.attempt()[0].outputs["prediction-url"]
    assert ("/detect/" in url) is bool(tags)
    assert whole.attempt(run_id="2")[0].outputs["prediction-url"] == url
    assert whole.attempt(2)[0].outputs["prediction-url"] == url
    for kill in world.requests("UpdateProject"):
        case = world.copy()
        case.at(kill, "kill-after").attempt()
        result, _ = case.attempt(2)
        copy = result.outputs["project-id"]
        assert result.outputs["prediction-url"].partition(copy)[2] == url.partition("prediction/")[2][36:]
