"""A probe in this process: the real code from `run` down, a fake clock, and the emulator without a network."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.__main__ import run
from conformance.facts import FACTS
from conformance.probe.side import Sessions
from conformance.record import Record, read_record
from emulator import Behaviour, Emulator
from emulator.host.beside import Party
from emulator.host.identity_service import ASSERTION_PATH, ASSERTION_QUERY, ENTRA, GITHUB, IdentityService
from emulator.state.identity import TARGET_ROLE, open_directory
from tests.support.fake_clock import FakeClock
from tests.support.in_process import Killed, Wire
from tests.support.keyless import ENTRA_ORIGIN, GITHUB_ORIGIN
from tests.support.world import DEV, PROD, _Now

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.facts.model import Answer, Settings
    from conformance.record import Finding
    from emulator import Resource

STRANGERS = ("A stranger's", "cvaction probe 01234567 of a person", "Third", "Fourth", "Fifth")
KEYLESS = frozenset({"token-operations", "token-imports", "keys-off"})
"""Facts that are tried without keys."""
ALL = ("--train", "--burst")


@dataclass
class ProbeWorld:
    """Two resources with strangers in them. `keyless`: they are asked with tokens."""

    folder: Path
    settings: Settings = field(default_factory=dict)
    tier: str = "S0"
    single: bool = False
    keyless: bool = False

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.emulator = Emulator(now=_Now(self.clock), seed=11)
        self.dev = self.emulator.add_resource("dev", tier=self.tier)
        self.prod = self.emulator.add_resource("prod", tier=self.tier)
        for name in STRANGERS if self.tier == "S0" else ():
            for resource in (self.dev, self.prod):
                self.emulator.add_project(resource, name)
            self.clock.advance(60)
        self.clock.advance(3 * 3600)
        self.emulator.behaviour = Behaviour(**self.settings)
        if self.keyless:
            directory = open_directory(self.emulator)
            client = next(iter(directory.tenants[0].clients.values()))
            client.roles[:] = [(resource.name, TARGET_ROLE, None) for resource in (self.dev, self.prod)]
        self.before = self.state()
        self.log = ""

    def state(self) -> dict[str, Any]:
        return {
            project.id: (project.name, project.description, project.content, project.status)
            for resource in (self.dev, self.prod)
            for project in resource.projects.values()
        }

    def left(self) -> list[str]:
        """What a probe has left behind, or changed of a stranger's."""
        now = self.state()
        lost = [was[0] for project_id, was in self.before.items() if now.get(project_id) != was]
        return [f"changed: {name}" for name in lost] + [is_now[0] for i, is_now in now.items() if i not in self.before]

    @property
    def environ(self) -> dict[str, str]:
        sides = {"SOURCE": (DEV, self.dev), "TARGET": (PROD, self.prod)}
        if self.single:
            del sides["TARGET"]
        result = {
            "PROBE_OUTPUT": str(self.folder / "facts.json"),
            "PROBE_JOURNAL": str(self.folder / "journal"),
            "PROBE_PREDICTION_RESOURCE_ID": self.dev.prediction_resource_id,
            "PROBE_FAR_PREDICTION_RESOURCE_ID": self.prod.prediction_resource_id,
            "PROBE_PREDICTION_KEY": self.dev.prediction_key,
            **{f"PROBE_{side}_ENDPOINT": origin for side, (origin, _) in sides.items()},
        }
        if not self.keyless:
            return result | {f"PROBE_{side}_KEY": resource.training_key for side, (_, resource) in sides.items()}
        directory = self.emulator.directory
        assert directory
        return result | {
            "PROBE_DISABLED_KEY": self.dev.training_key if self.emulator.behaviour.disable_local_auth != "no" else "",
            "PROBE_CLIENT_ID": next(iter(directory.tenants[0].clients)),
            "PROBE_TENANT_ID": directory.tenants[0].id,
            "PROBE_TRUSTED_ENDPOINTS": f"authority={ENTRA_ORIGIN}",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{GITHUB_ORIGIN}{ASSERTION_PATH}?{ASSERTION_QUERY}",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": directory.workflow.request_token,
        }

    def wire(self, plan: dict[int, Any] | None = None) -> Wire:
        resources: dict[str, Resource | Party] = {DEV: self.dev, PROD: self.prod}
        identity = None
        if self.keyless:
            resources |= {ENTRA_ORIGIN: Party(ENTRA), GITHUB_ORIGIN: Party(GITHUB)}
            identity = IdentityService(self.emulator)
        return Wire(self.emulator, self.clock, resources, plan or {}, identity=identity)

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

    def finding(self, fact: str) -> Finding:
        (found,) = [finding for finding in self.record.findings if finding.id == fact]
        return found


def world_of(folder: Path, fact: str, answer: Answer, **options: Any) -> ProbeWorld:
    """A world in which a fact has an answer, and can be seen."""
    known = FACTS[fact]
    settings = {**known.clear, **(known.answers.settings(answer) or {})}
    return ProbeWorld(folder, settings, keyless=fact in KEYLESS, **options)


def wrong(finding: Finding, answer: Answer) -> str:
    """What is wrong with a finding where an answer is true; empty where nothing is."""
    if finding.state != "seen":
        return f"{finding.id} is {finding.state}: {dict(finding.about)}"
    seen, room = finding.value, 0.0
    if isinstance(seen, float) and isinstance(answer, float):
        room = (
            max(0.0, answer - seen) if finding.about.get("bound") else float(finding.about.get("resolution", 0)) + 0.01
        )
        good = abs(seen - answer) <= room
    else:
        good = seen == answer
    return "" if good else f"{finding.id} is {seen}, and not {answer}"
