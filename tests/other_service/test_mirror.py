"""The mirror action between two resources of the other service."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.other_service.model import Iteration
from tests.other_service.stage import Stage
from tests.other_service.ways import Ways

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runner_double.step_result import StepResult
    from tests.other_service.model import Project

COUNTS = ("copied", "up-to-date", "importing", "failed", "not-started")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A service on which an export and a publishing change nothing: what is in step stays in step."""
    with Stage(tmp_path, Ways(export_touches=False, publish_touches=False)) as stage:
        yield stage


def mirrored(stage: Stage, **inputs: str) -> StepResult:
    """A mirror from one to two; its numbers add up, whatever its end."""
    result = stage.run("mirror", stage.pair(**inputs))
    assert int(result.outputs["selected"]) == sum(int(result.outputs[name]) for name in COUNTS)
    assert result.lost_between_jobs == []
    return result


def rows(result: StepResult) -> dict[str, str]:
    return {row["source-project-name"]: row["status"] for row in json.loads(result.outputs["projects"])}


def served(project: Project) -> dict[str, str | None]:
    return {each.name: each.published for each in project.iterations.values()}


def publishing(stage: Stage) -> dict[str, Any]:
    return {"publish": "same", "prediction_resource_id": stage.two.prediction_id}


def test_one_that_fails_stops_nobody_and_a_rerun_brings_it(stage: Stage) -> None:
    for name in ("Apple", "Banana", "Cherry", "Date"):
        stage.service.seed(stage.one, name, images=6)
    stranger = stage.service.seed(stage.two, "A stranger's", images=3)
    stage.one.ways.failing_imports.add("Cherry")

    result = mirrored(stage)

    assert (result.outputs["status"], result.exit_code) == ("incomplete", 1), result.log
    assert rows(result) == {"Apple": "copied", "Banana": "copied", "Cherry": "failed", "Date": "copied"}
    assert len(result.messages("error")) == 2
    done = set(stage.two.projects)
    stage.one.ways.failing_imports.clear()
    stage.runner.attempt = 2
    assert mirrored(stage).outputs["status"] == "mirrored"
    assert stage.two.names == ["A stranger's", "Apple", "Banana", "Cherry", "Date"]
    assert done < set(stage.two.projects)
    assert stage.two.projects[stranger.id] is stranger
    stage.next_run()
    again = mirrored(stage)
    assert (again.outputs["status"], again.outputs["up-to-date"]) == ("unchanged", "4"), again.log


def test_a_copy_serves_as_its_source_does(stage: Stage) -> None:
    source = stage.service.seed(stage.one, "Apple", iterations=3)
    first, second, third = source.iterations.values()
    first.published, second.published = "prod", "stage"
    assert mirrored(stage, **publishing(stage)).outputs["status"] == "mirrored"
    copy = stage.two.named("Apple")
    assert served(copy) == {"Iteration 1": "prod", "Iteration 2": "stage", "Iteration 3": None}
    first.published, second.published, third.published = None, "prod", "stage"
    stage.next_run()

    result = mirrored(stage, **publishing(stage))

    assert rows(result) == {"Apple": "copied"}, result.log
    assert list(stage.two.projects) == [copy.id]
    assert served(copy) == {"Iteration 1": None, "Iteration 2": "prod", "Iteration 3": "stage"}
    assert {each.published_to for each in copy.iterations.values()} == {None, stage.two.prediction_id}


def test_a_copy_of_the_promote_action_goes_on_serving(stage: Stage) -> None:
    """Under a name that the source never had: whoever uses it is not cut off."""
    source = stage.service.seed(stage.one, "Apple")
    promoted = stage.promote(source, if_exists="sync", **stage.publishing())
    old = stage.two.projects[promoted.outputs["project-id"]]
    stage.next_run()

    result = mirrored(stage, **publishing(stage))

    assert rows(result) == {"Apple": "copied"}, result.log
    assert served(old) == {"Iteration 1": "prod"}
    assert served(stage.two.named("Apple")) == {"Iteration 1": None}


@pytest.mark.parametrize(("policy", "status"), [("fail", "incomplete"), ("rename", "mirrored")])
def test_a_strangers_name_is_taken_only_if_that_is_asked_for(stage: Stage, policy: str, status: str) -> None:
    for name in ("Apple", "Banana"):
        stage.service.seed(stage.one, name, images=5)
    stranger = stage.service.seed(stage.two, "Apple", images=3)

    result = mirrored(stage, if_taken=policy)

    assert result.outputs["status"] == status, result.log
    assert (stranger.name == "Apple") == (policy == "fail")
    assert (len(stranger.images), stage.two.projects[stranger.id]) == (3, stranger)


