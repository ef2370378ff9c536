from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import pytest
from hypothesis import HealthCheck, given, settings

from cvaction.github.markdown import foreign
from cvaction.github.runner import ANNOTATION_LIMIT, SUMMARY_LIMIT, Runner
from cvaction.secret import Secret
from runner_double.file_commands import parse_pairs
from runner_double.log_commands import StepLog, split_lines
from tests.support.samples import KEY, TOKEN
from tests.unit.github.test_text import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORMS = {"raw": TOKEN, "encoded": quote(TOKEN, safe=""), "encoded twice": quote(quote(TOKEN, safe=""), safe="")}


@pytest.fixture
def read(capfd: pytest.CaptureFixture[str]) -> Callable[[], StepLog]:
    """What the runner makes of all that was printed since the last look."""

    def parse() -> StepLog:
        log = StepLog()
        for line in split_lines(capfd.readouterr().out.encode("utf-8", "backslashreplace")):
            log.feed(line)
        return log

    return parse


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Runner:
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        path = tmp_path / name
        path.touch()
        monkeypatch.setenv(name, str(path))
    monkeypatch.delenv("RUNNER_DEBUG", raising=False)
    return Runner()


def outputs(tmp_path: Path) -> dict[str, str]:
    return dict(parse_pairs((tmp_path / "GITHUB_OUTPUT").read_bytes().decode()))


def summary(tmp_path: Path) -> str:
    return (tmp_path / "GITHUB_STEP_SUMMARY").read_bytes().decode()


class TestTheLog:
    def test_shows_lines_as_they_are(self, runner: Runner, read: Callable[[], StepLog]) -> None:
        runner.info("one\ntwo 12:30 #3")
        runner.info()

        assert read().lines == ["one", "two 12:30 #3", ""]

    def test_folds_what_stands_in_a_group_even_when_it_fails(self, runner: Runner, read: Callable[[], StepLog]) -> None:
        with pytest.raises(KeyError), runner.group("Wait\n::error::x"):
            raise KeyError

        log = read()
        assert log.groups == ["Wait ::error::x"]
        assert log.lines[-1] == "##[endgroup]"

    def test_breaks_the_old_form_of_a_command_in_titles_too(
        self, runner: Runner, capfd: pytest.CaptureFixture[str]
    ) -> None:
        text = "##[add-mask]a"
        with runner.group(text):
            runner.info(text)
        runner.debug(text)
        runner.error(text, text)

        assert "##[" not in capfd.readouterr().out

    def test_shows_debug_lines_as_such(self, runner: Runner, read: Callable[[], StepLog]) -> None:
        runner.debug("a%0Ab\n::error::c")

        assert read().debug == ["a%0Ab ::error::c"]

    @pytest.mark.parametrize(("value", "debugging"), [("1", True), ("0", False), ("", False)])
    def test_is_debugged_when_the_user_asks(self, value: str, debugging: bool) -> None:
        assert Runner({"RUNNER_DEBUG": value}).debugging is debugging

    @pytest.mark.parametrize("fails", [BrokenPipeError, ValueError, AttributeError])
    def test_that_nobody_can_write_ends_nothing(
        self, runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: type[Exception]
    ) -> None:
        class Gone:
            def write(self, _text: str) -> int:
                raise fails

        monkeypatch.setattr("sys.stdout", Gone())
        with runner.group("Wait"):
            runner.info("one")
        runner.error("t", "x")
        runner.set_output("status", "promoted")

        assert outputs(tmp_path) == {"status": "promoted"}

    def test_survives_a_lone_surrogate(self, read: Callable[[], StepLog]) -> None:
        runner = Runner({})  # here, because it sets up the standard output of this very moment
        runner.info("tag \ud800")
        runner.error("title \ud801", "text \udfff")

        log = read()
        assert log.lines[0] == "tag \\ud800"
        assert log.annotations[0].message == "text \\udfff"

    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(HOSTILE)
    def test_never_holds_a_command_that_was_in_foreign_text(self, read: Callable[[], StepLog], text: str) -> None:
        runner = Runner({})
        read()
        runner.info(text)
        runner.debug(text)
        with runner.group(text):
            runner.set_output("name", text)
        for kind in (runner.error, runner.warning):
            kind(text, text)
        runner.add_summary(text)

        log = read()
        assert log.unexpected_commands == []
        assert log.runner_errors == []
        assert log.masker.values == []
        assert [note.level for note in log.annotations] == ["error", "warning"]
        assert len(log.debug) == len(log.groups) == 1

    def test_works_where_standard_output_cannot_be_set_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Bare:
            text = ""

            def write(self, text: str) -> int:
                self.text += text
                return len(text)

        bare = Bare()
        monkeypatch.setattr("sys.stdout", bare)

        Runner({}).info("line")

        assert bare.text == "line\n"


