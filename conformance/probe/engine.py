"""One probe from its plan to its findings: each fact is tried by itself, and all own projects are deleted at the end."""

from __future__ import annotations

import math
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conformance.facts import FACTS
from conformance.probe.bench import PROJECTS
from conformance.probe.outcome import NewError, NotTriedError
from conformance.probe.own import Cleaner
from conformance.probe.scrub import scrub
from conformance.probe.trials import TRIALS
from conformance.probe.trials.model import Need
from conformance.record import NEW, NOT_TRIED, SEEN, Finding
from cvaction.customvision.errors import CustomVisionError
from cvaction.plural import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.facts.model import Answer, Fact
    from conformance.probe.bench import Bench
    from conformance.probe.journal import Journal
    from conformance.probe.settings import Settings
    from conformance.probe.side import Side
    from conformance.probe.trials.model import Trial

IMAGES: Final = 60
"""Images of the scratch project, at most."""
_FOREIGN: Final = ("code", "message")
"""The service's own words in an answer."""
NOT_ASKED: Final = "it was not selected"
FAULT: Final = "an answer that the probe cannot read"


@dataclass(frozen=True)
class Plan:
    """What a probe will try, and why it leaves out the rest."""

    trials: dict[str, Trial]
    left: dict[str, str]
    hosts: tuple[str, ...]

    @property
    def calls(self) -> int:
        """About how many calls the probe sends at most."""
        return 20 + sum(trial.calls for trial in self.trials.values())

    @property
    def writes(self) -> bool:
        """Whether the probe makes projects."""
        return self._needs(Need.WRITE) or self._needs(Need.TRAIN)

    def _needs(self, need: Need) -> bool:
        return any(need in trial.needs for trial in self.trials.values())

    def minutes(self, pace: float) -> int:
        """About how many minutes the probe takes, if nothing lags."""
        return math.ceil((self.calls / pace + sum(trial.seconds for trial in self.trials.values())) / 60)

    def lines(self, settings: Settings) -> Sequence[str]:
        """What the probe will do, for a person to agree to."""
        hosts = " and ".join(self.hosts)
        if settings.clean:
            return [f"The probe will delete what earlier probes have left on {hosts}. It touches nothing else."]
        made = (
            f"make at most {PROJECTS} projects at a time on each, with {IMAGES} images in all, and delete what it made. "
            "It touches nothing else."
            if self.writes
            else "make no project, and change nothing."
        )
        minutes = counted(self.minutes(settings.pace), "minute")
        lines = [
            f"The probe will try {counted(len(self.trials), 'fact')} of {len(FACTS)} on {hosts}.",
            f"The probe will {made}",
            f"The probe needs about {counted(self.calls, 'call')}, at most {settings.pace:g} a second, and {minutes}.",
        ]
        if self._needs(Need.TRAIN):
            lines.append("The probe will train up to four times (--train), which is billed: at most an hour each.")
        if self._needs(Need.BURST):
            lines.append(
                "The probe will send many calls in a second (--burst): other users of the resource may get a 429."
            )
        return lines


def plan(settings: Settings) -> Plan:
    """What will be tried with these settings."""
    sides = [side for side in (settings.source, settings.target) if side]
    hosts = tuple(dict.fromkeys(side.endpoint.host for side in sides))
    left = {name: fact.untried for name, fact in FACTS.items() if fact.untried}
    for name, trial in TRIALS.items():
        if settings.only and name not in settings.only:
            left[name] = NOT_ASKED
        elif reason := trial.lacking(settings):
            left[name] = reason
    return Plan({name: trial for name, trial in TRIALS.items() if name not in left}, left, hosts)


def probe(bench: Bench, planned: Plan) -> list[Finding]:
    """Try what was planned; returns the findings in the facts' order. The caller cleans up, however this ends."""
    found = {name: Finding(name, NOT_TRIED, None, {"reason": reason}) for name, reason in planned.left.items()}
    for number, (name, trial) in enumerate(planned.trials.items(), 1):
        finding = found[name] = _tried(bench, name, trial)
        _tidy(bench)
        bench.say(f"[{number}/{len(planned.trials)}] {line(finding)}")
    return [found[name] for name in FACTS]


