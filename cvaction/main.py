"""One run: inputs, clients, promotion, outputs, summary, exit code.

The only place that builds real objects, and the only place that catches everything.
"""

from __future__ import annotations

import gc
import signal
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cvaction.clock import Cancelled, DeadlineExceededError
from cvaction.customvision.client import TrainingClient
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.session import new_session
from cvaction.customvision.transport import Pace, Transport
from cvaction.errors import EXIT_FAILED, BugError, Failure, InputError, RunCancelledError, WorkflowFileError
from cvaction.github.context import RunContext
from cvaction.github.runner import Runner
from cvaction.github.text import one_line
from cvaction.inputs import KEYS, Inputs, Side, read_inputs
from cvaction.job import Job
from cvaction.naming import identify
from cvaction.report import Ending, Facts, outputs
from cvaction.secret import Secret
from cvaction.steps.first_request import look_for_own_work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from cvaction.clock import Clock, SystemClock
    from cvaction.customvision.credentials import Credential
    from cvaction.customvision.transport import Trace
    from cvaction.keyless import Keyless

RETIREMENT = datetime(2028, 9, 25, tzinfo=UTC)  # the vendor's announced end of support
READ_SECONDS = 60.0


def main(environ: Mapping[str, str], clock: SystemClock) -> int:
    """Run the action in this environment with a clock that listens already; returns its exit code."""
    return run(environ, Runner(environ), clock, new_session)


def run(environ: Mapping[str, str], runner: Runner, clock: Clock, sessions: Callable[[], requests.Session]) -> int:
    """Run the action with the given log, clock and HTTP sessions; returns its exit code."""
    facts, began = Facts(), clock.now()
    clients: list[TrainingClient] = []
    inputs: Inputs | None = None
    try:
        try:
            for name in KEYS:
                runner.mask(Secret(environ.get(f"INPUT_{name.upper()}", "").strip()))
            context = RunContext.from_environ(environ)
            inputs = _checked(environ, context, runner, clock)
            job = _job(environ, inputs, context, runner, clock, sessions, facts, clients)
            _first_line(job)
            ending = Ending(_run(job), 0)
        finally:
            clock.end()
    except Cancelled as cancel:
        ending = _failed(_cancelled(cancel, facts))
    except Failure as failure:
        ending = _failed(failure, facts)
    except CustomVisionError as error:
        ending = _failed(_explained(error, clock), facts)
    except Exception as error:  # noqa: BLE001 - the one place where a bug becomes a text
        ending = _bug(error, runner)
    return _tell(runner, facts, ending, inputs, sum(client.requests for client in clients), clock.now() - began)


def _checked(environ: Mapping[str, str], context: RunContext, runner: Runner, clock: Clock) -> Inputs:
    """The inputs; and what the run needs at its end to tell its result is tried before anything is asked or changed."""
    problem = runner.output_problem()
    try:
        inputs = _read(environ, context, clock)
    except InputError as error:
        error.notes += [f"Besides: {problem}"] if problem else []
        raise
    if problem:
        msg = f"{problem} No request was made: nobody would be told of a copy."
        raise WorkflowFileError(msg)
    return inputs


def _read(environ: Mapping[str, str], context: RunContext, clock: Clock) -> Inputs:
    """The inputs; the globs of `smoke-images` may walk a large workspace, and heed a cancel and a deadline here."""
    try:
        return clock.call(
            lambda _: read_inputs(lambda name: environ.get(f"INPUT_{name.upper()}", ""), context), READ_SECONDS
        )
    except DeadlineExceededError:
        problem = f"smoke-images: the images were not found within {READ_SECONDS:.0f} s; name their folder more closely"
        raise InputError([problem]) from None


def _run(job: Job) -> str:
    """The first request, then the rest of the program: loaded before, it would delay that request."""
    own_work = look_for_own_work(job)
    if job.inputs.dry_run:
        from cvaction.planning import plan as work  # noqa: PLC0415 - see above
    else:
        from cvaction.promotion import promote as work  # noqa: PLC0415 - see above
    gc.enable()  # entrypoint.py disabled it for the time of loading
    return work(job, own_work)


def _job(  # noqa: PLR0913, PLR0917 - where all that a run touches comes together
    environ: Mapping[str, str],
    inputs: Inputs,
    context: RunContext,
    runner: Runner,
    clock: Clock,
    sessions: Callable[[], requests.Session],
    facts: Facts,
    clients: list[TrainingClient],
) -> Job:
    paces: dict[str, Pace] = {}
    credential = _credentials(environ, runner, clock, sessions)

    def client(label: str, side: Side) -> TrainingClient:
        origin = side.endpoint.origin
        transport = Transport(
            origin,
            credential(side),
            clock=clock,
            new_session=sessions,
            label=label,
            pace=paces.setdefault(origin, Pace(clock)),
            trace=lambda trace: _trace(runner, label, trace),
        )
        changed = lambda change: facts.changes.append((label, change))  # noqa: E731 - one line of the ledger
        clients.append(TrainingClient(transport, mask=runner.mask, changed=changed))
        return clients[-1]

    source = client("source", inputs.source)
    target = client("target", inputs.target) if inputs.target else None
    return Job(inputs, context, identify(inputs, context), source, target, clock, runner, facts, clock.now())


