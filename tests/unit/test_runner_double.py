from __future__ import annotations

import signal
import textwrap
from typing import TYPE_CHECKING

import pytest

from runner_double.double import RunnerDouble
from runner_double.file_commands import SUMMARY_LIMIT, FileCommandError, parse_pairs
from runner_double.log_commands import Annotation, StepLog, parse, split_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def fed(*lines: str, debugging: bool = False) -> StepLog:
    log = StepLog(debugging=debugging)
    for line in lines:
        log.feed(line)
    return log


class TestACommandInTheLog:
    def test_is_obeyed_after_leading_blanks_but_not_in_the_middle_of_a_line(self) -> None:
        log = fed("\u3000\t ::error::first", "x ::error::second")

        assert [a.message for a in log.annotations] == ["first"]
        assert log.lines == ["##[error]first", "x ::error::second"]

    def test_has_properties_and_data_with_their_escapes_undone(self) -> None:
        command = parse("::Error title=a%2C%3A%0Ab,file=,=x,line=1::100%25%0Awhole%3A")

        assert command is not None
        assert command.name == "error"
        assert command.properties == {"title": "a,:\nb", "line": "1"}
        assert command.data == "100%\nwhole%3A"

    def test_keeps_an_escaped_percent_sign_from_making_another_escape(self) -> None:
        command = parse("::debug::%250A")

        assert command is not None
        assert command.data == "%0A"

    def test_is_obeyed_anywhere_in_the_line_in_its_old_form(self) -> None:
        log = fed("project ##[add-mask]secret", "the secret is out")

        assert log.masker.values == ["secret"]
        assert log.lines == ["the *** is out"]
        assert log.unexpected_commands == ["project ##[add-mask]secret"]

    def test_in_the_old_form_has_its_own_escapes(self) -> None:
        command = parse("##[error title=a%3Bb%5D;file=x]text%5D%3A")

        assert command is not None
        assert command.properties == {"title": "a;b]", "file": "x"}
        assert command.data == "text]%3A"

    @pytest.mark.parametrize(
        "line", ["::unknown::x", "::error", ":: error::x", "::::", "##[unknown]x", "##[error x", ""]
    )
    def test_that_is_none_is_an_ordinary_line(self, line: str) -> None:
        log = fed(line)

        assert log.lines == [line]
        assert not log.annotations

    def test_falls_back_to_the_old_form_when_the_new_one_is_unknown(self) -> None:
        assert fed("::x::##[error]y").annotations == [Annotation("error", "", "y")]

    def test_is_ignored_between_stop_commands_and_its_token(self) -> None:
        log = fed("::stop-commands::t0ken", "::error::quiet", "::T0KEN::", "::error::loud")

        assert [a.message for a in log.annotations] == ["loud"]

    @pytest.mark.parametrize("token", ["", "error", "pause-logging"])
    def test_cannot_be_stopped_with_a_bad_token(self, token: str) -> None:
        assert fed(f"::stop-commands::{token}").runner_errors

    @pytest.mark.parametrize("name", ["set-env", "add-path"])
    def test_that_was_switched_off_fails_the_step(self, name: str) -> None:
        assert fed(f"::{name} name=X::y").runner_errors

    def test_that_is_deprecated_still_sets_its_output_and_is_reported(self) -> None:
        log = fed("::set-output name=a::b", "::save-state name=c::d", "::set-output::nameless")

        assert (log.outputs, log.state) == ({"a": "b"}, {"c": "d"})
        assert len(log.unexpected_commands) == 3
        assert len(log.runner_errors) == 1


class TestAMask:
    def test_hides_what_is_printed_later_and_not_what_was_printed_before(self) -> None:
        log = fed("hunter2", "::add-mask::hunter2", "hunter2!", "::error title=hunter2::hunter2")

        assert log.lines == ["hunter2", "***!", "##[error]***"]
        assert log.annotations == [Annotation("error", "hunter2", "***")]

    def test_of_several_lines_hides_each_of_them(self) -> None:
        assert fed("::add-mask::one%0D%0A two %0A", "one and two").lines == ["*** and ***"]

    def test_that_overlaps_another_leaves_no_rest(self) -> None:
        assert fed("::add-mask::abcd", "::add-mask::cdef", "xabcdefx").lines == ["x***x"]

    def test_that_is_empty_makes_the_runner_warn(self) -> None:
        log = fed("::add-mask:: ")

        assert [a.level for a in log.annotations] == ["warning"]
        assert not log.masker.values


