"""A failure names only inputs that its action has: what to do must be something that the user can do."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from conformance.probe.settings import DEFAULTS as PROBE
from conformance.probe.settings import read_settings, variable
from cvaction.commands import COMMANDS
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.failures.errors import Failure, InputError, RunCancelledError
from cvaction.failures.explanations import EXPLANATIONS, catalogue, explain
from tests.contract.test_house_imports import imports, modules

if TYPE_CHECKING:
    from cvaction.failures.wording import Texts

ACTIONS = {name: load() for name, load in COMMANDS.items()}
INPUTS = {name: frozenset(action.defaults) for name, action in ACTIONS.items()}
EVERY = frozenset[str]().union(*INPUTS.values())
SIDES = {"promote": ("source", "target"), "mirror": ("source", "target"), "rollback": ("target",)}
# Inputs of another action that a text means: the cause is what that action did. And failures that only another action's
# policy for names can raise, although the modules are the same.
MEANT = {
    ("rollback", "NothingToGoBackToError"): {"keep-previous"},
    ("restore", "BackupDamagedError"): {"images"},
    ("promote", "TakenByStrangerError"): {"if-taken", "target-project-names"},
    ("rollback", "TakenByStrangerError"): {"if-taken", "target-project-names"},
    ("promote", "NearlyTakenError"): {"projects"},
    ("mirror", "NameTakenError"): {"if-exists"},
}


def named(text: str) -> set[str]:
    """The inputs that a text names: as code, or without that if the name is no plain word."""
    return {
        name for name in EVERY if re.search(rf"`{name}[`:]" if "-" not in name else rf"(?<![\w-]){name}(?![\w-])", text)
    }


def lacking(action: str, texts: Texts) -> set[str]:
    """The inputs that the texts name and the action does not have."""
    shown = texts.within(INPUTS[action])
    return named(f"{shown.title} {shown.cause} {shown.fix}") - INPUTS[action]


@cache
def of_action(action: str) -> frozenset[str]:
    """The modules that a run of an action can load."""
    package = f"cvaction.commands.{'list_projects' if action == 'list' else action}"
    found: set[str] = set()
    pending = ["cvaction.wiring", *(name for name in modules() if name.startswith(package))]
    while pending:
        name = pending.pop()
        if name not in found and name != "cvaction.commands" and not name.startswith("cvaction.failures"):
            found.add(name)
            pending += imports(name)
    return frozenset(found)


@cache
def raised(action: str) -> tuple[type[Failure], ...]:
    """The failures that the modules of an action name."""
    source = "\n".join(modules()[name].read_text(encoding="utf-8") for name in of_action(action))
    kinds = [kind for kind in catalogue() if re.search(rf"\b{kind.__name__}\b", source)]
    # A base that only lends its cause
    return tuple(kind for kind in kinds if kind is not RunCancelledError or ACTIONS[action].cancelled is None)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_failure_of_an_action_names_its_own_inputs(action: str) -> None:
    assert InputError in raised(action)
    found = {kind.__name__: names for kind in raised(action) if (names := lacking(action, kind.texts))}
    assert found == {name: names for (where, name), names in MEANT.items() if where == action}


@pytest.mark.parametrize("action", ACTIONS)
def test_an_answer_of_the_service_names_its_own_inputs(action: str) -> None:
    found = {
        (key, side): names
        for key, texts in EXPLANATIONS.items()
        for side in SIDES.get(action, ("",))
        if (names := lacking(action, texts.of(side)))
    }
    assert found == {}


@pytest.mark.parametrize(
    "texts", [*EXPLANATIONS.values(), *(kind.texts for kind in catalogue())], ids=lambda one: one.title
)
def test_what_a_text_needs_is_what_it_names(texts: Texts) -> None:
    assert bool(texts.needs) is bool(texts.otherwise)
    assert set(texts.needs) <= named(texts.fix)
    assert set(texts.needs) & named(texts.otherwise) == set()


def test_a_failure_is_fitted_to_its_action() -> None:
    error = CustomVisionError(Kind.REFUSED, "No.", status=400, code="BadRequestProjectName", host="h")
    of_mirror, of_promotion = explain(error, "target"), explain(error, "target")
    of_mirror.fit(INPUTS["mirror"])
    of_promotion.fit(INPUTS["promote"])
    assert "target-project-name" not in of_mirror.text()
    assert "target-project-name" in of_promotion.text()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"PROBE_SOURCE_ENDPOINT": "https://gateway.example"}, "list it in PROBE_TRUSTED_ENDPOINTS"),
        ({"PROBE_SOURCE_ENDPOINT": "http://gateway.example"}, "in PROBE_TRUSTED_ENDPOINTS"),
        ({"PROBE_CLIENT_ID": "0" * 8}, "is required together with PROBE_CLIENT_ID"),
    ],
)
def test_the_probe_names_its_own_variables(given: dict[str, str], problem: str) -> None:
    with pytest.raises(InputError) as raised_:
        read_settings([], given)
    text = "\n".join(raised_.value.problems)
    assert problem in text
    names: Any = [name for name in PROBE if "-" in name and re.search(rf"(?<![\w-]){name}(?![\w-])", text)]
    assert names == []
    assert all(line.startswith(("ACTIONS_", *map(variable, PROBE))) for line in raised_.value.problems)
