"""A probe in this process: the real code from `run` down, a fake clock, and the emulator without a network."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.__main__ import run
from conformance.probe.side import Sessions
from conformance.record import Record, read_record
from emulator import Behaviour, Emulator
from tests.support.fake_clock import FakeClock
from tests.support.in_process import Killed, Wire
from tests.support.world import DEV, PROD, _Now

if TYPE_CHECKING:
    from pathlib import Path

    from emulator import Resource

STRANGERS = ("A stranger's", "cvaction probe 01234567 of a person", "Third", "Fourth", "Fifth")


@dataclass
class ProbeWorld:
    """Two resources with strangers in them."""

    folder: Path
    behaviour: Behaviour = field(default_factory=Behaviour)
    tier: str = "S0"
    single: bool = False

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.emulator = Emulator(now=_Now(self.clock), seed=11, behaviour=self.behaviour)
        self.dev = self.emulator.add_resource("dev", tier=self.tier)
        self.prod = self.emulator.add_resource("prod", tier=self.tier)
        for name in STRANGERS if self.tier == "S0" else ():
            for resource in (self.dev, self.prod):
                self.emulator.add_project(resource, name)
            self.clock.advance(60)
        self.clock.advance(3 * 3600)
        self.before = self.state()
        self.log = ""

    def state(self) -> dict[str, Any]:
        return {
            project.id: (project.name, project.description, project.content, project.status)
            for resource in (self.dev, self.prod)
            for project in resource.projects.values()
        }

    @property
    def environ(self) -> dict[str, str]:
        sides = {"SOURCE": (DEV, self.dev), "TARGET": (PROD, self.prod)}
        if self.single:
            del sides["TARGET"]
        return {
            "PROBE_OUTPUT": str(self.folder / "facts.json"),
            "PROBE_JOURNAL": str(self.folder / "journal"),
            "PROBE_PREDICTION_RESOURCE_ID": self.dev.prediction_resource_id,
            "PROBE_FAR_PREDICTION_RESOURCE_ID": self.prod.prediction_resource_id,
            "PROBE_PREDICTION_KEY": self.dev.prediction_key,
            **{f"PROBE_{side}_ENDPOINT": origin for side, (origin, _) in sides.items()},
            **{f"PROBE_{side}_KEY": resource.training_key for side, (_, resource) in sides.items()},
        }

    def wire(self, plan: dict[int, Any] | None = None) -> Wire:
        resources: dict[str, Resource] = {DEV: self.dev, PROD: self.prod}
        return Wire(self.emulator, self.clock, resources, plan or {})

    def probe(self, *options: str, wire: Wire | None = None, **environ: str) -> int | None:
        """The exit code; None after a kill. The log is kept."""
        wire = wire or self.wire()
        lines: list[str] = []
        code = None
        with contextlib.suppress(Killed):
            sessions = Sessions(wire.session, lambda: wire.session(measured=False))
            given = ["--yes", "--pace", "20", *options]
            code = run(
                given, {**self.environ, **environ}, self.clock, sessions, lines.append, afresh=lambda: self.clock
            )
        self.log = "\n".join(lines)
        return code

    @property
    def record(self) -> Record:
        return read_record((self.folder / "facts.json").read_text(encoding="utf-8"))

    def value(self, fact: str) -> Any:
        (found,) = [finding for finding in self.record.findings if finding.id == fact]
        return found.value if found.state == "seen" else (found.state, dict(found.about))
