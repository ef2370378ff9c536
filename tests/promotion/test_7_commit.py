"""Step 7: the mark is written and read back before anything old is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cvaction.rules.mark import described, mark_of
from tests.support.world import NAME, as_seen

if TYPE_CHECKING:
    from tests.support.world import MakeWorld


@pytest.mark.clause("7.1")
def test_the_mark_is_read_back_before_anything_old_is_touched(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    result, _ = world.attempt()
    calls = [
        (logged.operation, logged.path.rpartition("/")[2]) for logged in world.emulator.log if logged.resource == "prod"
    ]
    copy = result.outputs["project-id"]
    committed = calls.index(("UpdateProject", copy))
    assert ("GetProject", copy) in calls[committed : calls.index(("UpdateProject", old.id))]


@pytest.mark.clause("7.2")
@pytest.mark.parametrize("switch", ["rejects_long_description", "cuts_long_description"])
def test_a_mark_that_is_refused_or_cut_is_written_shorter(make_world: MakeWorld, switch: str) -> None:
    world = make_world()
    setattr(world.emulator.behaviour, switch, 300)
    result, _ = world.attempt()
    assert result.status == "promoted", result.log
    mark = mark_of(as_seen(world.prod.projects[result.outputs["project-id"]]))
    assert mark is not None
    assert (mark.url, mark.commit) == ("", "")


@pytest.mark.clause("7.2")
@pytest.mark.parametrize("end", [" url", " comm", " commit=", " commit=0"])
def test_a_mark_that_is_cut_inside_a_word_leaves_no_rest_of_it(make_world: MakeWorld, end: str) -> None:
    """The text that a person wrote stays as it is: the rest of a word would stay in it for good."""
    whole, _ = (world := make_world()).attempt()
    assert whole.status == "promoted", whole.log
    long = world.prod.projects[whole.outputs["project-id"]].description

    world = make_world()
    world.emulator.behaviour.cuts_long_description = long.index(end.split("=", maxsplit=1)[0]) + len(end)
    result, _ = world.attempt()
    assert result.status == "promoted", result.log
    copy = as_seen(world.prod.projects[result.outputs["project-id"]])
    mark = mark_of(copy)
    assert mark is not None
    assert copy.description == described(world.dev.projects[world.source].description, mark, short=True)


@pytest.mark.clause("7.1", "7.2")
@pytest.mark.parametrize("switch", ["rejects_long_description", "cuts_long_description"])
def test_a_mark_that_cannot_be_written_leaves_the_copy_unnamed(make_world: MakeWorld, switch: str) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    setattr(world.emulator.behaviour, switch, 60)
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "::error title=The copy could not be marked" in result.log
    assert world.prod.projects[old.id].name == NAME, "nothing old was touched"
    assert world.own() == []


@pytest.mark.clause("7.2")
def test_nights_without_a_mark_leave_nothing(make_world: MakeWorld) -> None:
    """Without the rule each night leaves a copy that no later run may take, and none reaches the clean-up."""
    world = make_world(if_exists="replace")
    world.emulator.behaviour.rejects_long_description = 60
    there = set(world.prod.projects)
    for night in range(3):
        result, _ = world.attempt(run_id=f"70{night}")
        assert "was removed from the target." in result.log
        world.clock.advance(24 * 3600)
    assert set(world.prod.projects) == there


@pytest.mark.clause("7.2", "5.5")
def test_a_copy_without_a_mark_is_kept_on_request(make_world: MakeWorld) -> None:
    world = make_world(keep_failed="true")
    world.emulator.behaviour.rejects_long_description = 60
    result, _ = world.attempt()
    assert [project.id for project in world.own()] == [result.outputs["project-id"]]
    assert "Kept for inspection (keep-failed)" in result.log


@pytest.mark.clause("7.2", "7.7")
@pytest.mark.parametrize("limit", ["rejects_long_description", "cuts_long_description"])
def test_a_mark_that_cannot_be_renewed_leaves_the_one_there_was(make_world: MakeWorld, limit: str) -> None:
    """Without the rule: a mark that is refused takes the copy's valid one away, and under its numbered name nobody
    finds it again."""
    world = make_world("suffix", if_exists="replace")
    probe = world.copy()
    probe.attempt()
    (copy,) = probe.own()
    mark = mark_of(as_seen(copy))
    assert mark is not None
    room = len("Made by people.\n" + mark.line(short=True))
    setattr(world.emulator.behaviour, limit, room)
    number = world.request("UpdateProject", 2)  # long mark, short mark, name

    def take() -> None:
        world.emulator.add_project(world.prod, NAME, description="A stranger's.")

    first, _ = world.at(number, take).attempt()
    assert first.status == "failed"
    assert first.outputs["project-name"] == f"{NAME} (1)"
    setattr(world.emulator.behaviour, limit, None)
    for attempt in (2, 3):
        assert world.attempt(attempt)[0].status == "promoted"
    copies = [p.name for p in world.prod.projects.values() if p.entry.description != "A stranger's."]
    assert len([name for name in copies if name.startswith(NAME)]) == 1, copies


@pytest.mark.clause("0.8", "7.11")
@pytest.mark.parametrize("name", [None, "Orchard"])
def test_a_rerun_gives_the_name_of_the_mark(make_world: MakeWorld, name: str | None) -> None:
    """The copy in use has that name, and the line goes by it: the source may have been renamed since."""
    world = make_world(if_exists="replace")
    in_use = world.attempt(run_id="800")[0].outputs["project-id"]
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    if name:
        world.emulator.rename(world.dev, world.source, name)
    result, _ = world.attempt(2)
    assert (result.outputs["project-name"], result.outputs["previous-project-id"]) == (NAME, in_use)
    assert world.prod.projects[in_use].name.startswith(f"{NAME} (replaced ")
