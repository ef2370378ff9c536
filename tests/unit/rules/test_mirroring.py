from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvaction.rules.capacity import Room, Slots, is_dead, room_for, slots_of
from cvaction.rules.mark import Mark, described
from cvaction.rules.mirroring import MirrorIdentity, Reason, State, identify_mirror, orphans, plan_of
from tests.support.samples import MOMENT, project

if TYPE_CHECKING:
    from cvaction.customvision.models import Project

BETWEEN = ("1296269", "https://dev.cognitiveservices.azure.com", "https://prod.cognitiveservices.azure.com")
IDENTITY = identify_mirror(BETWEEN, "{name}", "900", "none", "")


def uuid(number: int) -> str:
    return f"{number:08x}-1111-4222-8333-444444444444"


def source(number: int = 1, name: str = "Shelf", **changes: object) -> Project:
    return project(id=uuid(number), name=name, **changes)


def copy_of(
    one: Project, number: int, name: str = "", *, run: str = "abcdef", work: str = "", **changes: object
) -> Project:
    mark = Mark(uuid(number), one.id, one.last_modified, work or IDENTITY.work(one.id).work, run, name=name or one.name)
    return project(id=uuid(number), name=name or one.name, description=described("", mark), **changes)


class TestTheIdentity:
    def test_is_the_same_for_the_same_work_in_another_run(self) -> None:
        other = identify_mirror(BETWEEN, "{name}", "901", "none", "")
        assert other.work("a").work == IDENTITY.work("a").work
        assert other.work("a").run != IDENTITY.work("a").run

    @pytest.mark.parametrize(
        "other",
        [
            identify_mirror(("2", *BETWEEN[1:]), "{name}", "900", "none", ""),
            identify_mirror((BETWEEN[0], *reversed(BETWEEN[1:])), "{name}", "900", "none", ""),
            identify_mirror(BETWEEN, "{name} b", "900", "none", ""),
        ],
        ids=["another repository", "the other direction", "other names"],
    )
    def test_is_another_for_another_mirror(self, other: MirrorIdentity) -> None:
        assert other.work("a").work != IDENTITY.work("a").work

    def test_is_another_for_another_source_and_another_way_to_publish(self) -> None:
        assert IDENTITY.work("a").work != IDENTITY.work("b").work
        assert identify_mirror(BETWEEN, "{name}", "900", "same", "").run != IDENTITY.run

    def test_is_by_chance_outside_a_runner(self) -> None:
        one, other = (identify_mirror(BETWEEN, "{name}", "", "none", "") for _ in range(2))
        assert one.run != other.run
        assert not one.repeatable
        assert one.work("a").work == IDENTITY.work("a").work


class TestThePlan:
    def test_tells_new_changed_and_up_to_date_apart(self) -> None:
        new, changed, same = source(1, "New"), source(2, "Changed"), source(3, "Same")
        old = copy_of(source(2, "Changed", last_modified=MOMENT.replace(year=2025)), 12)
        planned = plan_of([new, changed, same], [old, copy_of(same, 13)], "{name}", renames=False)
        assert [one.state for one in planned] == [State.NEW, State.CHANGED, State.UP_TO_DATE]

    def test_counts_a_copy_that_the_promote_action_made(self) -> None:
        (planned,) = plan_of([source()], [copy_of(source(), 11, work="00000000")], "{name}", renames=False)
        assert planned.state is State.UP_TO_DATE

    def test_blocks_both_projects_that_would_get_one_name(self) -> None:
        planned = plan_of([source(1), source(2), source(3, "Other")], [], "{name}!", renames=True)
        assert [one.reason for one in planned] == [Reason.COLLISION, Reason.COLLISION, None]
        assert planned[0].others == (source(2),)

    def test_sees_one_name_in_two_unicode_forms(self) -> None:
        planned = plan_of([source(1, "Caf\u00e9"), source(2, "Cafe\u0301")], [], "{name}", renames=False)
        assert {one.reason for one in planned} == {Reason.COLLISION}

    def test_blocks_a_name_that_a_stranger_has_unless_it_may_be_renamed(self) -> None:
        stranger = project(id=uuid(20), name="Shelf")
        (blocked,) = plan_of([source()], [stranger], "{name}", renames=False)
        assert (blocked.reason, blocked.others) == (Reason.TAKEN, (stranger,))
        (planned,) = plan_of([source()], [stranger], "{name}", renames=True)
        assert planned.state is State.NEW

    def test_blocks_what_cannot_be_exported(self) -> None:
        rows = [source(1, "a", status="Failed"), source(2, "b", status="Importing"), source(3, "c", recovery=True)]
        planned = plan_of(rows, [], "{name}", renames=False)
        assert [one.reason for one in planned] == [Reason.NOT_READY, Reason.NOT_READY, Reason.RECOVERY]

    def test_takes_a_source_that_tells_no_time_for_changed(self) -> None:
        told = source(last_modified=None)
        (planned,) = plan_of([told], [copy_of(told, 11)], "{name}", renames=False)
        assert planned.state is State.CHANGED


