"""Writes and reads facts.json: what a probe saw. It contains no key, id, name or host (schema: docs/facts.schema.json)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from conformance.facts import FACTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.facts.model import Answer, Settings

SCHEMA: Final = 1
SEEN, NOT_TRIED, NEW = "seen", "not-tried", "new"
STATES: Final = (SEEN, NOT_TRIED, NEW)
FORBIDDEN: Final = {
    "an id": re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE),
    "a key": re.compile(r"(?<![0-9A-Za-z])(?=[A-Za-z]*[0-9])[0-9A-Za-z]{32,}(?![0-9A-Za-z])"),
    "an address": re.compile(
        r"https?://|\b(?:[a-z0-9-]+\.)+(?:com|net|us|cn|org|io)\b|\b\d{1,3}(?:\.\d{1,3}){3}\b", re.IGNORECASE
    ),
    "a resource's id": re.compile(r"/subscriptions/|/resourceGroups/", re.IGNORECASE),
    "a signature": re.compile(r"\bsig=", re.IGNORECASE),
    "a token": re.compile(r"\beyJ[\w-]{8,}"),
    "a probe's name": re.compile(r"cvaction.probe [0-9a-f]", re.IGNORECASE),
}
"""What no facts.json may contain."""


class RecordError(ValueError):
    """The file is not a facts.json of this version."""


@dataclass(frozen=True)
class Finding:
    """The result for one fact. `about`: resolution, bound, reason, status, code, message, what."""

    id: str
    state: str
    value: Answer | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """The finding as JSON, as in the file."""
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        told = {"state": self.state, **({} if self.value is None else {"value": value}), **self.about}
        return dict(told)


@dataclass(frozen=True)
class Record:
    """A probe's result. `probed` is a date, `host` is regional or custom, `region` is known only for a regional host."""

    probed: str
    host: str
    region: str | None
    findings: tuple[Finding, ...]

    def settings(self) -> Settings:
        """The emulator's switches that make it behave as seen. Values that are dictionaries are merged."""
        result: Settings = {}
        for finding in self.findings:
            fact = FACTS[finding.id]
            if finding.state != SEEN or finding.value is None:
                continue
            for name, value in (fact.answers.settings(finding.value) or {}).items():
                result[name] = {**result[name], **value} if isinstance(result.get(name), dict) else value
        return result

    def text(self) -> str:
        """The file's text. Raises RecordError if it would contain what no facts.json may contain."""
        found = {
            "schema": SCHEMA,
            "probed": self.probed,
            "host": self.host,
            "region": self.region,
            "facts": {finding.id: finding.json() for finding in self.findings},
        }
        text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
        if leaks := leaking(text):
            raise RecordError(f"the file would contain {', '.join(leaks)}")
        return text


def leaking(text: str) -> list[str]:
    """What a text contains that no facts.json may contain."""
    return [what for what, pattern in FORBIDDEN.items() if pattern.search(text)]


def harmless(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings for a file. A finding that contains what no facts.json may contain is withheld, the rest is kept."""
    return tuple(_harmless(finding) for finding in findings)


def _harmless(finding: Finding) -> Finding:
    leaks = leaking(json.dumps(finding.json(), ensure_ascii=False))
    if not leaks:
        return finding
    return Finding(finding.id, NOT_TRIED, None, {"reason": f"withheld: it contained {', '.join(leaks)}"})


def read_record(text: str) -> Record:
    """A record from its text. Raises RecordError, which lists everything that is wrong."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"this is not JSON: {error}") from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA or not isinstance(data.get("facts"), dict):
        raise RecordError(f"this is not a facts.json of schema {SCHEMA}")
    problems: list[str] = []
    findings = tuple(_findings(data["facts"], problems))
    if problems:
        raise RecordError("; ".join(problems))
    region = data.get("region")
    return Record(
        str(data.get("probed", "")), str(data.get("host", "")), None if region is None else str(region), findings
    )


def _findings(facts: dict[str, Any], problems: list[str]) -> Iterable[Finding]:
    for name, told in facts.items():
        if name not in FACTS:
            problems.append(f"there is no fact {name!r}")
        elif not isinstance(told, dict) or told.get("state") not in STATES:
            problems.append(f"{name}: its state is none of {', '.join(STATES)}")
        elif told["state"] != SEEN:
            about = {key: value for key, value in told.items() if key not in {"state", "value"}}
            yield Finding(name, told["state"], None, about)
        else:
            try:
                value = FACTS[name].answers.read(told.get("value"))
            except ValueError as error:
                problems.append(f"{name}: {error}")
                continue
            about = {key: value for key, value in told.items() if key not in {"state", "value"}}
            yield Finding(name, SEEN, value, about)