def test_two_mirrors_do_not_grow_each_other(stage: Stage) -> None:
    stage.service.seed(stage.one, "Apple", images=5)
    stage.service.seed(stage.two, "Banana", images=5)
    back = {
        "source_endpoint": stage.two.origin,
        "source_key": stage.two.key,
        "target_endpoint": stage.one.origin,
        "target_key": stage.one.key,
    }
    for status in ("mirrored", "unchanged"):
        assert mirrored(stage).outputs["status"] == status
        assert mirrored(stage, **back).outputs["status"] == status
        stage.next_run()

    assert stage.one.names == stage.two.names == ["Apple", "Banana"]


def test_what_others_made_is_not_counted_among_earlier_copies(tmp_path: Path) -> None:
    """Each export changes the source here, so each run makes a new copy."""
    with Stage(tmp_path, Ways()) as stage:
        source = stage.service.seed(stage.one, "Apple", images=5)
        made = stage.promote(source, if_exists="sync").outputs["project-id"]
        for _ in range(3):
            stage.next_run()
            assert mirrored(stage).outputs["status"] == "mirrored"

        assert made in stage.two.projects
        assert len(stage.two.projects) == 3


def test_an_orphan_is_told_of_and_stays(stage: Stage) -> None:
    for name in ("Apple", "Banana"):
        gone = stage.service.seed(stage.one, name, images=5)
    mirrored(stage)
    del stage.one.projects[gone.id]
    stage.next_run()

    result = mirrored(stage)

    (orphan,) = json.loads(result.outputs["orphans"])
    assert orphan == {
        "project-id": stage.two.named("Banana").id,
        "project-name": "Banana",
        "source-project-id": gone.id,
    }
    assert (result.outputs["status"], result.exit_code) == ("unchanged", 0)


def test_what_is_not_ready_is_told_as_such(stage: Stage) -> None:
    stage.service.seed(stage.one, "Apple", images=5)
    training = stage.service.seed(stage.one, "Banana", images=5)
    stage.service.seed(stage.one, "Cherry", images=5).status = "Failed"
    under_way = Iteration("Iteration 2", "Training", trained=None, done=1e18)
    training.iterations[under_way.id] = under_way

    result = mirrored(stage)

    assert (result.outputs["status"], result.exit_code) == ("importing", 75), result.log
    assert rows(result) == {"Apple": "copied", "Banana": "not-started"}
    assert "Cherry" in result.messages("warning")[0]
    stage.next_run()
    named = mirrored(stage, projects="*\nCherry")
    assert rows(named) == {"Apple": "up-to-date", "Banana": "not-started", "Cherry": "failed"}


def test_the_time_ends_and_the_imports_stay(stage: Stage) -> None:
    for name in ("Apple", "Banana", "Cherry"):
        stage.service.seed(stage.one, name, images=5)
    stage.one.ways.import_seconds = 3600

    result = mirrored(stage, total_minutes="0.08", parallel="2")

    assert (result.outputs["status"], result.exit_code) == ("importing", 75), result.log
    assert sorted(rows(result).values()) == ["importing", "importing", "not-started"]
    assert [project.status for project in stage.two.projects.values()] == ["Importing"] * 2


def test_ten_calls_a_second_are_never_passed(stage: Stage) -> None:
    """With the product's own pace, against a service that counts."""
    stage.runner.entrypoint = stage.paced
    stage.one.ways.per_second = 10
    for number in range(4):
        stage.service.seed(stage.one, f"Project {number}", images=5)

    assert mirrored(stage, parallel="4").outputs["copied"] == "4"
    assert not [call for resource in (stage.one, stage.two) for call in resource.log if call[2] == 429]


def test_a_plan_makes_one_listing_of_each_side(stage: Stage) -> None:
    for name in ("Apple", "Banana"):
        stage.service.seed(stage.one, name, images=5)
    stage.service.seed(stage.two, "Apple", images=2)

    result = mirrored(stage, dry_run="true")

    assert (result.outputs["status"], result.outputs["not-started"]) == ("planned", "2")
    states = {leg["project-name"]: leg["state"] for leg in json.loads(result.outputs["matrix"])["include"]}
    assert states == {"Apple": "blocked", "Banana": "new"}
    assert [len(stage.one.log), len(stage.two.log)] == [1, 1]
