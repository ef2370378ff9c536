"""The probe's command: settings, plan, exit codes, what it prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.facts import FACTS
from conformance.probe.settings import DEFAULTS, parser, variable
from conformance.probe.trials import TRIALS
from emulator import Fault
from runner_double.double import REPOSITORY
from tests.support.documents import tables
from tests.support.probing import ALL, ProbeWorld

if TYPE_CHECKING:
    from pathlib import Path

PAGE = REPOSITORY / "docs" / "probe.md"


def run(world: ProbeWorld, *options: str, **environ: str) -> int | None:
    """Without --yes."""
    from conformance import __main__ as command  # noqa: PLC0415 - under the same name as the real one
    from conformance.probe.side import Sessions  # noqa: PLC0415 - only here

    lines: list[str] = []
    wire = world.wire()
    code = command.run(
        options, {**world.environ, **environ}, world.clock, Sessions(wire.session, wire.session), lines.append,
        afresh=lambda: world.clock,
    )  # fmt: skip
    world.log = "\n".join(lines)
    return code


def test_without_yes_only_the_plan_is_told(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path)

    assert run(world) == 0

    assert world.emulator.log == []
    assert list(tmp_path.iterdir()) == []
    for told in (
        "127.0.0.1:8001 and 127.0.0.1:8002",
        "at most 2 projects",
        "60 images",
        "at most 3 a second",
        "minutes",
    ):
        assert told in world.log
    assert "--yes" in world.log


def test_the_plan_tells_what_costs(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path)

    run(world, "--train", "--burst")
    costly = world.log
    run(world, "--read-only")

    assert "which is billed" in costly
    assert "may get a 429" in costly
    assert "no project" in world.log


def test_the_plan_tells_nothing_that_is_not_done(tmp_path: Path) -> None:
    """Whoever reads of training and of projects may not dare to add --yes."""
    world = ProbeWorld(tmp_path)

    run(world, "--read-only", "--train")
    assert "billed" not in world.log
    assert "delete" not in world.log

    run(world, "--clean", "--train")
    assert "will delete what earlier probes have left on 127.0.0.1:8001 and 127.0.0.1:8002" in world.log
    assert "will make" not in world.log
    assert "billed" not in world.log


def test_all_that_is_wrong_is_told_at_once_by_its_variable(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path)
    wrong = {
        "PROBE_SOURCE_ENDPOINT": "https://example.org",
        "PROBE_SOURCE_KEY": "",
        "PROBE_TARGET_ENDPOINT": "nonsense",
        "PROBE_PREDICTION_RESOURCE_ID": "0" * 32,
        "PROBE_FAR_PREDICTION_RESOURCE_ID": "https://westeurope.api.cognitive.microsoft.com",
    }

    assert run(world, "--yes", "--pace", "5", "--wait-minutes", "nan", **wrong) == 2

    for told in (*(f"{name}: " for name in wrong), "--pace: ", "--wait-minutes: "):
        assert told in world.log
    assert world.emulator.log == []


def test_a_faster_pace_is_for_this_machine_alone(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path)
    real = {"PROBE_SOURCE_ENDPOINT": "https://westeurope.api.cognitive.microsoft.com"}

    assert run(world, "--pace", "3.5", **real) == 2
    assert run(world, "--pace", "3", **real) == 0
    assert run(world, "--pace", "50") == 0
    assert run(world, "--pace", "0") == 2


def test_ids_without_a_right_to_assertions_are_told(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path, keyless=True)

    assert run(world, ACTIONS_ID_TOKEN_REQUEST_URL="") == 2

    assert "id-token: write" in world.log


def test_at_most_three_calls_a_second(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path)
    moments: list[float] = []

    class Clocked(dict[int, object]):
        def get(self, _number: int, _default: object = None) -> object:
            moments.append(world.clock.now())
            return None

    wire = world.wire()
    wire.plan = Clocked()
    world.probe("--pace", "3", "--train", wire=wire)

    per_second = [sum(at <= other < at + 1 for other in moments) for at in moments]
    assert max(per_second) <= 2 * 3  # two resources, each with a pace of its own
    world = ProbeWorld(tmp_path, single=True)
    moments.clear()
    wire = world.wire()
    wire.plan = Clocked()
    world.probe("--pace", "3", wire=wire)
    assert max(sum(at <= other < at + 1 for other in moments) for at in moments) <= 3


def test_read_only_writes_nothing(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path, keyless=True)

    assert world.probe("--read-only", *ALL) == 0

    assert {logged.method for logged in world.emulator.log if logged.resource in {"dev", "prod"}} == {"GET"}
    assert world.finding("wrong-key").state == "seen"
    assert "--read-only" in str(world.finding("names-case").about["reason"])
    assert not (tmp_path / "journal").exists()


def test_nothing_is_cleaned_without_a_write(tmp_path: Path) -> None:
    """--clean with --read-only would delete nothing, and say that nothing is left."""
    world = ProbeWorld(tmp_path)

    assert run(world, "--yes", "--clean", "--read-only") == 2

    assert "--clean: " in world.log
    assert world.emulator.log == []


def test_one_resource_is_enough(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path, single=True)

    assert world.probe(*ALL) == 0

    assert {logged.resource for logged in world.emulator.log} == {"dev", "blobs"}
    assert world.finding("import-taken-name").value == "suffix"


def test_only_what_is_asked_for_is_tried(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path)

    assert world.probe("--only", "names-case", "--only", "wrong-key") == 0

    assert {found.id for found in world.record.findings if found.state == "seen"} == {"names-case", "wrong-key"}


def test_a_resource_that_cannot_be_asked_is_told(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path)

    assert world.probe(PROBE_SOURCE_KEY="0" * 32) == 1

    assert "The source resource cannot be listed: GetProjects: 401" in world.log
    assert "deleted" not in world.log, "nothing was made"
    assert not list(tmp_path.iterdir()), "a journal of a wrong endpoint would stay for ever"


def test_a_failed_listing_keeps_the_journal_of_an_earlier_probe(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text('{"run": "01234567", "on": ["http://127.0.0.1:8001"]}\n', encoding="utf-8")
    world = ProbeWorld(tmp_path)

    assert world.probe(PROBE_SOURCE_KEY="0" * 32) == 1

    assert "01234567" in (tmp_path / "journal").read_text(encoding="utf-8")


def test_something_new_is_exit_code_three_and_comes_first(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path, {"refusals": {"wrong-iteration": "418 service Teapot"}})

    assert world.probe() == 3

    table = world.log.partition("what it means\n")[2]
    assert table.splitlines()[0].startswith("wrong-iteration")
    assert "Teapot" in table.splitlines()[0]


def test_what_breaks_is_told_in_plain_words(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path, {"lag_of_new": 40.0})

    assert world.probe("--only", "lag-new") == 0

    assert "Promise 1 would not hold: a second, unfinished import may be left behind." in world.log


def test_no_output_tells_a_secret(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path)
    for kind in ("echo-secrets", "401", "403-firewall"):
        world.emulator.faults.add(Fault(kind, skip=12, times=3))

    world.probe(*ALL)

    told = world.log + (tmp_path / "facts.json").read_text(encoding="utf-8")
    secrets = (world.dev.training_key, world.prod.training_key, world.dev.prediction_key, "sig=", "Bearer ")
    assert not [secret for secret in secrets if secret in told]


def test_a_journal_that_cannot_be_written_stops_before_anything(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path)

    assert world.probe(PROBE_JOURNAL=str(tmp_path / "no" / "such" / "folder")) == 2

    assert world.emulator.log == []


def test_every_fact_has_its_progress_line(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path)

    world.probe(*ALL)

    lines = [line for line in world.log.splitlines() if line.startswith("[")]
    assert len(lines) == len([name for name in TRIALS if world.finding(name).about.get("reason", "")[:2] != "it"])
    assert set(TRIALS) <= set(FACTS)


@pytest.mark.parametrize("action", parser()._actions[1:], ids=lambda action: action.dest)
def test_the_page_has_every_option(action: object) -> None:
    options = [row[0][0] for head, *rows in tables(PAGE) if head[0] == ["option"] for row in rows]

    assert getattr(action, "option_strings", [""])[0] in {option.split()[0] for option in options}


def test_the_page_has_every_setting() -> None:
    told = PAGE.read_text(encoding="utf-8")
    derived = {f"{side}-{name}" for side in ("source", "target") for name in ("client-id", "tenant-id")}
    for name in DEFAULTS:
        if name not in derived and name != "audience":
            assert f"`{variable(name)}`" in told, name
