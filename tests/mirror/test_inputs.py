from __future__ import annotations

import pytest

from cvaction.commands.mirror.inputs import Inputs, read_inputs
from cvaction.failures.errors import InputError
from cvaction.github.context import RunContext

GIVEN = {
    "source-endpoint": "https://westeurope.api.cognitive.microsoft.com",
    "source-key": "a" * 32,
    "target-endpoint": "https://northeurope.api.cognitive.microsoft.com",
    "target-key": "b" * 32,
}
ARM = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a"


def read(**inputs: str) -> Inputs:
    given = {**GIVEN, **{name.replace("_", "-"): value for name, value in inputs.items()}}
    return read_inputs(lambda name: given.get(name, ""), RunContext.from_environ({}))


def problems(**inputs: str) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        read(**inputs)
    return caught.value.problems


def test_four_inputs_are_enough() -> None:
    inputs = read()
    assert (inputs.target_project_names, inputs.keep_previous, inputs.if_taken) == ("{name}", 1, "fail")
    assert (inputs.parallel, inputs.total_minutes, inputs.publishes) == (4, 330.0, False)
    assert [pattern.text for pattern in inputs.projects] == ["*"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("target_project_names", "copy"),
        ("target_project_names", "{name} and {name}"),
        ("target_project_names", "{name} [importing x"),
        ("publish", "all"),
        ("keep_previous", "-1"),
        ("if_taken", "replace"),
        ("parallel", "0"),
        ("parallel", "17"),
        ("parallel", "4.5"),
        ("total_minutes", "0"),
        ("wait_minutes", "soon"),
        ("prediction_resource_id", "a key"),
        ("projects", "!"),
    ],
)
def test_a_wrong_value_is_told_by_its_name(name: str, value: str) -> None:
    (problem,) = problems(**{name: value})
    assert problem.startswith(f"{name.replace('_', '-')}: ")


def test_publishing_needs_its_resource_and_a_copy_before() -> None:
    found = problems(publish="same", keep_previous="0")
    assert [problem.partition(":")[0] for problem in found] == ["prediction-resource-id", "keep-previous"]
    assert read(publish="same", prediction_resource_id=ARM).publishes
    assert read(keep_previous="0").keep_previous == 0


def test_a_plan_of_the_sources_side_needs_no_target() -> None:
    assert read(dry_run="true", target_endpoint="", target_key="").target is None
    assert "target-endpoint: is required, and is empty" in problems(target_endpoint="", target_key="")


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert len(problems(parallel="0", publish="all", source_key="", total_minutes="x")) == 4
