"""One run of one command: inputs, work, outputs, summary, exit code. The only place that catches everything."""

from __future__ import annotations

import gc
import signal
import traceback
from typing import TYPE_CHECKING, Any

from cvaction.clock import Cancelled, DeadlineExceededError, SystemClock
from cvaction.commands import COMMANDS, DEFAULT, TOOLS, Command
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.session import new_session
from cvaction.failures.errors import (
    BugError,
    CommandError,
    Failure,
    InputError,
    RunCancelledError,
    WorkflowFileError,
)
from cvaction.github.context import RunContext
from cvaction.github.runner import Runner
from cvaction.github.text import one_line
from cvaction.inputs.reader import texts
from cvaction.plural import counted
from cvaction.secret import Secret
from cvaction.status import EXIT_FAILED, SIGNAL_EXIT
from cvaction.wiring import Wiring

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cvaction.clock import Clock
    from cvaction.customvision.session import Session
    from cvaction.outcome.report import Ending
    from cvaction.status import Status

READ_SECONDS = 60.0


def start(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Do what the arguments ask for, in this environment; returns the exit code. Signals are held back until here."""
    if arguments and arguments[0] in TOOLS:
        return use(arguments, Runner(environ), SystemClock.listening())
    command = find(arguments)
    return main(environ, SystemClock.listening(), command)


def use(arguments: Sequence[str], runner: Runner, clock: Clock) -> int:
    """Use a tool; a cancel ends it, for it changes nothing."""
    gc.enable()  # entrypoint.py disabled it while the modules were loaded
    try:
        return TOOLS[arguments[0]](arguments[1:], clock, runner.info)
    except Cancelled as cancel:
        runner.info(f"Cancelled ({signal.Signals(cancel.signum).name}): nothing was changed.")
        return SIGNAL_EXIT + cancel.signum


def find(arguments: Sequence[str]) -> Command[Any, Any] | None:
    """Load the command that the container's arguments name: `promote` without arguments. None if there is no such one."""
    names = list(arguments) or [DEFAULT]
    return COMMANDS[names[0]]() if len(names) == 1 and names[0] in COMMANDS else None


def main(environ: Mapping[str, str], clock: SystemClock, command: Command[Any, Any] | None) -> int:
    """Run a command in this environment and return its exit code. `clock` listens for signals already."""
    return run(environ, Runner(environ), clock, new_session, command)


def run(
    environ: Mapping[str, str],
    runner: Runner,
    clock: Clock,
    sessions: Callable[[], Session],
    command: Command[Any, Any] | None,
) -> int:
    """Run a command with the given log, clock and HTTP sessions, and return its exit code."""
    if command is None:
        return _refuse(CommandError(f"It has {', '.join(COMMANDS)}."), runner)
    return _run(command, Wiring(environ, RunContext.from_environ(environ), runner, clock, sessions))


def _refuse(failure: Failure, runner: Runner) -> int:
    """Tell that there is no such command. Of its outputs only `status` is known, which every action has."""
    if not runner.output_problem():
        runner.set_output("status", failure.status)
    runner.error(failure.texts.title, failure.text())
    return failure.exit_code


def _run(command: Command[Any, Any], wiring: Wiring) -> int:
    runner, clock = wiring.runner, wiring.clock
    ledger, inputs, began = command.ledger(), None, clock.now()
    try:
        try:
            for name in command.secrets:
                runner.mask(Secret(texts(wiring.environ)(name)))
            inputs = _checked(command, wiring)
            status = command.work(wiring, inputs, ledger)
            ending = _ended(command, status)
        finally:
            clock.end()
    except Cancelled as cancel:
        ending = _ended(command, _cancelled(command.cancelled or RunCancelledError, cancel, command.left(ledger)))
    except Failure as failure:
        ending = _ended(command, failure, ledger.notes)
    except CustomVisionError as error:
        ending = _ended(command, _explained(error, clock), ledger.notes)
    except Exception as error:  # noqa: BLE001 - the one place where a bug becomes a text
        ending = _bug(command, error, runner)
    return _report(command, wiring, ledger, ending, inputs, clock.now() - began)


def _checked(command: Command[Any, Any], wiring: Wiring) -> Any:  # noqa: ANN401 - the command's own record
    """The inputs. First check that the outputs can be written, before the first request. Raises WorkflowFileError."""
    problem = wiring.runner.output_problem()
    try:
        inputs = _read(command, wiring)
    except InputError as error:
        error.notes += [f"Also: {problem}"] if problem else []
        raise
    if problem:
        msg = f"{problem} No request was made, because its result could not be passed on."
        raise WorkflowFileError(msg)
    return inputs


def _read(command: Command[Any, Any], wiring: Wiring) -> Any:  # noqa: ANN401 - the command's own record
    """The inputs. The globs of `smoke-images` may search a large workspace, so a cancel and a deadline can end this."""
    try:
        return wiring.clock.call(lambda _: command.read(texts(wiring.environ), wiring.context), READ_SECONDS)
    except DeadlineExceededError:
        problem = f"smoke-images: the images were not found within {READ_SECONDS:.0f} s; name their folder more exactly"
        raise InputError([problem]) from None


def _ended(command: Command[Any, Any], how: Status | Failure, notes: Sequence[str] = ()) -> Ending:
    """How the run ended. `notes`: sentences that are added to a failure's text."""
    from cvaction.outcome.report import Ending  # noqa: PLC0415 - needed only at the end

    if isinstance(how, Failure):
        how.notes += notes
        return Ending.of(how, command.defaults)
    return Ending(how, how.exit_code())


def _explained(error: CustomVisionError, clock: Clock) -> Failure:
    from cvaction.failures.explanations import failure_of  # noqa: PLC0415 - 60 texts that a good run never needs

    return failure_of(error, clock.today())


def _cancelled(kind: type[RunCancelledError], cancel: Cancelled, left: str) -> Failure:
    name = signal.Signals(cancel.signum).name
    return kind(f"The run was cancelled ({name}). {left}", signum=cancel.signum)


def _bug(command: Command[Any, Any], error: Exception, runner: Runner) -> Ending:
    for line in traceback.format_exception(error):
        runner.debug(line)
    return _ended(command, BugError.of(error))


def _report(  # noqa: PLR0913, PLR0917 - everything that a run reports
    command: Command[Any, Any],
    wiring: Wiring,
    ledger: Any,  # noqa: ANN401 - the command's own record
    ending: Ending,
    inputs: Any,  # noqa: ANN401 - the same
    seconds: float,
) -> int:
    """Write the outputs, the summary, the one annotation, and the last line. Returns the exit code."""
    runner = wiring.runner
    try:
        for name, value in command.output_values(ledger, ending, wiring.requests).items():
            runner.set_output(name, value)
    except Exception as error:  # noqa: BLE001 - actions-toolkit raises a bare Exception for a missing file
        if not ending.title:
            result = f"The run ended as {ending.status}.{command.result(ledger)}"
            happened = f"{result} But GITHUB_OUTPUT was not written: {one_line(str(error), 200)}"
            ending = _ended(command, WorkflowFileError(happened))
        else:
            runner.info(f"The outputs could not be written: {error}")
    try:
        _summarise(command, runner, ledger, ending, inputs)
    except Exception as error:  # noqa: BLE001 - the work is done, and only the summary is missing
        runner.info(f"The summary could not be written (GITHUB_STEP_SUMMARY): {one_line(str(error), 200)}")
    if ending.title:
        runner.error(ending.title, ending.text)
    end = command.result(ledger)
    runner.info(f"Result: {ending.status} after {seconds:.0f} s and {counted(wiring.requests, 'request')}.{end}")
    return ending.exit_code if ending.exit_code or ending.status in command.statuses else EXIT_FAILED


def _summarise(
    command: Command[Any, Any],
    runner: Runner,
    *things: Any,  # noqa: ANN401 - ledger, ending and inputs
) -> None:
    """Append this run's summary to the job's. Secrets are hidden before texts are cut: half a secret is not found."""
    from cvaction.outcome.summary import without_secrets  # noqa: PLC0415 - needed only at the end

    parts = command.summarise(*(without_secrets(thing, runner.redact) for thing in things))
    runner.add_summary("\n".join(parts) + "\n")
