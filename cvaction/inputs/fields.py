"""How a command declares its inputs: each is a typed field of its record, with a parser and a documented default.

    @dataclass(frozen=True, kw_only=True)
    class Inputs:
        target: Side = resource("target")
        project_name: str = required(text)
        parallel: int = given(integer(1, 16), "4")
        min_recall: float | None = optional(fraction)
        dry_run: bool = flag()
        trusted_endpoints: frozenset[str] = trusted()

The field `project_name` is the input `project-name`. The fields are in the contract's order, except that the inputs of a
resource (endpoint, key, ids, audience) come first. `read` makes the record, or one error that lists all that is wrong.
"""

from __future__ import annotations

from dataclasses import field, fields
from typing import TYPE_CHECKING, Any, TypeVar, overload

from cvaction.failures.errors import InputError
from cvaction.inputs.parsers import Situated, boolean, origins
from cvaction.inputs.reader import Reader
from cvaction.inputs.sides import Side, access, check_identity, check_shared, keys, read_side

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import DataclassInstance

    from cvaction.github.context import RunContext
    from cvaction.inputs.parsers import Parser

    Rule = Callable[[Reader], None]

__all__ = [
    "defaults_of",
    "exactly_one",
    "flag",
    "given",
    "optional",
    "read",
    "required",
    "resource",
    "secrets_of",
    "together",
    "trusted",
]

T = TypeVar("T")
R = TypeVar("R", bound="DataclassInstance")
_DECLARED = "input"


class _Value:
    """One input. `absent`: the value if the input is empty and has no default."""

    def __init__(self, parse: Parser[Any], *, default: str = "", absent: object = None, needed: bool = False) -> None:
        self._parse, self.default, self._absent, self._needed = parse, default, absent, needed

    def read(self, reader: Reader, name: str) -> object:
        if not reader.effective(name):
            if self._needed:
                reader.wrong(name, "is required, and is empty")
            return self._absent
        return reader.optional(name, self._parse)


class _Resource:
    """All inputs of one side. `unless`: the switch with which the side may be left out."""

    def __init__(self, side: str, unless: str) -> None:
        self.side, self._unless = side, unless

    def needed(self, reader: Reader) -> bool:
        return not (self._unless and reader.flag(self._unless))

    def read(self, reader: Reader, _name: str) -> object:
        return read_side(reader, self.side, needed=self.needed(reader))


def given(parse: Parser[T], default: str) -> T:
    """An input with a documented default. The default is parsed like a given value."""
    declared = {_DECLARED: _Value(parse, default=default)}
    if isinstance(parse, Situated):
        made: T = field(metadata=declared)
        return made
    return field(default=parse(default), metadata=declared)


@overload
def optional(parse: Parser[T]) -> T | None: ...


@overload
def optional(parse: Parser[T], absent: T) -> T: ...


def optional(parse: Parser[T], absent: T | None = None) -> T | None:
    """An input without a documented default. `absent`: the value if the input is empty."""
    return field(default=absent, metadata={_DECLARED: _Value(parse, absent=absent)})


def required(parse: Parser[T]) -> T:
    """An input that must be given."""
    made: T = field(metadata={_DECLARED: _Value(parse, needed=True)})
    return made


def flag() -> bool:
    """A boolean input that is false by default."""
    return given(boolean, "false")


def trusted() -> frozenset[str]:
    """The input `trusted-endpoints`: exact origins that may get a key. The last input of every action."""
    return optional(origins, frozenset())


@overload
def resource(side: str) -> Side: ...


@overload
def resource(side: str, *, unless: str) -> Side | None: ...


def resource(side: str, *, unless: str = "") -> Side | None:
    """A resource: its endpoint, its key, and the ids in place of a key. `side`: empty if the action has only one.

    `unless`: the name of a switch. The resource may be left out if the switch is on.
    """
    made: Side | None = field(metadata={_DECLARED: _Resource(side, unless)})
    return made


def _declarations(record: type[DataclassInstance]) -> dict[str, _Value | _Resource]:
    """The declarations of a record's fields, by the field's name. A field without a declaration is not an input."""
    return {row.name: row.metadata[_DECLARED] for row in fields(record) if _DECLARED in row.metadata}


def _sides(record: type[DataclassInstance]) -> list[str]:
    return [row.side for row in _declarations(record).values() if isinstance(row, _Resource)]


def defaults_of(record: type[DataclassInstance]) -> dict[str, str]:
    """Every input's name with its documented default, in the contract's order."""
    values = {name: row.default for name, row in _declarations(record).items() if isinstance(row, _Value)}
    return {**access(_sides(record)), **{_name(name): default for name, default in values.items()}}


def secrets_of(record: type[DataclassInstance]) -> tuple[str, ...]:
    """The inputs that contain a secret."""
    return keys(_sides(record))


def read(record: type[R], get: Callable[[str], str], context: RunContext, *rules: Rule) -> R:
    """The record of all inputs. Raises InputError with all that is wrong.

    `get`: what `texts` returns. `rules`: the rules between several inputs.
    """
    reader = Reader(get, context, defaults_of(record))
    declared = _declarations(record)
    resources = [row for row in declared.values() if isinstance(row, _Resource)]
    for row in resources:
        row.needed(reader)  # a wrong switch is listed before the inputs that depend on it
    if resources:
        check_shared(reader)
    # Each value has its field's type: mypy compares the field's annotation with the return type of the parser.
    values = {name: row.read(reader, _name(name)) for name, row in declared.items()}
    for rule in rules:
        rule(reader)
    check_identity(reader)
    if reader.problems:
        raise InputError(reader.problems, fork=context.fork)
    make: Callable[..., R] = record
    return make(**values)


def _name(field_name: str) -> str:
    return field_name.replace("_", "-")


def exactly_one(*names: str) -> Rule:
    """A rule: exactly one of these inputs is given."""

    def check(reader: Reader) -> None:
        there = [name for name in names if reader.raw(name)]
        if len(there) != 1:
            how = "only one of them may be given" if there else "one of them is required"
            reader.wrong(", ".join(names), how)

    return check


def together(one: str, other: str) -> Rule:
    """A rule: each of two inputs needs the other."""

    def check(reader: Reader) -> None:
        for name, its in ((one, other), (other, one)):
            if reader.raw(name) and not reader.raw(its):
                reader.wrong(its, f"is required together with {name}")

    return check
