"""The table of commands, one package for each action of this repository. `main` knows the commands only by this table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cvaction.clock import Clock
    from cvaction.failures.errors import RunCancelledError
    from cvaction.github.context import RunContext
    from cvaction.outcome.report import Ending
    from cvaction.status import Status
    from cvaction.wiring import Wiring


class Ledger(Protocol):
    """What every command's ledger has."""

    notes: list[str]  # sentences that are added to a failure's text


I = TypeVar("I")  # noqa: E741 - the inputs
F = TypeVar("F", bound=Ledger)  # the ledger


@dataclass(frozen=True)
class Command(Generic[I, F]):
    """One action: its inputs, its outputs, and its work.

    - `defaults`: the inputs with their documented defaults, in the contract's order. `secrets`: the inputs to mask.
    - `statuses`: the endings that the action can have.
    - `read` returns the inputs, or raises InputError.
    - `work` does everything and returns the status. `work` records all facts in the ledger.
    - `output_values` (the outputs), `summarise` (the summary, in Markdown), `result` (the end of the last line) and `left` (what
      remains after a cancel) are made from the ledger, however the run ends.
    - `cancelled`: the failure for a cancel, if the text of a promotion does not fit.
    """

    name: str
    defaults: Mapping[str, str]
    secrets: tuple[str, ...]
    outputs: tuple[str, ...]
    statuses: tuple[Status, ...]
    ledger: Callable[[], F]
    read: Callable[[Callable[[str], str], RunContext], I]
    work: Callable[[Wiring, I, F], Status]
    output_values: Callable[[F, Ending, int], Mapping[str, str]]
    summarise: Callable[[F, Ending, I | None], Iterable[str]]
    result: Callable[[F], str]
    left: Callable[[F], str]
    cancelled: type[RunCancelledError] | None = None


def _promote() -> Command[Any, Any]:
    from cvaction.commands.promote import COMMAND  # noqa: PLC0415 - a run loads its own command alone

    return COMMAND


def _list() -> Command[Any, Any]:
    from cvaction.commands.list_projects import COMMAND  # noqa: PLC0415 - as above

    return COMMAND


def _rollback() -> Command[Any, Any]:
    from cvaction.commands.rollback import COMMAND  # noqa: PLC0415 - as above

    return COMMAND


def _mirror() -> Command[Any, Any]:
    from cvaction.commands.mirror import COMMAND  # noqa: PLC0415 - as above

    return COMMAND


def _backup() -> Command[Any, Any]:
    from cvaction.commands.backup import COMMAND  # noqa: PLC0415 - as above

    return COMMAND


def _restore() -> Command[Any, Any]:
    from cvaction.commands.restore import COMMAND  # noqa: PLC0415 - as above

    return COMMAND


DEFAULT = "promote"
COMMANDS: Mapping[str, Callable[[], Command[Any, Any]]] = {
    "promote": _promote,
    "list": _list,
    "rollback": _rollback,
    "mirror": _mirror,
    "backup": _backup,
    "restore": _restore,
}


def _verify(arguments: Sequence[str], clock: Clock, say: Callable[[str], None]) -> int:
    from cvaction.commands.verify import run  # noqa: PLC0415 - as above

    return run(arguments, clock, say)


# What the same program does besides: without inputs and outputs, with arguments of their own. Each returns an exit code.
TOOLS: Mapping[str, Callable[[Sequence[str], Clock, Callable[[str], None]], int]] = {"verify": _verify}
