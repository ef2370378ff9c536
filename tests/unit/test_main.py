"""One run from the environment to the exit code: what it tells on every outcome."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cvaction import main as module
from cvaction.commands.promote import COMMAND, OUTPUT_NAMES
from cvaction.commands.promote.summary import HEADLINES
from cvaction.github.runner import Runner
from cvaction.status import Status
from emulator import Fault
from runner_double.double import REPOSITORY
from tests.support.fake_clock import FakeClock
from tests.support.world import new_world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.world import World

LOADED_AT_THE_FIRST_REQUEST = """
import json, os, sys
from cvaction.clock import SystemClock
from cvaction.customvision.transport import Transport
from cvaction.main import find, main

def first_request(transport, call, parse):
    print(json.dumps([name for name in sys.modules if name.startswith("cvaction.")]), file=sys.stderr)
    os._exit(0)

Transport.send = first_request
main(os.environ, SystemClock.listening(), find([]))
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return new_world("allow", {}, tmp_path)


@pytest.mark.parametrize(("signum", "code"), [(2, 130), (15, 143)])
def test_a_cancel_at_any_moment_leaves_the_import_and_a_re_run_goes_on(tmp_path: Path, signum: int, code: int) -> None:
    probe = new_world("allow", {}, tmp_path)
    began = probe.clock.now()
    probe.attempt()
    moments = int((probe.clock.now() - began - 2.0) * 10)
    assert moments > 40
    for tenth in range(1, moments, 2):
        world = new_world("allow", {}, tmp_path)
        world.clock.cancel_at, world.clock.signum = began + tenth / 10, signum
        first, wire = world.attempt()
        world.clock.cancel_at = None
        assert (first.status, first.exit_code) == ("cancelled", code)
        assert set(first.outputs) == set(OUTPUT_NAMES)
        assert first.summary.startswith("## ")
        assert first.log.count("::error title=The promotion was cancelled") == 1
        made = [project.id for project in world.own()]
        if first.outputs["project-id"]:
            assert first.outputs["project-id"] in first.log
        assert wire.count <= probe_count(probe), "nothing is sent after a cancel"
        second, _ = world.attempt(2)
        assert second.status == "promoted"
        assert [project.id for project in world.own()] == [second.outputs["project-id"]]
        assert not made or made == [second.outputs["project-id"]], "the import was gone on with"


def probe_count(world: World) -> int:
    return len(world.emulator.log)


def test_the_source_hears_nothing_but_reads(world: World) -> None:
    world.attempt()
    assert {logged.method for logged in world.emulator.log if logged.resource == "dev"} == {"GET"}


@pytest.mark.parametrize(
    ("status", "prepare"),
    [
        ("promoted", lambda _world: None),
        ("planned", lambda world: world.inputs.update({"dry-run": "true"})),
        ("gated", lambda world: world.inputs.update({"min-recall": "1"})),
        ("importing", lambda world: world.inputs.update({"wait-minutes": "0.01"})),
        ("failed", lambda world: world.emulator.faults.add(Fault("401"))),
        ("failed", lambda world: world.inputs.update({"source-key": ""})),
    ],
)
def test_every_output_is_set_on_every_outcome(world: World, status: str, prepare: object) -> None:
    assert callable(prepare)
    prepare(world)
    result, _ = world.attempt()
    assert result.status == status
    assert tuple(result.outputs) == OUTPUT_NAMES
    assert "\n" not in result.outputs["report"]
    assert json.loads(result.outputs["report"])["status"] == status
    assert result.log.count("::error ") == (0 if status in {"promoted", "planned"} else 1)
    assert result.log.splitlines()[-1].startswith(f"Result: {status} after ")
    headline = result.summary.splitlines()[0]
    assert headline.startswith(f"## {HEADLINES[Status(status)]}")
    assert (": The" in headline) == (status == "failed"), "a failure's title, and no other"