class TestTheLog:
    def test_shows_ten_annotations_of_a_kind_and_prints_the_others(self) -> None:
        log = fed(*(f"::warning::{n}" for n in range(12)), "::notice::n")

        assert len(log.annotations) == 11
        assert [a.message for a in log.dropped_annotations] == ["10", "11"]
        assert "##[warning]11" in log.lines

    def test_cuts_a_long_annotation(self) -> None:
        assert len(fed("::error::" + "x" * 5000).annotations[0].message) == 4096

    def test_shows_debug_lines_only_when_asked(self) -> None:
        assert fed("::debug::d").lines == []
        assert fed("::debug::d", debugging=True).lines == ["##[debug]d"]

    def test_knows_its_groups(self) -> None:
        log = fed("::group::Export", "x", "::endgroup::")

        assert log.groups == ["Export"]
        assert log.lines == ["##[group]Export", "x", "##[endgroup]"]

    def test_ends_a_line_at_every_newline_that_the_runner_knows(self) -> None:
        assert split_lines(b"a\rb\r\nc\n\nd\xff\xe2\x80\xa8e") == ["a", "b", "c", "", "d\ufffd\u2028e"]


class TestAFileCommand:
    def test_is_a_line_or_a_heredoc(self) -> None:
        text = "a=b=c<<d\n\nempty=\nm<<EOF\none\n\n=two\nEOF\nnone<<X\nX\nlast=1"

        assert dict(parse_pairs(text)) == {"a": "b=c<<d", "empty": "", "m": "one\n\n=two", "none": "", "last": "1"}

    def test_keeps_a_carriage_return(self) -> None:
        assert dict(parse_pairs("a=b\r\n")) == {"a": "b\r"}

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("no separator\n", "Invalid format 'no separator'"),
            ("<<EOF\nx\nEOF\n", "must not be empty"),
            ("name<<\n", "must not be empty"),
            ("name<<EOF\nx\n", "Matching delimiter not found 'EOF'"),
            ("name<<EOF\nx", "EOF marker missing new line"),
            ("name<<EOF\nx\nEOF \n", "Matching delimiter not found"),
            ("=value\n", "must not be empty"),
        ],
    )
    def test_in_a_bad_form_is_refused_but_not_what_stands_before_it(self, text: str, message: str) -> None:
        pairs = parse_pairs("good=1\n" + text)

        assert next(pairs) == ("good", "1")
        with pytest.raises(FileCommandError, match=message):
            next(pairs)


@pytest.fixture
def runner(tmp_path: Path) -> Callable[[str], RunnerDouble]:
    """A double that runs the given Python code in the place of entrypoint.py."""

    def make(code: str) -> RunnerDouble:
        action = tmp_path / "action"
        action.mkdir()
        (action / "action.yml").write_text("inputs: {my-key: {}, size: {default: '3'}}", encoding="utf-8")
        (action / "entrypoint.py").write_text(
            "import os, signal, sys, time\n" + textwrap.dedent(code), encoding="utf-8"
        )
        return RunnerDouble(tmp_path, entrypoint=action / "entrypoint.py")

    return make


