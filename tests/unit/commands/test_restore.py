"""Whole runs of the restore action in this process."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.rules.mark import mark_of
from cvaction.rules.restored_mark import restored_mark_of
from emulator import Fault
from runner_double.double import REPOSITORY
from tests.support.archives import Sample, classified
from tests.support.restoring import Target
from tests.support.world import as_seen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

from tests.support.restore_runs import boxed, many_tags, run

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")


SAMPLES: dict[str, Callable[[], Sample]] = {
    "multiclass": classified,
    "multilabel": lambda: classified("multilabel"),
    "detection": boxed,
    "many": many_tags,
}

each_sample = pytest.mark.parametrize("sample", [make() for make in SAMPLES.values()], ids=list(SAMPLES))


@each_sample
@pytest.mark.parametrize("lag", [0.0, 6.0])
def test_a_backup_becomes_a_project_again(tmp_path: Path, sample: Sample, lag: float) -> None:
    target = Target.of(tmp_path, sample, listing_lag=lag)
    result = run(target)
    project = target.restored()

    assert result.status == "restored", result.log
    assert project.name == sample.name == result.outputs["project-name"]
    assert target.content(project) == target.wanted()
    assert {(tag.name, tag.type, tag.description or None) for tag in project.content.tags} == {
        (tag["name"], tag["type"], tag["description"]) for tag in sample.tags
    }
    assert project.kind == ("detection" if sample.kind == "detection" else "classification")
    assert (result.outputs["image-count"], result.outputs["tag-count"]) == (
        str(len(sample.images)),
        str(len(sample.tags)),
    )
    assert mark_of(as_seen(project)) is None, "nothing takes it for a promoted copy"


@each_sample
@pytest.mark.parametrize(
    "behaviour",
    [
        {"rewrites_uploads": True},
        {"duplicates_merge": False},
        {"failed_batch": "200"},
        {"duplicates_succeed": True},
        {"metadata_merges": False},
        {"batch_bytes": 20_000},
        {"throttle": True},
    ],
    ids=lambda behaviour: next(iter(behaviour)),
)
def test_whatever_the_service_does_with_uploads(tmp_path: Path, sample: Sample, behaviour: dict[str, Any]) -> None:
    target = Target.of(tmp_path, sample, **behaviour)
    first, _ = target.run({9: "kill-after"})
    assert first.exit_code is None
    result = run(target, number=2)
    assert result.status == "restored", result.log
    there, wanted = target.content(target.restored()), target.wanted()
    if behaviour.get("rewrites_uploads"):
        there, wanted = (Counter(row[1:] for row in rows.elements()) for rows in (there, wanted))
    assert there == wanted


def test_settings_come_back(tmp_path: Path) -> None:
    sample = classified(
        settings={
            "domainId": "0732100f-1a38-4e49-a514-c9b44c697ab5",
            "classificationType": "Multilabel",
            "targetExportPlatforms": ["ONNX", "TensorFlow"],
            "imageProcessingSettings": {"augmentationMethods": {"rotation": True, "scaling": False}},
            "useNegativeSet": True,
            "detectionParameters": None,
        }
    )
    target = Target.of(tmp_path, sample)
    result = run(target)
    settings = target.restored().settings
    assert settings.domain_id == "0732100f-1a38-4e49-a514-c9b44c697ab5"
    assert settings.classification_type == "Multilabel"
    assert settings.target_export_platforms == ("ONNX", "TensorFlow")
    assert dict(settings.augmentations or ()) == {"rotation": True, "scaling": False}
    assert target.restored().description.startswith("Which product is on the shelf.\ncvaction copy=")
    assert any("useNegativeSet" in line for line in result.report["not_restored"])


def test_a_restored_project_may_be_restored_beside_itself(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    run(target, run_id="1")
    again = run(target, run_id="2")
    assert again.outputs["project-name"] == "Shelf classifier (1)"
    assert len(target.made()) == 2


def test_a_run_that_is_over_changes_nothing_more(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    first = run(target)
    before = target.restored().entry
    again = run(target, number=2)
    assert {key: again.outputs[key] for key in again.outputs if key != "report"} == {
        key: first.outputs[key] for key in first.outputs if key != "report"
    }
    assert target.restored().entry == before


def test_another_name_may_be_given(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    assert run(target, project_name="Other").outputs["project-name"] == "Other (1)"


def test_every_key_stays_hidden_and_every_error_has_a_fix(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    target.emulator.faults.add(Fault("403-firewall", times=0))
    result = run(target)
    assert result.status == "failed"
    assert "What to do: " in result.log
    assert target.resource.training_key not in result.log.replace("::add-mask::" + target.resource.training_key, "")


def test_a_long_restore_says_how_far_it_is(tmp_path: Path) -> None:
    sample = Sample()
    tea = sample.tag("Tea")
    for number in range(200):
        sample.image([tea], metadata={"number": str(number)})
    target = Target.of(tmp_path, sample)
    slow = {number: lambda wire: wire.clock.advance(9.0) for number in range(3, 230)}
    result, _ = target.run(slow)
    assert result.status == "restored", result.log
    assert "of 200 images sent, " in result.log
    assert "Metadata of " in result.log


def test_a_mark_names_its_own_project_only(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    run(target)
    project = target.restored()
    seen = as_seen(project)
    mark = restored_mark_of(seen)
    assert mark
    assert f"restored={target.sample.id} manifest=" in seen.description
    assert "source=" not in seen.description
    assert restored_mark_of(as_seen(next(p for p in target.resource.projects.values() if p is not project))) is None


def test_the_description_has_one_more_line_and_the_pages_say_so(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    run(target)
    project = json.loads((tmp_path / target.path / "project.json").read_bytes())
    before = project["description"].splitlines()
    lines = target.restored().description.splitlines()
    assert lines[:-1] == before
    assert lines[-1].startswith("cvaction copy=")
    for page in ("restore.md", "backup.md"):
        assert "description has one more line, the mark" in (REPOSITORY / "docs" / page).read_text(encoding="utf-8"), (
            page
        )