class TestOrphans:
    def test_are_this_mirrors_copies_of_what_is_gone(self) -> None:
        there = source(1)
        gone = copy_of(source(2, "Gone"), 12)
        theirs = copy_of(source(3, "Theirs"), 13, work="00000000")
        assert orphans(IDENTITY, [copy_of(there, 11), gone, theirs, project(id=uuid(9))], [there]) == [gone]


class TestRoom:
    @pytest.mark.parametrize(
        ("slots", "there", "dead", "parallel", "needed"),
        [
            ([Slots(False, 0, 1)] * 3, 97, 0, 3, 3),  # three new ones, into exactly their room
            ([Slots(False, 1, 1)] * 3, 97, 0, 3, 3),  # each keeps one more
            ([Slots(False, 2, 1)] * 3, 98, 0, 2, 2),  # each deletes one: two at a time
            ([Slots(False, 2, 1)] * 3, 99, 0, 1, 1),  # lowered to one at a time
            ([Slots(True, 2, 1)] * 3, 100, 0, 3, 0),  # the imports are there already
            ([Slots(False, 0, 1)], 100, 1, 3, 1),  # a dead one makes room
            ([Slots(False, 1, 0)], 99, 0, 3, 1),
        ],
    )
    def test_is_enough(self, slots: list[Slots], there: int, dead: int, parallel: int, needed: int) -> None:
        room = room_for(slots, there, dead, parallel=3)
        assert room.fits
        assert (room.parallel, room.needed) == (parallel, needed)

    @pytest.mark.parametrize(
        ("slots", "there"), [([Slots(False, 0, 1)] * 4, 97), ([Slots(False, 2, 1)], 100), ([Slots(False, 1, 0)], 100)]
    )
    def test_is_not_enough(self, slots: list[Slots], there: int) -> None:
        assert not room_for(slots, there, 0, parallel=4).fits

    @given(
        st.lists(st.builds(Slots, st.booleans(), st.integers(0, 4), st.integers(0, 3)), max_size=30),
        st.integers(0, 120),
        st.integers(0, 5),
        st.integers(1, 16),
    )
    def test_that_is_enough_is_never_passed(self, slots: list[Slots], there: int, dead: int, parallel: int) -> None:
        room = room_for(slots, there, dead, parallel)
        assert 1 <= room.parallel <= parallel
        if not room.fits:
            assert room.parallel == 1
            return
        # Play it, those first that free more than they need; in flight are at most `parallel`.
        level = peak = there - dead
        flying: list[Slots] = []
        for one in sorted(slots, key=lambda slot: slot.growth):
            if len(flying) == room.parallel:
                level -= flying.pop(0).freed
            level += not one.present
            peak = max(peak, level)
            flying.append(one)
        assert peak <= max(room.limit, there - dead)

    def test_is_told_in_numbers(self) -> None:
        room = Room(there=98, dead=1, growth=2, deleters=5, parallel=3)
        assert (room.free, room.passing, room.needed, room.fits) == (3, 3, 5, False)


class TestSlots:
    def test_are_counted_by_marks_and_own_names(self) -> None:
        one = source()
        work = IDENTITY.work(one.id)
        earlier = [copy_of(one, 11), copy_of(one, 12, "Shelf (replaced 20261123-201307)", work=work.work)]
        theirs = copy_of(one, 13, work="00000000")
        assert slots_of(work, [*earlier, theirs], 1, lambda _: False) == Slots(False, 2, 1)
        unfinished = project(id=uuid(14), name=work.own_name("Shelf", "abcd"), status="Importing")
        assert slots_of(work, [unfinished], 1, lambda _: False) == Slots(True, 0, 1)
        assert slots_of(work, [unfinished], 1, lambda _: True) == Slots(False, 0, 1)
        assert slots_of(work, [copy_of(one, 15, run=IDENTITY.run)], 1, lambda _: False) == Slots(True, 0, 1)

    def test_of_dead_imports_are_free(self) -> None:
        work = IDENTITY.work("a")
        name = work.own_name("Shelf", "abcd").replace(work.run, "000000")
        assert is_dead(project(name=name, status="Failed"), {work.work}, old=False)
        assert is_dead(project(name=name, status="Importing"), {work.work}, old=True)
        assert not is_dead(project(name=name, status="Importing"), {work.work}, old=False)
        assert not is_dead(project(name=name, status="Failed"), {"00000000"}, old=True)
        assert not is_dead(project(name="Shelf", status="Failed"), {work.work}, old=True)
