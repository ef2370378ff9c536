"""`python -m conformance` runs the probe: it reads the command line, writes facts.json and returns the exit code."""

from __future__ import annotations

import os
import secrets
import sys
from typing import TYPE_CHECKING, Final

from conformance.probe.bench import Bench
from conformance.probe.engine import Plan, clean, plan, probe
from conformance.probe.journal import Journal
from conformance.probe.own import run_of
from conformance.probe.settings import Settings, read_settings
from conformance.probe.side import Sessions, connect
from conformance.probe.wire import unmeasured_session
from conformance.record import NEW, Finding, Record, RecordError, harmless
from conformance.table import markdown, text
from cvaction.clock import Cancelled, SystemClock
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.session import new_session
from cvaction.failures.errors import InputError
from cvaction.github.text import safe_lines
from cvaction.keyless import Keyless
from cvaction.plural import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cvaction.clock import Clock

DONE, FAILED, WRONG, NEW_SEEN, CANCELLED = 0, 1, 2, 3, 128
_FEWEST: Final = 8  # hexadecimal digits of a run


def say(line: str) -> None:
    """Print a line of progress. A runner must find no command in it."""
    for part in safe_lines(line):
        sys.stdout.write(f"{part}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str], environ: Mapping[str, str], clock: SystemClock) -> int:
    """Run the probe in this environment."""
    sessions = Sessions(new_session, unmeasured_session)
    return run(arguments, environ, clock, sessions, say, afresh=SystemClock)


def run(  # noqa: PLR0913 - everything it touches is a parameter
    arguments: Sequence[str],
    environ: Mapping[str, str],
    clock: Clock,
    sessions: Sessions,
    say: Callable[[str], None],
    *,
    afresh: Callable[[], Clock],
) -> int:
    """Run the probe; `afresh` makes a clock for the cleaning after a cancel."""
    try:
        settings = read_settings(arguments, environ)
        journal = Journal(settings.journal)
    except InputError as error:
        say("\n".join(("The settings are wrong:", *error.problems)))
        return WRONG
    except OSError as error:
        say(f"The journal cannot be read: {error.strerror}")
        return WRONG
    planned = plan(settings)
    say("\n".join(planned.lines(settings)))
    if not settings.go:
        say("Nothing was done. Add --yes to run the probe.")
        return DONE
    return _Run(settings, environ, journal, planned, sessions, say).go(clock, afresh)


class _Run:
    """One probe with its settings."""

    def __init__(  # noqa: PLR0913, PLR0917 - everything it touches is a parameter
        self,
        settings: Settings,
        environ: Mapping[str, str],
        journal: Journal,
        planned: Plan,
        sessions: Sessions,
        say: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._environ = environ
        self._journal = journal
        self._planned = planned
        self._sessions = sessions
        self._say = say
        self._run = secrets.token_hex(_FEWEST // 2)

    def go(self, clock: Clock, afresh: Callable[[], Clock]) -> int:
        """Probe, clean up, report; returns the exit code."""
        bench = self._bench(clock)
        first = not self._journal.runs
        try:
            if self._writes:
                self._journal.begin(self._run, [side.origin for side in bench.sides])
        except OSError as error:
            self._say(f"The journal cannot be written: {error.strerror}")
            return WRONG
        try:
            findings = self._found(bench)
            if findings is None:
                if first:  # nothing was made, by this probe or by an earlier one
                    self._journal.end([side.origin for side in bench.sides])
                return FAILED
            left = self._clean(bench)
        except OSError as error:
            self._say(f"The journal cannot be written any more, so the probe ends: {error.strerror}")
            self._clean(bench)
            return FAILED
        except Cancelled as cancel:
            clock.end()
            self._say("Cancelled: deleting what this probe has made.")
            self._clean(self._bench(afresh()), thoroughly=False)
            return CANCELLED + cancel.signum
        return self._tell(bench, findings, left)

    def _found(self, bench: Bench) -> list[Finding] | None:
        """The findings; None if a resource cannot even be listed."""
        try:
            for side in bench.sides:
                side.listing()
        except CustomVisionError as error:
            self._say(f"The {error.label} resource cannot be listed: {error}")
            return None
        if self._writes and clean(bench, self._journal):
            self._say("Leftovers of an earlier probe could not be deleted.")
        return [] if self._settings.clean else probe(bench, self._planned)

    @property
    def _writes(self) -> bool:
        return not self._settings.read_only

    def _bench(self, clock: Clock) -> Bench:
        made: list[Keyless] = []

        def keyless() -> Keyless:
            if not made:
                made.append(
                    Keyless(
                        self._environ,
                        clock,
                        self._sessions.usual,
                        mask=_mask(self._environ),
                        say=self._say,
                        trace=_quiet,
                    )
                )
            return made[0]

        source, target = connect(self._settings, clock, self._sessions, keyless)
        return Bench(
            source, target, run=self._run, settings=self._settings, journal=self._journal, clock=clock, say=self._say
        )

    def _clean(self, bench: Bench, *, thoroughly: bool = True) -> int:
        if self._settings.read_only:
            return 0
        left = clean(bench, self._journal, thoroughly=thoroughly)
        if not left and thoroughly:
            self._journal.end([side.origin for side in bench.sides])
        elif left:
            self._say(
                "Not everything could be deleted. The next probe with this journal deletes it, or any probe in two hours."
            )
        return left

    def _tell(self, bench: Bench, findings: list[Finding], left: int) -> int:
        if self._settings.clean:
            return self._tell_cleaned(bench, left)
        regional = bench.source.regional
        region = bench.source.origin.partition("://")[2].partition(".")[0] if regional else None
        probed = bench.source.client.time().date().isoformat()
        record = Record(probed, "regional" if regional else "custom", region, harmless(findings))
        self._say(f"\n{text(findings)}\n\n{counted(bench.requests, 'request')}.")
        written = self._written(record, findings)
        if left or not written:
            return FAILED
        return NEW_SEEN if any(finding.state == NEW for finding in findings) else DONE

    def _written(self, record: Record, findings: list[Finding]) -> bool:
        """Write the file, and the summary of a runner. Returns whether both could be written."""
        written = True
        try:
            self._settings.output.write_text(record.text(), encoding="utf-8")
            self._say(f"Written: {self._settings.output}")
        except (OSError, RecordError) as error:
            self._say(f"The file could not be written: {error}")
            written = False
        try:
            if summary := self._environ.get("GITHUB_STEP_SUMMARY"):
                with open(summary, "a", encoding="utf-8") as file:  # noqa: PTH123 - a path of the runner's
                    file.write(f"# The probe\n\n{markdown(findings)}")
        except OSError as error:
            self._say(f"The summary could not be written: {error}")
            written = False
        return written

    def _tell_cleaned(self, bench: Bench, left: int) -> int:
        """Tell what is left: after --clean only what another probe, which may still be running, has made."""
        if left:
            return FAILED
        young = sum(1 for side in bench.sides for row in side.listing() if run_of(row))
        if young:
            self._say(f"Projects of another probe that stay until they are two hours old: {young}.")
        else:
            self._say("Nothing of a probe is left.")
        return DONE


def _quiet(_text: str) -> None:
    return


def _mask(environ: Mapping[str, str]) -> Callable[[object], None]:
    """Mask secrets on a runner. Elsewhere the function does nothing."""

    def mask(secret: object) -> None:
        forms = getattr(secret, "forms", None)
        if environ.get("GITHUB_ACTIONS") == "true" and forms:
            for form in forms():
                sys.stdout.write(f"::add-mask::{form}\n")

    return mask


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ, SystemClock.listening()))
