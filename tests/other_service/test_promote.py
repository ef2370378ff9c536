"""The promote action, the list and the rollback on a service that the emulator's authors did not write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.other_service.answers import Answer
from tests.other_service.model import Iteration
from tests.other_service.stage import Stage
from tests.other_service.ways import Ways

if TYPE_CHECKING:
    from pathlib import Path

    from runner_double.step_result import StepResult
    from tests.other_service.model import Project, Resource

NAME = "Shelf classifier"


def copied(stage: Stage, result: StepResult, status: str = "promoted") -> Project:
    """The copy that a run gave."""
    assert (result.exit_code, result.outputs["status"]) == (0, status), result.log
    return stage.two.projects[result.outputs["project-id"]]


def tags(project: Project) -> dict[str, int]:
    return {tag.name: sum(tag.id in image.tags for image in project.images.values()) for tag in project.tags.values()}


def test_a_plain_promotion_copies_all_there_is(stage: Stage) -> None:
    source = stage.service.seed(stage.one, NAME, iterations=2)
    stranger = stage.service.seed(stage.two, "A stranger's")

    copy = copied(stage, stage.promote(source))

    assert (copy.name, len(copy.images), tags(copy)) == (NAME, 8, tags(source))
    assert sorted(each.name for each in copy.iterations.values()) == ["Iteration 1", "Iteration 2"]
    assert stage.two.projects[stranger.id] is stranger
    assert stage.one.calls("DELETE") == stage.one.calls("PATCH") == 0


def test_the_copy_serves_under_the_name_that_is_asked_for(stage: Stage) -> None:
    source = stage.service.seed(stage.one, NAME)

    result = stage.promote(source, **stage.publishing())

    copy = copied(stage, result)
    assert [(each.published, each.published_to) for each in copy.iterations.values()] == [
        ("prod", stage.two.prediction_id)
    ]
    assert result.outputs["publish-name"] == "prod"
    assert f"/{copy.id}/classify/iterations/prod/image" in result.outputs["prediction-url"]


@pytest.mark.parametrize("ways", [Ways(), Ways(rename_taken="refuse"), Ways(rename_taken="allow", ignore_case=False)])
def test_replace_gives_the_name_over_whatever_a_rename_does(tmp_path: Path, ways: Ways) -> None:
    with Stage(tmp_path, ways) as stage:
        source = stage.service.seed(stage.one, NAME)
        old = stage.service.seed(stage.two, NAME)

        result = stage.promote(source, if_exists="replace")

        assert copied(stage, result).name == NAME
        assert result.outputs["previous-project-id"] == old.id
        assert stage.two.projects[old.id].name.startswith(f"{NAME} (replaced ")
        assert len(stage.two.projects) == 2


def test_sync_copies_once_where_an_export_touches_nothing(tmp_path: Path) -> None:
    with Stage(tmp_path, Ways(export_touches=False)) as stage:
        source = stage.service.seed(stage.one, NAME)
        first = copied(stage, stage.promote(source, if_exists="sync"))
        stage.next_run()

        again = stage.promote(source, if_exists="sync")

        assert copied(stage, again, "unchanged").id == first.id
        assert list(stage.two.projects) == [first.id]


def test_sync_copies_again_where_an_export_changes_the_source(stage: Stage) -> None:
    source = stage.service.seed(stage.one, NAME)
    first = copied(stage, stage.promote(source, if_exists="sync"))
    stage.next_run()

    second = stage.promote(source, if_exists="sync")

    assert copied(stage, second).id != first.id
    assert second.outputs["previous-project-id"] == first.id


def test_a_move_deletes_its_source_at_the_end(tmp_path: Path) -> None:
    with Stage(tmp_path, Ways(export_touches=False, publish_touches=False)) as stage:
        source = stage.service.seed(stage.one, NAME)
        next(iter(source.iterations.values())).published = "old"

        copied(stage, stage.promote(source, delete_source="true"))

        assert stage.one.projects == {}
        assert stage.two.names == [NAME]


def test_a_move_keeps_a_source_that_an_export_changes(stage: Stage) -> None:
    source = stage.service.seed(stage.one, NAME)

    result = stage.promote(source, delete_source="true")

    assert (result.exit_code, result.outputs["status"]) == (1, "failed"), result.log
    assert list(stage.one.projects) == [source.id]
    assert stage.two.names == [NAME]


@pytest.mark.parametrize(("kept", "names"), [("1", 2), ("0", 1)])
def test_older_copies_go_and_a_strangers_stays(stage: Stage, kept: str, names: int) -> None:
    source = stage.service.seed(stage.one, NAME)
    stranger = stage.service.seed(stage.two, f"{NAME} (replaced 20250101-000000)")
    for _ in range(2 + int(kept)):
        copy = copied(stage, stage.promote(source, if_exists="replace", keep_previous=kept))
        stage.next_run()

    assert stranger.id in stage.two.projects
    assert len(stage.two.projects) == names + 1
    assert stage.two.named(NAME).id == copy.id


def test_a_rerun_after_a_lost_answer_leaves_one_copy(stage: Stage) -> None:
    source = stage.service.seed(stage.one, NAME)
    lost: list[str] = []

    def lose(_resource: Resource, _method: str, path: str) -> Answer | None:
        if path.endswith("/import") and not lost:
            lost.append(path)
            return Answer(503, raw=b"<html>try later</html>")
        return None

    stage.service.losses.append(lose)

    copy = copied(stage, stage.promote(source))

    assert list(stage.two.projects) == [copy.id]
    stage.runner.attempt = 2
    assert copied(stage, stage.promote(source)).id == copy.id


def test_a_name_that_differs_only_in_case_is_told(stage: Stage) -> None:
    """It may be another project to people, but it is the same name to this service."""
    source = stage.service.seed(stage.one, NAME)
    other = stage.service.seed(stage.two, NAME.upper())

    result = stage.promote(source, if_exists="replace")

    assert result.outputs["status"] == "failed"
    assert NAME.upper() in result.messages("error")[0]
    assert stage.two.projects[other.id].name == NAME.upper()


def test_a_plan_changes_nothing(stage: Stage) -> None:
    source = stage.service.seed(stage.one, NAME)

    result = stage.promote(source, dry_run="true")

    assert result.outputs["status"] == "planned", result.log
    assert {method for resource in (stage.one, stage.two) for method, _, _ in resource.log} == {"GET"}
    assert stage.one.calls("GET", "/export") == 0


def test_the_list_is_a_matrix(stage: Stage) -> None:
    kept = stage.service.seed(stage.one, NAME)
    stage.service.seed(stage.one, "Shelf test")

    result = stage.run("list", {"endpoint": stage.one.origin, "key": stage.one.key, "projects": "*\n!*test"})

    assert result.outputs["status"] == "listed", result.log
    assert json.loads(result.outputs["matrix"]) == {"include": [{"project-id": kept.id, "project-name": NAME}]}


def test_a_rollback_gives_name_and_serving_back(stage: Stage) -> None:
    source = stage.service.seed(stage.one, NAME)
    first = copied(stage, stage.promote(source, if_exists="replace", **stage.publishing()))
    stage.next_run()
    newer = Iteration("Iteration 2")
    source.iterations[newer.id] = newer
    second = copied(stage, stage.promote(source, if_exists="replace", **stage.publishing()))
    stage.next_run()
    inputs = {"target-endpoint": stage.two.origin, "target-key": stage.two.key, "project-name": NAME}

    result = stage.run("rollback", inputs)

    assert result.outputs["status"] == "rolled-back", result.log
    assert (result.outputs["project-id"], result.outputs["rolled-back-project-id"]) == (first.id, second.id)
    assert stage.two.named(NAME).id == first.id
    assert stage.two.projects[second.id].name.startswith(f"{NAME} (rolled back ")
