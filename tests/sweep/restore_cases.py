"""The cases of a restore's rules: each raises an AssertionError where something does not hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cvaction.rules.mark import mark_of
from tests.support.archives import Sample, back_up, picture
from tests.support.restoring import Target
from tests.support.world import as_seen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

UPLOAD = "CreateImagesFromFiles"


def sample() -> Sample:
    """Boxes, more tags than a request takes, metadata, an untagged image."""
    made = Sample("detection", name="Shelf")
    tags = [made.tag(f"tag {number:02}") for number in range(22)]
    for number in range(6):
        boxes = [(tags[0], 0.1, 0.1, 0.2, 0.2), (tags[1], 0.3, 0.25, 0.5, 0.5)]
        made.image([*tags[2:]] if number == 0 else (), boxes, metadata={"shelf": str(number % 2)})
    made.image([], [(tag, 0.5, 0.5, 0.1, 0.1) for tag in tags])
    made.image()
    return made


def labelled(number: int = 5) -> Sample:
    """Two tags, so that it can be trained."""
    made = Sample(name="Shelf")
    for name in ("Tea", "Coffee"):
        tag = made.tag(name)
        for _ in range(number):
            made.image([tag])
    return made


@dataclass(frozen=True)
class Disturbed:
    """A restore that is disturbed at a request, and its re-runs: one whole project, and nothing else."""

    at: tuple[str, int]
    kind: str
    sample: Callable[[], Sample] = sample
    inputs: tuple[tuple[str, str], ...] = ()
    lag: float = 0.0
    behaviour: tuple[tuple[str, Any], ...] = ()
    attempts: int = 2

    def __call__(self, folder: Path) -> None:
        target = Target.of(folder, self.sample(), **dict(self.behaviour))
        given: dict[str, Any] = dict(self.inputs)
        if "publish_name" in given:
            given["prediction_resource_id"] = target.resource.prediction_resource_id
        calm = target.copy()
        result, _ = calm.run(**given)
        asked = [number for number, entry in enumerate(calm.emulator.log) if entry.operation == self.at[0]]
        assert asked, result.log
        result, _ = target.run({asked[self.at[1]]: self.kind}, **given)
        target.emulator.behaviour.listing_lag = self.lag
        for number in range(2, self.attempts + 1):
            if result.status != "restored":
                result, _ = target.run(number=number, **given)
        assert result.status == "restored", result.log
        project = target.restored()
        assert project.name == "Shelf"
        assert target.content(project) == target.wanted()
        assert set(target.strangers) <= set(target.resource.projects)
        assert mark_of(as_seen(project)) is None, "a promotion would take it for a copy"
        operations = [entry.operation for entry in target.emulator.log if entry.status == 200]
        assert operations.count("CreateProject") == (2 if self.lag else 1)
        assert operations.count("TrainProject") == ("train" in given)


def a_tampered_backup(folder: Path) -> None:
    target = Target.of(folder, sample())
    data = (target.workspace / target.path / "tags.json").read_bytes()
    target.tamper("tags.json", data.replace(b"tag 03", b"tag 99"))
    result, wire = target.run()
    assert (result.status, wire.count, target.made()) == ("failed", 0, [])


def another_state_of_the_backup(folder: Path) -> None:
    """One image less: what an earlier attempt has uploaded has one too many."""
    target = Target.of(folder, sample())
    calm = target.copy()
    calm.run()
    target.run({[entry.operation for entry in calm.emulator.log].index(UPLOAD): "kill-after"})
    target.sample.images.pop(0)
    back_up(folder, target.sample)
    result, _ = target.run(number=2)
    assert result.status == "restored", result.log
    assert target.content(target.restored()) == target.wanted()


def a_domain_that_is_not_offered(folder: Path) -> None:
    made = labelled()
    made.settings = {"domainId": "00000000-0000-4000-8000-000000000000"}
    target = Target.of(folder, made)
    result, _ = target.run()
    assert (result.status, target.made()) == ("failed", [])
    assert "General" in result.log


def pictures_that_are_there_twice(folder: Path) -> None:
    made = labelled()
    same = picture(seed=77)
    made.image([made.tags[0]["id"]], data=same)
    made.image([made.tags[1]["id"]], data=same)
    target = Target.of(folder, made)
    result, _ = target.run()
    told = result.log.index("The backup holds pictures twice") if "holds pictures twice" in result.log else 10**9
    assert told < result.log.index("Made '"), result.log


@dataclass(frozen=True)
class Refused:
    """Images that the service refuses: one for good, all in a 200, or some for now."""

    outcomes: tuple[str, ...]
    ends: str
    failed_batch: str = "207"

    def __call__(self, folder: Path) -> None:
        target = Target.of(folder, labelled(), image_outcomes=list(self.outcomes), failed_batch=self.failed_batch)
        result, _ = target.run()
        assert result.status == self.ends, result.log
        if self.ends == "restored":
            assert target.content(target.restored()) == target.wanted()


def refused_images_that_are_skipped(folder: Path) -> None:
    """Two of ten: they are left out and named, and all others are there. The second ends a restore that skips none."""
    refusals = ["OK", "ErrorImageFormat", "OK", "ErrorLimitExceed"]
    target = Target.of(folder, labelled(), image_outcomes=refusals)
    result, _ = target.run(skip_refused="true")
    assert (result.status, result.outputs["image-count"]) == ("restored", "8"), result.log
    left_out = {row["id"]: row["status"] for row in result.report["refused"]}
    assert sorted(left_out.values()) == ["ErrorImageFormat", "ErrorLimitExceed"]
    target.sample.images = [image for image in target.sample.images if image["id"] not in left_out]
    assert target.content(target.restored()) == target.wanted()
    assert "Images were refused and left out" in result.log


def doubled_boxes(folder: Path) -> None:
    """A service that makes a box twice where a request was sent twice."""
    import uuid  # noqa: PLC0415

    from emulator.state.albums import album_of  # noqa: PLC0415

    target = Target.of(folder, sample())
    calm = target.copy()
    calm.run()
    at = [entry.operation for entry in calm.emulator.log].index("GetImages")

    def double(_wire: Any) -> None:
        (project,) = target.made()
        for image in target.emulator.images(target.resource, project.id):
            if image.regions:
                again = replace(image.regions[0], id=str(uuid.uuid4()))
                album_of(target.emulator, project).put(replace(image, regions=(*image.regions, again)))

    result, _ = target.run({at: double})
    assert result.status == "restored", result.log
    assert target.content(target.restored()) == target.wanted()


def leftovers_of_earlier_runs(folder: Path) -> None:
    """An old one goes, and a young one stays."""
    target = Target.of(folder, labelled())
    target.run({4: "kill-after"}, run_id="800")
    (old,) = target.made()
    target.clock.advance(25 * 3600)
    target.run({4: "kill-after"}, run_id="850")
    (young,) = [project for project in target.made() if project.id != old.id]
    target.run()
    assert old.id not in target.resource.projects
    assert young.id in target.resource.projects
