from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault

if TYPE_CHECKING:
    from tests.unit.steps.conftest import MakeWorld

COMPACT = "a27d5ca5-bb19-49d8-a70a-fec086c47f5b"  # detection
FOOD = "c151d5b5-dd07-472a-acc8-15d29dea8518"  # classification


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
