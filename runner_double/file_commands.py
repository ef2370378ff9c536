"""What a runner does with the files that a step writes (FileCommandManager.cs of runner 2.336)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SUMMARY_LIMIT = 1024 * 1024  # bytes; one more, and the summary is dropped whole

# The variables that name the files; the runner makes them, empty, before the step starts.
FILES = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_STATE", "GITHUB_ENV", "GITHUB_PATH")


class FileCommandError(ValueError):
    """A file that the runner refuses. The step then fails, whatever its exit code is."""


def parse_pairs(text: str) -> Iterator[tuple[str, str]]:
    """The `name=value` lines and heredocs of a file. Those before a bad line are valid already.

    On Linux only LF ends a line: a CR is part of a value, and of a delimiter.
    """
    lines = _lines(text)
    for line, _ in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, value = line[:equals], line[equals + 1 :]
        elif heredoc >= 0:
            name, delimiter = line[:heredoc], line[heredoc + 2 :]
            if not name or not delimiter:
                raise FileCommandError(
                    f"Invalid format '{line}'. Name must not be empty and delimiter must not be empty"
                )
            value = _heredoc(lines, delimiter)
        else:
            raise FileCommandError(f"Invalid format '{line}'")
        if not name:  # the parser lets it pass, and what takes the output or the state refuses it
            raise FileCommandError(f"Invalid format '{line}'. Name must not be empty")
        yield name, value


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether a newline ended it."""
    *ended, rest = text.split("\n")
    for line in ended:
        yield line, True
    if rest:
        yield rest, False


def _heredoc(lines: Iterator[tuple[str, bool]], delimiter: str) -> str:
    value: list[str] = []
    for line, ended in lines:
        if line == delimiter:
            return "\n".join(value)
        if not ended:
            raise FileCommandError("Invalid value. EOF marker missing new line.")
        value.append(line)
    raise FileCommandError(f"Invalid value. Matching delimiter not found '{delimiter}'")
