"""What a record's fields declare is what is read, in the contract's order; and all that is wrong is told at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from cvaction.failures.errors import InputError
from cvaction.inputs.fields import (
    defaults_of,
    exactly_one,
    flag,
    given,
    optional,
    read,
    required,
    resource,
    secrets_of,
    together,
    trusted,
)
from cvaction.inputs.parsers import Situated, choice, choices, fraction, integer, text
from tests.support.samples import KEY, context

if TYPE_CHECKING:
    from cvaction.inputs.reader import Reader
    from cvaction.inputs.sides import Side


def _both(value: str, reader: Reader) -> str:
    return f"{value} in {reader.context.workspace}, trusting {len(reader.trusted)}"


@dataclass(frozen=True, kw_only=True)
class Inputs:
    target: Side | None = resource("target", unless="dry-run")
    source: Side = resource("source")
    project_name: str = required(text)
    formats: tuple[str, ...] = given(choices("coco", "yolo", nothing="none"), "coco")
    parallel: int = given(integer(1, 16), "4")
    min_recall: float | None = optional(fraction)
    publish: str = optional(text, "")
    resource_id: str = optional(text, "")
    where: str = given(Situated(_both), "here")
    mode: str = given(choice("a", "b"), "a")
    dry_run: bool = flag()
    trusted_endpoints: frozenset[str] = trusted()
    found_later: str = "not an input"


NAMES = [
    *("target-endpoint", "target-key", "source-endpoint", "source-key", "client-id", "tenant-id"),
    *("target-client-id", "target-tenant-id", "source-client-id", "source-tenant-id", "audience"),
    *("project-name", "formats", "parallel", "min-recall", "publish", "resource-id", "where", "mode"),
    *("dry-run", "trusted-endpoints"),
]
GOOD = {
    "source-endpoint": "https://dev.cognitiveservices.azure.com",
    "source-key": KEY,
    "target-endpoint": "https://prod.cognitiveservices.azure.com",
    "target-key": KEY,
    "project-name": "Shelf",
}


def found(given_: dict[str, str]) -> Inputs:
    rules = (together("publish", "resource-id"), exactly_one("project-name", "min-recall"))
    return read(Inputs, lambda name: given_.get(name, ""), context(GITHUB_WORKSPACE="/w"), *rules)


def problems(given_: dict[str, str]) -> list[str]:
    with pytest.raises(InputError) as caught:
        found(given_)
    return list(caught.value.problems)


def test_a_record_tells_its_inputs_in_the_contracts_order() -> None:
    told = defaults_of(Inputs)
    assert list(told) == NAMES
    assert {name: default for name, default in told.items() if default} == {
        "audience": "api://AzureADTokenExchange",
        "formats": "coco",
        "parallel": "4",
        "where": "here",
        "mode": "a",
        "dry-run": "false",
    }
    assert secrets_of(Inputs) == ("target-key", "source-key")


def test_what_is_left_out_has_its_default() -> None:
    inputs = found(GOOD)
    assert (inputs.formats, inputs.parallel, inputs.min_recall) == (("coco",), 4, None)
    assert (inputs.mode, inputs.dry_run, inputs.trusted_endpoints) == ("a", False, frozenset())
    assert inputs.where == "here in /w, trusting 0"
    assert inputs.found_later == "not an input"


def test_what_is_given_is_read() -> None:
    more = {"formats": "none", "parallel": "16", "mode": "b", "dry-run": "TRUE", "publish": "p", "resource-id": "r"}
    inputs = found({**GOOD, **more, "where": "there", "trusted-endpoints": "https://gw.example"})
    assert (inputs.project_name, inputs.formats, inputs.parallel, inputs.mode) == ("Shelf", (), 16, "b")
    assert (inputs.dry_run, inputs.publish, inputs.resource_id) == (True, "p", "r")
    assert inputs.where == "there in /w, trusting 1"


def test_a_record_can_be_made_by_hand_with_the_same_defaults() -> None:
    read_one = found(GOOD)
    made = Inputs(
        source=read_one.source, target=read_one.target, project_name="Shelf", where=read_one.where
    )  # as rollback makes a promotion's
    assert made == read_one


def test_a_side_may_be_left_out_where_its_switch_is_on() -> None:
    without = {name: value for name, value in GOOD.items() if not name.startswith("target")}
    assert found({**without, "dry-run": "true"}).target is None
    endpoint, key = problems(without)
    assert endpoint == "target-endpoint: is required, and is empty"
    assert key.startswith("target-key: is required, and is empty; ")


def test_all_that_is_wrong_is_told_once_in_the_contracts_order() -> None:
    bad = {
        "dry-run": "maybe",
        "mode": "c",
        "parallel": "17",
        "publish": "p",
        "formats": "png",
        "trusted-endpoints": "*",
    }
    assert [problem.partition(":")[0] for problem in problems({**GOOD, **bad, "project-name": ""})] == [
        *("trusted-endpoints", "dry-run", "project-name", "formats", "parallel", "mode"),
        *("resource-id", "project-name, min-recall"),
    ]


def test_a_default_that_its_parser_refuses_is_a_mistake_at_once() -> None:
    with pytest.raises(ValueError, match="from 1 to 16"):
        given(integer(1, 16), "17")