class TestARun:
    def test_gives_inputs_files_and_nothing_of_the_callers_environment(
        self, runner: Callable[[str], RunnerDouble], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LEAKED", "1")
        double = runner(
            """
            print(*(f"{k}={v}" for k, v in os.environ.items()), sep="\\n")
            print("cwd", os.getcwd(), file=sys.stderr)
            for name in ("OUTPUT", "STATE", "ENV"):
                open(os.environ["GITHUB_" + name], "a").write(f"where={name}\\n")
            open(os.environ["GITHUB_PATH"], "a").write("bin\\n")
            open(os.environ["GITHUB_STEP_SUMMARY"], "a").write("# Hello\\n")
            """
        )

        result = double.run({"my-key": "v"}, env={"HOME": "elsewhere", "EXTRA": "1"}, without=["GITHUB_SHA"])

        lines = result.log.splitlines()
        assert {"INPUT_MY-KEY=v", "INPUT_SIZE=3", "EXTRA=1", "CI=true", f"HOME={double.home}"} <= set(lines)
        assert not [line for line in lines if line.startswith(("LEAKED", "GITHUB_SHA"))]
        assert f"cwd {double.workspace}" in lines
        assert (result.outputs, result.state, result.environment) == (
            {"where": "OUTPUT"},
            {"where": "STATE"},
            {"where": "ENV"},
        )
        assert (result.path, result.summary, result.conclusion) == (["bin"], "# Hello\n", "success")
        assert result.exit_code == 0
        assert b"where=OUTPUT" in result.written

    def test_sets_an_input_that_was_left_out_to_an_empty_text(self, runner: Callable[[str], RunnerDouble]) -> None:
        assert "''" in runner("print(repr(os.environ['INPUT_MY-KEY']))").run({}).log

    def test_refuses_an_input_that_the_action_does_not_declare(self, runner: Callable[[str], RunnerDouble]) -> None:
        with pytest.raises(ValueError, match="sizes"):
            runner("").run({"sizes": "1"})

    def test_fails_for_a_bad_file_command_although_the_process_succeeded(
        self, runner: Callable[[str], RunnerDouble]
    ) -> None:
        result = runner("open(os.environ['GITHUB_OUTPUT'], 'w').write('a=1\\nbad\\n')").run({})

        assert (result.exit_code, result.conclusion) == (0, "failure")
        assert result.outputs == {"a": "1"}
        assert "Invalid format 'bad'" in result.runner_errors[0]

    def test_tells_which_outputs_another_job_would_not_see(self, runner: Callable[[str], RunnerDouble]) -> None:
        code = """
            print("::add-mask::hunter2")
            open(os.environ["GITHUB_OUTPUT"], "w").write("a=1\\nb=x-hunter2\\n")
            """
        assert runner(code).run({}).lost_between_jobs == ["b"]

    @pytest.mark.parametrize(("size", "kept"), [(SUMMARY_LIMIT, True), (SUMMARY_LIMIT + 1, False)])
    def test_drops_a_summary_that_is_too_large_without_failing(
        self, runner: Callable[[str], RunnerDouble], size: int, kept: bool
    ) -> None:
        result = runner(f"open(os.environ['GITHUB_STEP_SUMMARY'], 'w').write('x' * {size})").run({})

        assert bool(result.summary) is kept
        assert bool(result.messages("error")) is not kept
        assert result.conclusion == "success"

    def test_masks_the_summary_line_by_line(self, runner: Callable[[str], RunnerDouble]) -> None:
        code = """
            print("::add-mask::hunter2")
            open(os.environ["GITHUB_STEP_SUMMARY"], "w").write("is hunter2\\n")
            """
        assert runner(code).run({}).summary == "is ***\n"

    def test_can_be_sent_a_signal_at_a_chosen_point(self, runner: Callable[[str], RunnerDouble]) -> None:
        code = """
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
            print("ready")
            time.sleep(30)
            """
        with runner(code).start({}) as step:
            step.wait_for("ready")
            step.send(signal.SIGTERM)

            assert step.wait().exit_code == 143

    def test_is_cancelled_with_sigint_first(self, runner: Callable[[str], RunnerDouble]) -> None:
        code = """
            signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
            print("ready")
            time.sleep(30)
            """
        with runner(code).start({}) as step:
            step.wait_for("ready")

            assert step.cancel().exit_code == 130

    def test_that_was_killed_has_the_exit_code_of_a_shell(self, runner: Callable[[str], RunnerDouble]) -> None:
        with runner("print('ready'); time.sleep(30)").start({}) as step:
            step.wait_for("ready")
            step.kill()

            assert step.wait().exit_code == 137

    def test_that_never_prints_the_text_fails_the_waiting_test(self, runner: Callable[[str], RunnerDouble]) -> None:
        with runner("print('something else')").start({}) as step, pytest.raises(AssertionError, match="never printed"):
            step.wait_for("ready")

    def test_left_by_an_exception_leaves_no_process(self, runner: Callable[[str], RunnerDouble]) -> None:
        step = runner("time.sleep(30)").start({})
        with pytest.raises(RuntimeError), step:
            raise RuntimeError

        assert step.process.returncode is not None