class TestASecret:
    def test_is_masked_in_each_spelling_before_anything_else(self, runner: Runner, read: Callable[[], StepLog]) -> None:
        runner.mask(Secret(TOKEN))

        assert read().masker.values == list(FORMS.values())

    def test_that_is_a_token_is_known_by_its_signature_alone(self, runner: Runner, read: Callable[[], StepLog]) -> None:
        runner.mask(Secret(TOKEN))
        read()
        for spelled in (unquote(TOKEN), quote(unquote(TOKEN)), unquote(TOKEN).replace("+", "&#43;")):
            runner.info(f"decoded: {spelled}")

            (line,) = read().lines
            assert "I9fXG" not in line

    def test_is_masked_line_by_line_without_blanks_around(self, runner: Runner, read: Callable[[], StepLog]) -> None:
        runner.mask(Secret("first-line\r\n  second-line  \nabc\n"))
        runner.info("x second-line abc first-line")

        log = read()
        assert {"first-line", "second-line"} <= set(log.masker.values)
        assert log.lines == ["x *** abc ***"]

    @pytest.mark.parametrize("value", ["", "a", "abc", "   ", " ab ", "\n\n"])
    def test_that_is_shorter_than_four_characters_is_no_mask(
        self, runner: Runner, read: Callable[[], StepLog], value: str
    ) -> None:
        runner.mask(Secret(value))
        runner.info("abc abcdef")

        log = read()
        assert all(len(mask) >= 4 for mask in log.masker.values)
        assert log.lines == ["abc abcdef"]
        assert not log.annotations

    def test_is_masked_once(self, runner: Runner, read: Callable[[], StepLog]) -> None:
        runner.mask(Secret(KEY))
        runner.mask(Secret(KEY))

        assert read().masker.values == [KEY]

    @pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
    def test_leaves_by_no_door(
        self, runner: Runner, capfd: pytest.CaptureFixture[str], tmp_path: Path, form: str
    ) -> None:
        runner.mask(Secret(TOKEN))
        capfd.readouterr()

        runner.info(f"a {form} b")
        runner.debug(form)
        with runner.group(form):
            pass
        for kind in (runner.error, runner.warning):
            kind(form, f"text {form}")
        for _ in range(12):
            runner.warning(form, form)
        runner.set_output("report", f'{{"x":"{form}"}}')
        runner.add_summary(f"{form} and {foreign(form, 1000)}")

        written = capfd.readouterr().out + (tmp_path / "GITHUB_OUTPUT").read_text() + summary(tmp_path)
        assert "Dpvhi8Oe9Jf" not in written
        assert outputs(tmp_path)["report"] == '{"x":"***"}'
        assert summary(tmp_path) == "*** and `***`"

    def test_does_not_come_together_when_invisible_characters_are_dropped(
        self, runner: Runner, capfd: pytest.CaptureFixture[str]
    ) -> None:
        runner.mask(Secret(KEY))
        capfd.readouterr()

        runner.info("\u200b".join(KEY))
        runner.error("title", "\x00".join(KEY))

        assert KEY not in capfd.readouterr().out

    def test_within_another_is_hidden_with_it(self, runner: Runner) -> None:
        runner.mask(Secret("abcd"))
        runner.mask(Secret("xabcdx"))

        assert runner.redact("xabcdx abcd") == "*** ***"