def _credentials(
    environ: Mapping[str, str], runner: Runner, clock: Clock, sessions: Callable[[], requests.Session]
) -> Callable[[Side], Credential]:
    """What lets a side in: its key, or tokens of who asks in its place."""
    keyless: list[Keyless] = []

    def credential(side: Side) -> Credential:
        if side.key is not None:
            return KeyCredential(side.key)
        if side.ids is None:
            raise TypeError("a side without a key and without ids")
        if not keyless:
            from cvaction.keyless import Keyless  # noqa: PLC0415 - most runs have keys

            trace = runner.debug if runner.debugging else lambda _text: None
            keyless.append(Keyless(environ, clock, sessions, mask=runner.mask, say=runner.info, trace=trace))
        return keyless[0].credential(side, side.ids)

    return credential


def _trace(runner: Runner, label: str, trace: Trace) -> None:
    if runner.debugging:
        status = trace.status or "no answer"
        milliseconds = round(trace.seconds * 1000)
        runner.debug(f"{label}: {trace.method} {trace.path} {status} {milliseconds} ms {trace.request_id}".rstrip())


def _first_line(job: Job) -> None:
    inputs = job.inputs
    what = inputs.source_project_id or f"'{inputs.source_project_name}'"
    name = f" as '{one_line(inputs.target_project_name)}'" if inputs.target_project_name else ""
    where = f" to {inputs.target.endpoint.host}" if inputs.target else ""
    verb = "Planning to copy" if inputs.dry_run else "Copying"
    job.say(f"{verb} project {one_line(what)} from {inputs.source.endpoint.host}{where}{name}.")


def _failed(failure: Failure, facts: Facts | None = None) -> Ending:
    if facts is not None:
        failure.notes += facts.notes
    return Ending(
        failure.status,
        failure.exit_code,
        failure.title,
        failure.text(),
        code=failure.code,
        request_id=failure.request_id,
    )


def _explained(error: CustomVisionError, clock: Clock) -> Failure:
    from cvaction.explanations import explain  # noqa: PLC0415 - 60 texts that a good run never needs

    cause = getattr(error, "cause", None)  # of a request that was not sent for want of a token
    failure = cause if isinstance(cause, Failure) else explain(error, error.label)
    if clock.today() >= RETIREMENT:
        failure.notes.append("Azure Custom Vision's support has ended on 2028-09-25; after it calls fail.")
    return failure


def _cancelled(cancel: Cancelled, facts: Facts) -> Failure:
    if facts.project_id and facts.project_id == facts.removing:
        left = f"The copy {facts.project_id} was just being removed; the next attempt makes sure of it."
    elif facts.project_id:
        left = f"The copy {facts.project_id} was left where it is."
    else:
        left = "No copy was known yet; an import that was just being sent is found by the next attempt."
    name = signal.Signals(cancel.signum).name
    return RunCancelledError(f"The run was cancelled ({name}). {left}", signum=cancel.signum)


def _bug(error: Exception, runner: Runner) -> Ending:
    for line in traceback.format_exception(error):
        runner.debug(line)
    last = traceback.extract_tb(error.__traceback__)[-1]
    return _failed(BugError(f"{type(error).__name__} in {last.name}, line {last.lineno}: {one_line(str(error), 200)}"))


def _tell(  # noqa: PLR0913, PLR0917 - all that a run has to tell
    runner: Runner, facts: Facts, ending: Ending, inputs: Inputs | None, requests_made: int, seconds: float
) -> int:
    """Outputs, summary, the one annotation, and the last line."""
    from cvaction.summary import write_summary  # noqa: PLC0415 - needed only at the end

    try:
        for name, value in outputs(facts, ending, requests=requests_made).items():
            runner.set_output(name, value)
    except Exception as error:  # noqa: BLE001 - actions-toolkit raises a bare Exception for a missing file
        if not ending.title:
            copy = facts.project_id or "(none)"
            happened = (
                f"The copy {copy} is {ending.status}, but GITHUB_OUTPUT was not written: {one_line(str(error), 200)}"
            )
            ending = _failed(WorkflowFileError(happened))
        else:
            runner.info(f"The outputs could not be written: {error}")
    try:
        write_summary(runner, facts, ending, inputs)
    except Exception as error:  # noqa: BLE001 - the promotion is done, and only its picture is missing
        runner.info(f"The summary could not be written (GITHUB_STEP_SUMMARY): {one_line(str(error), 200)}")
    if ending.title:
        runner.error(ending.title, ending.text)
    name = f" '{one_line(facts.project_name, 120)}'" if facts.project_name else ""
    project = f" project-id: {facts.project_id}{name}." if facts.project_id else ""
    runner.info(f"Result: {ending.status} after {seconds:.0f} s and {requests_made} requests.{project}")
    return (
        ending.exit_code if ending.exit_code or ending.status in {"promoted", "unchanged", "planned"} else EXIT_FAILED
    )