def line(finding: Finding) -> str:
    """A finding in one line."""
    fact = FACTS[finding.id]
    if finding.state == SEEN:
        fits = "as assumed" if _fits(fact, finding.value) else f"assumed was {answer_text(fact.assumed)}"
        bound = "at least " if "bound" in finding.about else ""
        return f"{finding.id}: {bound}{answer_text(finding.value)} ({fits})"
    if finding.state == NEW:
        return f"{finding.id}: NEW: {finding.about.get('what')}"
    return f"{finding.id}: not tried: {finding.about.get('reason')}"


def _fits(fact: Fact, seen: Answer | None) -> bool:
    """Whether an answer is the assumed one. A number fits if it means the same as the assumed one."""
    if isinstance(seen, float):
        return fact.answers.meaning(seen) == fact.answers.meaning(fact.assumed)
    return seen == fact.assumed


def answer_text(answer: object) -> str:
    """An answer for a person."""
    if isinstance(answer, tuple):
        return " ".join(answer) or "none"
    return f"{answer:g}" if isinstance(answer, float) else str(answer)


def _tried(bench: Bench, name: str, trial: Trial) -> Finding:
    try:
        outcome = trial.run(bench)
        foreign = {word: scrub(str(outcome.about[word]), _names(bench)) for word in _FOREIGN if word in outcome.about}
        about = {**outcome.about, **foreign}
        return Finding(name, SEEN, FACTS[name].answers.read(outcome.value), about)
    except NotTriedError as problem:
        return Finding(name, NOT_TRIED, None, {"reason": str(problem)})
    except NewError as new:
        return Finding(name, NEW, None, _scrubbed(bench, new))
    except CustomVisionError as error:
        return Finding(name, NOT_TRIED, None, {"reason": _reason(bench, error)})
    except Exception as error:  # noqa: BLE001 - one answer of an unknown form must not end the probe
        last = traceback.extract_tb(error.__traceback__)[-1]
        return Finding(name, NOT_TRIED, None, {"reason": f"{FAULT} ({Path(last.filename).name}, line {last.lineno})"})


def _tidy(bench: Bench) -> None:
    try:
        bench.tidy()
    except CustomVisionError as error:
        bench.say(f"The trial's projects will be deleted later: {scrub(str(error))}")


def _reason(bench: Bench, error: CustomVisionError) -> str:
    status = f" with {error.status} {error.code}".rstrip() if error.status else ""
    return scrub(f"{error.operation or 'a request'} failed{status}: {error.message}", _names(bench))


def _scrubbed(bench: Bench, new: NewError) -> dict[str, object]:
    about = {
        "what": new.what,
        "status": new.status or None,
        "shape": new.shape,
        "code": scrub(new.code, _names(bench)),
        "message": scrub(new.message, _names(bench)),
    }
    return {name: value for name, value in about.items() if value}


def _names(bench: Bench) -> set[str]:
    """What no message may repeat: names of projects and of the resources."""
    hosts = {side.origin.partition("://")[2].partition(".")[0] for side in bench.sides}
    return {name for side in bench.sides for name in side.names} | hosts


def clean(bench: Bench, journal: Journal, *, thoroughly: bool = True) -> int:
    """Delete all projects of the probe on both sides; returns how many are left."""
    return sum(_clean(bench, side, journal, thoroughly=thoroughly) for side in bench.sides)


def _clean(bench: Bench, side: Side, journal: Journal, *, thoroughly: bool) -> int:
    """One side, with a second try: a fault at the very end must not leave anything."""
    cleaner = Cleaner(side, journal, bench.clock, bench.say)
    try:
        left = cleaner.clean(thoroughly=thoroughly)
    except CustomVisionError:
        left = 1
    if not left:
        return 0
    try:
        return cleaner.clean(thoroughly=thoroughly)
    except CustomVisionError as error:
        bench.say(f"The {side.label} resource could not be cleaned: {scrub(str(error), _names(bench))}")
        return 1