def test_something_unforeseen_is_one_error_without_a_traceback(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise ZeroDivisionError("a\n::error::b")

    monkeypatch.setattr("cvaction.commands.promote.story.promote", broken)
    result, _ = world.attempt()
    assert (result.status, result.exit_code) == ("failed", 1)
    assert "::error title=A fault in this action" in result.log
    assert "ZeroDivisionError" in result.log
    assert "Traceback" not in "\n".join(line for line in result.log.splitlines() if not line.startswith("::debug::"))


class _Unwritable(Runner):
    """A runner whose output file is gone."""

    def set_output(self, name: str, value: str) -> None:
        raise OSError(28, f"No space left on device: {name}={value[:3]}")


@pytest.mark.parametrize("gated", [False, True])
def test_outputs_that_cannot_be_written_fail_the_run_once(
    world: World, gated: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    if gated:
        world.inputs["min-recall"] = "1"
    code = module.run(world.environment(), _Unwritable({}), world.clock, world.wire().session, COMMAND)
    out = capsys.readouterr().out
    assert code == 1
    assert out.count("::error ") == 1
    assert ("The model missed a gate" if gated else "The runner's files cannot be written") in out


def test_images_that_are_not_found_in_time_are_a_wrong_input(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    late: Any = lambda *_: world.clock.advance(module.READ_SECONDS + 1)  # noqa: E731 - a read that never ends
    slow = replace(COMMAND, read=late)
    monkeypatch.setattr("tests.support.in_process.COMMAND", slow)
    result, wire = world.attempt()
    assert (result.status, wire.count) == ("failed", 0)
    assert "smoke-images: the images were not found within 60 s" in result.log


@pytest.mark.parametrize("dry_run", ["false", "true"])
def test_the_garbage_collector_works_again_once_the_program_is_loaded(world: World, dry_run: str) -> None:
    world.inputs["dry-run"] = dry_run
    gc.disable()  # as entrypoint.py does
    try:
        world.attempt()
        assert gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize("if_exists", ["new", "sync"])
def test_what_the_first_request_does_not_need_is_not_loaded_before_it(world: World, if_exists: str) -> None:
    world.inputs["if-exists"] = if_exists
    command = [sys.executable, "-c", LOADED_AT_THE_FIRST_REQUEST]
    run = subprocess.run(command, cwd=REPOSITORY, env=world.environment(), capture_output=True, text=True, check=True)
    loaded = {name.removeprefix("cvaction.") for name in json.loads(run.stderr)}
    assert not {name for name in loaded if name.startswith("steps")}
    assert "customvision.client" in loaded
    assert not {name for name in loaded if "keyless" in name or name.startswith(("entra", "github.assertion"))}
    assert not loaded & {
        "customvision.bearer",
        "customvision.shared",
        "github.kept",
        "one_answer",
        "workers",
        "customvision.models",
        "inputs.folders",
        "inputs.ids",
        "inputs.images",
        "rules.mark",
        "rules.own_copies",
        "rules.comparison",
        "commands.promote.story",
        "commands.promote.plan",
        "commands.promote.parts",
        "commands.promote.looking",
        "commands.promote.closing",
        "commands.promote.resume",
        "commands.promote.summary",
        "outcome.summary",
        "failures.explanations",
    }


def test_a_debug_line_has_method_path_status_and_request_id_but_no_query(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    code = module.run(world.environment(), Runner({"RUNNER_DEBUG": "1"}), world.clock, world.wire().session, COMMAND)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("::debug::")]
    assert code == 0
    assert len(lines) == len(world.emulator.log)
    (line,) = [line for line in lines if "POST /customvision/v3.3/training/projects/import" in line]
    assert " 200 20 ms " in line
    assert "token" not in line
    assert "?" not in line


def test_after_the_services_retirement_a_failure_says_so(tmp_path: Path) -> None:
    world = new_world("allow", {}, tmp_path)
    world.clock.advance(2 * 365 * 86400)
    world.emulator.faults.add(Fault("502-html", times=0))
    result, _ = world.attempt()
    assert "2028-09-25" in result.log


def test_before_the_services_retirement_a_failure_does_not(world: World) -> None:
    world.emulator.faults.add(Fault("502-html", times=0))
    result, _ = world.attempt()
    assert "2028-09-25" not in result.log


def test_two_clients_of_one_resource_share_its_pace(world: World) -> None:
    world.inputs |= {"target-endpoint": world.inputs["source-endpoint"], "target-key": world.inputs["source-key"]}
    stamps: list[float] = []
    wire = world.wire()
    exchange = wire.exchange

    def stamped(*args: object) -> object:
        stamps.append(world.clock.now())
        return exchange(*args)  # type: ignore[arg-type]

    wire.exchange = stamped  # type: ignore[assignment, method-assign]
    module.run(world.environment(), Runner({}), world.clock, wire.session, COMMAND)
    assert len(stamps) > 20
    assert all(later - earlier >= 1.0 for earlier, later in zip(stamps, stamps[10:], strict=False))


def test_main_runs_with_the_clock_that_it_is_given() -> None:
    assert module.main({}, FakeClock(), COMMAND) == 1  # type: ignore[arg-type] # a clock that moves only when told


def test_a_summary_that_cannot_be_written_does_not_fail_a_promotion(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runner = Runner({"GITHUB_STEP_SUMMARY": str(tmp_path / "missing" / "summary")})
    assert module.run(world.environment(), runner, world.clock, world.wire().session, COMMAND) == 0
    out = capsys.readouterr().out
    assert "The summary could not be written" in out
    assert "::error" not in out