class TestAnAnnotation:
    def test_has_its_title_and_all_its_lines(self, runner: Runner, read: Callable[[], StepLog]) -> None:
        runner.error("a, b: c\n::d", "one\n::two::%0A\n##[three]")

        (note,) = read().annotations
        assert (note.level, note.title) == ("error", "a, b: c ::d")
        assert note.message == "one\n: :two::%0A\n## [three]"

    def test_is_cut_with_a_note_where_the_runner_would_cut_silently(
        self, runner: Runner, read: Callable[[], StepLog]
    ) -> None:
        runner.error("t", "x" * ANNOTATION_LIMIT)
        runner.error("t", "x" * (ANNOTATION_LIMIT + 1))

        whole, cut = read().annotations
        assert whole.message == "x" * ANNOTATION_LIMIT
        assert cut.message.endswith("(cut here; the whole is in the log)")
        assert len(cut.message) == ANNOTATION_LIMIT

    def test_beyond_the_tenth_warning_is_a_plain_line(self, runner: Runner, read: Callable[[], StepLog]) -> None:
        for number in range(12):
            runner.warning(f"title {number}", f"text\n::{number}")

        log = read()
        assert len(log.annotations) == 10
        assert not log.dropped_annotations
        assert log.lines[-4:] == ["warning: title 10: text", ": :10", "warning: title 11: text", ": :11"]

    def test_of_one_kind_leaves_the_others_their_ten(self, runner: Runner, read: Callable[[], StepLog]) -> None:
        for _ in range(11):
            runner.warning("t", "x")
        runner.error("t", "y")

        assert [note.level for note in read().annotations][-1] == "error"


class TestAnOutput:
    @pytest.mark.parametrize("value", ["", "x", "a\nb=c\n", "name<<EOF\nx\nEOF", "\u68da % \r", "ghadelimiter_"])
    def test_arrives_as_it_is(self, runner: Runner, tmp_path: Path, value: str) -> None:
        runner.set_output("first", value)
        runner.set_output("second", "2")

        assert outputs(tmp_path) == {"first": value, "second": "2"}

    def test_with_a_lone_surrogate_can_be_written(self, runner: Runner, tmp_path: Path) -> None:
        runner.set_output("name", "a\ud800")

        assert outputs(tmp_path) == {"name": "a\\ud800"}

    @pytest.mark.parametrize("environ", [{}, {"GITHUB_OUTPUT": ""}])
    def test_is_a_plain_line_outside_a_runner(self, read: Callable[[], StepLog], environ: dict[str, str]) -> None:
        Runner(environ).set_output("status", "promoted\n::set-output name=x::y")

        log = read()
        assert log.lines == ["output status=promoted", ": :set-output name=x::y"]
        assert log.outputs == {}

    def test_whose_file_is_gone_is_an_error(self, runner: Runner, tmp_path: Path) -> None:
        (tmp_path / "GITHUB_OUTPUT").unlink()

        with pytest.raises(Exception, match="Missing file"):
            runner.set_output("a", "b")


class TestTheSummary:
    def test_is_appended(self, runner: Runner, tmp_path: Path) -> None:
        runner.add_summary("# One\n")
        runner.add_summary("\u2705 \ud800\n")

        assert summary(tmp_path) == "# One\n\u2705 \\ud800\n"

    def test_is_nowhere_outside_a_runner(self, capfd: pytest.CaptureFixture[str]) -> None:
        Runner({}).add_summary("x")

        assert not capfd.readouterr().out

    @pytest.mark.parametrize("char", ["x", "\u2705"])
    def test_is_cut_with_a_note_where_the_runner_would_drop_it(self, runner: Runner, tmp_path: Path, char: str) -> None:
        runner.add_summary(char * SUMMARY_LIMIT)

        data = (tmp_path / "GITHUB_STEP_SUMMARY").read_bytes()
        assert SUMMARY_LIMIT - 8 < len(data) <= SUMMARY_LIMIT
        assert re.fullmatch(rf"{char}+\n\n\u2026 \(cut: a job summary holds 1 MiB\)\n", data.decode())

    def test_just_below_the_limit_is_whole(self, runner: Runner, tmp_path: Path) -> None:
        runner.add_summary("x" * (SUMMARY_LIMIT - 1))

        assert summary(tmp_path) == "x" * (SUMMARY_LIMIT - 1)

    def test_whose_file_cannot_be_written_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(OSError, match="No such file"):
            Runner({"GITHUB_STEP_SUMMARY": str(tmp_path / "absent" / "file")}).add_summary("x")
