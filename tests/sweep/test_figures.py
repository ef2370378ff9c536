"""The README's block tells which stories a sweep has played, and how many cases of each."""

from __future__ import annotations

import re

from tests.sweep.figures import Story, Tally, told

RULES = (("a backup's", 27), ("a restore's", 28))


def tally(story: Story, played: int, *, faults: int = 0, kills: int = 0, changes: int = 0, broken: int = 0) -> Tally:
    return Tally(story, "group", 20, played, faults, kills, changes, ("it does not hold",) * broken)


def rows(text: str) -> dict[str, tuple[str, str]]:
    """The cases of each story and how many held."""
    found = re.findall(r"^\| ([a-z ]+) \| ([\d,]+) \| ([\d,]+) \|", text, re.MULTILINE)
    return {story: (played, held) for story, played, held in found}


def test_each_story_that_was_played_has_a_row_of_its_own() -> None:
    tallies = [tally(story, 1000 + number) for number, story in enumerate(Story)]
    assert rows(told(tallies, 1, "abc", RULES)) == {
        story.value: (f"{1000 + number:,}",) * 2 for number, story in enumerate(Story)
    }


def test_a_story_that_was_not_played_is_not_named() -> None:
    text = told([tally(Story.PROMOTION, 7), tally(Story.ROLLBACK, 0)], 1, "abc", RULES)
    assert rows(text) == {"promotions": ("7", "7")}
    assert "rollback" not in text


def test_the_groups_of_a_story_are_added_up() -> None:
    text = told([tally(Story.MIRROR, 3), tally(Story.MIRROR, 4, broken=1), tally(Story.NIGHTS, 5)], 1, "", RULES)
    assert rows(text) == {"mirrors": ("7", "6"), "mirrors in trouble": ("5", "5")}
    assert "played 12 cases: 11 held, and 1 did not." in text
    assert "in 2 orders of its threads" in text


def test_changes_before_the_rerun_and_during_the_first_attempt_are_told_apart() -> None:
    text = told([tally(Story.PROMOTION, 60, faults=28, kills=24, changes=14)], 1, "", RULES)
    assert "28 with one of 14 faults, 24 with a kill before or after it (6 of these with" in text
    assert "8 with one of 3 changes during the first attempt" in text


def test_it_says_whether_it_was_all_of_it_and_on_which_commit() -> None:
    assert told([tally(Story.EDIT, 1)], 1, "abc", RULES).startswith("The whole sweep, on commit abc, played 1 cases: ")
    assert told([tally(Story.EDIT, 1)], 8, "", RULES).startswith("A share of 1 in 8 of the sweep played 1 cases: ")


def test_it_says_what_no_sweep_plays() -> None:
    text = told([tally(Story.EDIT, 1)], 1, "", RULES)
    assert "no backups and no restores" in text
    assert "27 of a backup's, and 28 of a restore's" in text
