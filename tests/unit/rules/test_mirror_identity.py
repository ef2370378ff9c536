from __future__ import annotations

import pytest

from cvaction.rules.mirror_identity import MirrorIdentity, identify_mirror
from tests.support.mirror_rows import BETWEEN, IDENTITY


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
