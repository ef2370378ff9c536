"""Summaries of a mirror: a hundred projects with hostile names, of every status; a plan; a whole one."""

from __future__ import annotations

from cvaction.commands.mirror import COMMAND
from cvaction.commands.mirror.account import Entry, Mirrored, ProjectStatus, Result, Served
from cvaction.customvision.models import Project
from cvaction.failures.mirror_errors import MirrorIncompleteError, NoRoomError, TakenByStrangerError
from cvaction.github.runner import Runner
from cvaction.main import _summarise
from cvaction.outcome.report import Ending
from cvaction.rules.mirroring import Planned, Reason, State
from cvaction.status import Status
from tests.render.hostile import CHANGED, HOSTILE, Sample

FLOOD = "\U0010fffd" * 3000
COPY, BEFORE = "bbbbbbbb-1111-4222-8333-bbbbbbbbbbbb", "cccccccc-1111-4222-8333-cccccccccccc"
NAMES = (*HOSTILE, *(given for given, _ in CHANGED))
PROJECTS = 100


def _id(number: int) -> str:
    return f"{number:08x}-1111-4222-8333-aaaaaaaaaaaa"


def entry(number: int, name: str, status: ProjectStatus, *, state: State = State.CHANGED, flood: bool = False) -> Entry:
    source = Project(_id(number), name, "", {}, None, None, "Succeeded")
    planned = Planned(source, name, state, Reason.TAKEN if state is State.BLOCKED else None, (source,))
    result = Result(
        status, COPY, f"{name} (copy)", BEFORE, (Served(name, ""), Served("live", "")), seconds=90.0 + number
    )
    if status is ProjectStatus.FAILED:
        why = TakenByStrangerError(f"The copy of '{name}' is to be called so:\n- '{name}' ({COPY})" + FLOOD * flood)
        happened = why.text() if not flood else f"{FLOOD}\n" * 100 + why.text()
        result = Result(status, title=why.texts.title, text=happened, code="zqz|zqz")
    return Entry(planned, result)


def hostile(*, flood: bool = False) -> Mirrored:
    """A mirror of a hundred projects with hostile names, of every status."""
    statuses = list(ProjectStatus)
    names = [f"{NAMES[n % len(NAMES)]}{FLOOD * flood}" for n in range(PROJECTS)]
    orphans = [Project(_id(n), name, "", {}, None, None, "Succeeded") for n, name in enumerate(names)]
    return Mirrored(
        [
            entry(n, name, statuses[n % len(statuses)], state=State.BLOCKED if n % 5 == 0 else State.NEW, flood=flood)
            for n, name in enumerate(names)
        ],
        tuple(orphans if flood else orphans[:3]),
        warnings=[*names, *([FLOOD] * 100 * flood)],
    )


def markdown(mirrored: Mirrored, ending: Ending) -> str:
    """The summary as `main` appends it, in bytes that a file can hold."""
    kept: list[str] = []

    class Kept(Runner):
        def add_summary(self, markdown: str) -> None:
            kept.append(markdown)

    _summarise(COMMAND, Kept({}), mirrored, ending, None)
    return "".join(kept).encode("utf-8", "backslashreplace").decode()


def incomplete(text: str) -> Ending:
    failure = MirrorIncompleteError(text)
    return Ending(failure.status, failure.exit_code, failure.texts.title, failure.text())


def all_samples() -> list[Sample]:
    """Every ending that looks different."""
    whole = Mirrored(
        [entry(n, f"Shelf {n}", ProjectStatus.COPIED if n < 3 else ProjectStatus.UP_TO_DATE) for n in range(12)]
    )
    room = NoRoomError("The target has 98 of 100 projects; 2 slots are free.")
    refused = Mirrored([entry(n, name, ProjectStatus.NOT_STARTED) for n, name in enumerate(NAMES)])
    largest = markdown(hostile(flood=True), incomplete("\n".join([FLOOD] * 500)))
    return [
        Sample("mirror", markdown(whole, Ending(Status.MIRRORED, 0)), "Mirrored", ("Shelf 2",), 0, ("9 up to date",)),
        Sample("mirror-planned", markdown(hostile(), Ending(Status.PLANNED, 0)), "Planned", HOSTILE),
        Sample(
            "mirror-incomplete", markdown(hostile(), incomplete("20 of 100 projects failed.")), "Incomplete", HOSTILE
        ),
        Sample(
            "mirror-failed",
            markdown(refused, Ending(Status.FAILED, 1, room.texts.title, room.text())),
            "Failed",
            HOSTILE,
        ),
        Sample("mirror-cancelled", markdown(hostile(), Ending(Status.CANCELLED, 143, "x", "x")), "Cancelled", HOSTILE),
        Sample("mirror-largest", largest, "Incomplete"),
    ]
