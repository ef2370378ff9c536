"""Promotions in threads of one process: the real steps, clients, pace and log; virtual time; the emulator in this process."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pytest

from cvaction.clock import Cancelled
from cvaction.commands.promote import perform
from cvaction.commands.promote.inputs import read_inputs
from cvaction.customvision.shared import Shared
from cvaction.github.context import RunContext
from cvaction.github.kept import KeptLog
from cvaction.outcome.ledger import Facts
from cvaction.rules.names import identify
from cvaction.run import Run
from cvaction.telling import Narrator
from cvaction.wiring import Wiring
from cvaction.workers import run_all
from tests.support.in_process import Recorder, Wire
from tests.support.threaded_clock import ThreadedClock
from tests.support.world import DEV, PROD, World, new_world

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from emulator import Response

NUMBER = 6


@dataclass
class Timed(Wire):
    """Notes when each request was sent, and where."""

    times: list[tuple[str, float, str]] = field(default_factory=list)

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        self.times.append((url.partition("/customvision")[0], self.clock.now(), url.partition("?")[0]))
        return super().exchange(method, url, headers, body)

    def most_in_a_second(self, origin: str) -> int:
        times = [moment for where, moment, _ in self.times if where == origin]
        return max(sum(first <= later < first + 1.0 - 1e-6 for later in times) for first in times)


class Many:
    """Several promotions of one world at a time."""

    def __init__(self, world: World, *, parallel: int) -> None:
        assert isinstance(world.clock, ThreadedClock)
        self.world, self.clock, self.parallel = world, world.clock, parallel
        self.wire = Timed(world.emulator, world.clock, {DEV: world.dev, PROD: world.prod})
        self.recorder = Recorder()
        environ = world.environment()
        self.context = RunContext.from_environ(environ)
        self.wiring = Wiring(environ, self.context, self.recorder, world.clock, self.wire.session)
        self.shared = Shared(world.clock)
        self.ids = [project.id for project in world.dev.projects.values() if project.entry.name.startswith("Shelf")]
        self.status: dict[str, str] = {}
        self.facts: dict[str, Facts] = {}
        self.log = ""

    def one(self, source_id: str) -> str:
        given = {**self.world.inputs, "source-project-id": source_id}
        inputs = read_inputs(lambda name: given.get(name, ""), self.context)
        assert inputs.target is not None
        log, facts = KeptLog(self.recorder), Facts()
        self.facts[source_id] = facts
        source = self.wiring.client("source", inputs.source, lambda _change: None, debug=log.debug)
        target = self.wiring.client("target", inputs.target, lambda _change: None, shared=self.shared, debug=log.debug)
        run = Run(
            inputs=inputs,
            context=self.context,
            identity=identify(inputs, self.context),
            source_client=source,
            target=target,
            clock=self.clock,
            narrator=Narrator(log, self.clock, facts),
            facts=facts,
        )
        status = "cancelled"
        try:
            status = perform(run)
        finally:
            log.close(f"{source_id}: {status}")
        return status

    def run(self) -> None:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            jobs = [partial(self.one, source_id) for source_id in self.ids]
            try:
                for done in run_all(self.clock, jobs, self.parallel):
                    self.status[self.ids[done.number]] = done.result()
            finally:
                self.clock.end()
                self.log = out.getvalue()


def many(tmp_path: Path, *, parallel: int, seed: int | None = None) -> Many:
    """Six projects to promote, each another than the next."""
    world = new_world("allow", {}, tmp_path, ThreadedClock(seed=seed))
    for number in range(NUMBER - 1):
        world.emulator.add_project(world.dev, f"Shelf {number}", tags={"Apple": 5 + number}, iterations=("one",))
    world.clock.advance(60)
    return Many(world, parallel=parallel)


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_each_is_done_once_and_proved(tmp_path: Path, seed: int | None) -> None:
    run = many(tmp_path, parallel=4, seed=seed)
    run.run()

    assert list(run.status.values()) == ["promoted"] * NUMBER
    copies = [project for project in run.world.prod.projects.values() if project.id not in run.world.foreign]
    sources = [run.world.dev.projects[key] for key in run.ids]
    assert sorted(copy.entry.name for copy in copies) == sorted(source.entry.name for source in sources)
    assert run.wiring.requests == run.wire.count
    assert max(map(run.wire.most_in_a_second, (DEV, PROD))) <= 10
    assert run.clock.threads == 0


def test_the_log_of_each_is_one_group(tmp_path: Path) -> None:
    run = many(tmp_path, parallel=4)
    run.run()

    groups = [part.partition("::endgroup::") for part in run.log.split("::group::")[1:]]
    assert sorted(title.partition("\n")[0] for title, _, _ in groups) == sorted(f"{key}: promoted" for key in run.ids)
    for inside, _, between in groups:
        assert inside.count("The copy is called") == 1
        assert not [line for line in between.splitlines() if line and not line.startswith("::add-mask::")]


def test_the_debug_lines_of_each_stand_in_its_group(tmp_path: Path) -> None:
    run = many(tmp_path, parallel=4)
    run.recorder._environ = {"RUNNER_DEBUG": "1"}
    run.run()

    for inside, _, between in [part.partition("::endgroup::") for part in run.log.split("::group::")[1:]]:
        assert inside.count("::debug::target: POST") == 1
        assert "::debug::" not in between


def test_they_take_less_time_and_fewer_requests_than_one_by_one(tmp_path: Path) -> None:
    alone, together = many(tmp_path, parallel=1), many(tmp_path, parallel=NUMBER)
    spent = []
    for run in (alone, together):
        began = run.clock.now()
        run.run()
        spent.append(run.clock.now() - began)

    assert spent[1] < spent[0] / 2
    assert together.wire.count < alone.wire.count


@pytest.mark.parametrize("after", [0.5, 2.0, 4.0, 7.0, 11.0])
def test_a_cancel_ends_all_and_a_re_run_leaves_one_copy_of_each(tmp_path: Path, after: float) -> None:
    run = many(tmp_path, parallel=4)
    run.clock.cancel_at = run.clock.now() + after
    with pytest.raises(Cancelled):
        run.run()

    assert max(moment for _, moment, _ in run.wire.times) <= run.clock.now()
    assert run.clock.threads == 0
    run.clock.advance(30.0)
    again = Many(run.world, parallel=4)
    again.run()
    assert list(again.status.values()) == ["promoted"] * NUMBER
    copies = [project for project in run.world.prod.projects.values() if project.id not in run.world.foreign]
    assert len(copies) == NUMBER
