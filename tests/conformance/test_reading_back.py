"""The emulator set to each answer of each fact, one at a time: the probe gives it back, and leaves nothing."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from conformance.facts import FACTS
from conformance.probe.trials import TRIALS
from tests.support.probing import ALL, KEYLESS, ProbeWorld, world_of, wrong

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.facts.model import Answer

CASES = [(name, answer) for name in TRIALS for answer in FACTS[name].answers.samples()]


@pytest.mark.parametrize(("fact", "answer"), CASES, ids=[f"{name}={answer}" for name, answer in CASES])
def test_an_answer_is_given_back(fact: str, answer: Answer, tmp_path: Path) -> None:
    world = world_of(tmp_path, fact, answer)

    code = world.probe("--only", fact, *ALL)

    assert code == 0, world.log
    assert wrong(world.finding(fact), answer) == ""
    assert world.left() == []


def test_a_whole_probe_sees_all_that_can_be_seen_of_the_emulator(tmp_path: Path) -> None:
    """With keys: what is left is what nothing here can bring about."""
    world = ProbeWorld(tmp_path, {"throttle": True, "max_name_length": 90, "rejects_long_description": 900})

    assert world.probe(*ALL) == 0

    left = {found.id for found in world.record.findings if found.state != "seen" and not FACTS[found.id].untried}
    assert left == {"unfinished-iterations", *KEYLESS}


def test_a_project_that_changes_by_itself_tells_nothing(tmp_path: Path) -> None:
    """Whoever edits it between two readings does not make a rename look as if it changed `lastModified`."""
    world = ProbeWorld(tmp_path, {"touched_by_rename": False})
    world.probe("--only", "rename-modifies")
    reads = [i for i, logged in enumerate(world.emulator.log) if logged.operation == "GetProject"]
    world = ProbeWorld(tmp_path, {"touched_by_rename": False})

    def edit(_wire: object) -> None:
        world.emulator.edit(world.dev, list(world.dev.projects)[-1])

    world.probe("--only", "rename-modifies", wire=world.wire({reads[1]: edit}))

    assert world.finding("rename-modifies").about == {"reason": "the project changes by itself"}


RULES = list(product(("suffix", "refuse", "allow"), ("allow", "suffix", "refuse"), (False, True), (False, True)))


@pytest.mark.parametrize(("create", "rename", "case", "form"), RULES)
def test_rules_of_names_do_not_blur_each_other(
    create: str, rename: str, case: bool, form: bool, tmp_path: Path
) -> None:
    settings = {
        "taken_create_name": create,
        "taken_rename": rename,
        "names_ignore_case": case,
        "names_ignore_form": form,
    }
    world = ProbeWorld(tmp_path, settings)

    names = ("create-taken-name", "rename-taken-name", "names-case", "names-form")
    world.probe(*(part for name in names for part in ("--only", name)))

    assert wrong(world.finding("create-taken-name"), create) == ""
    assert wrong(world.finding("rename-taken-name"), rename) == ""
    for name, same in (("names-case", case), ("names-form", form)):
        if create == rename == "allow":
            assert world.finding(name).state == "not-tried"
        else:
            assert wrong(world.finding(name), "same" if same else "other") == ""


@pytest.mark.parametrize(("new", "changed", "deleted"), list(product((0.0, 7.0), repeat=3)))
def test_lags_do_not_blur_each_other(new: float, changed: float, deleted: float, tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path, {"lag_of_new": new, "lag_of_changed": changed, "lag_of_deleted": deleted})

    world.probe("--only", "lag-new", "--only", "lag-renamed", "--only", "lag-deleted")

    for name, lag in (("lag-new", new), ("lag-renamed", changed), ("lag-deleted", deleted)):
        assert wrong(world.finding(name), lag) == ""
