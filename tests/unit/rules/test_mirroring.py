from __future__ import annotations

from cvaction.rules.mirroring import Reason, State, orphans, plan_of
from tests.support.mirror_rows import IDENTITY, copy_of, source, uuid
from tests.support.samples import MOMENT, project


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
