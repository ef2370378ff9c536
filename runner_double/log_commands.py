"""What a runner does with the lines that a step prints: commands are obeyed, secrets become `***`.

Written after runner 2.336 (ActionCommand.cs, ActionCommandManager.cs, ExecutionContext.cs, SecretMasker.cs). This double
is stricter in one point: its masks hide only the literal value, while the runner also hides its base64, JSON and URI
spellings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# Registered with the runner; anything else between the colons is an ordinary line. Names ignore case.
EXPECTED = frozenset({"add-mask", "debug", "warning", "error", "notice", "group", "endgroup"})
FORBIDDEN = frozenset({"set-env", "add-path"})  # refused since 2020, and the step fails
OTHER = frozenset({"set-output", "save-state", "add-matcher", "remove-matcher", "echo", "stop-commands"})
COMMANDS = EXPECTED | FORBIDDEN | OTHER

MESSAGE_LIMIT = 4096  # ExecutionContext.cs: a longer annotation is cut without a note
ANNOTATION_LIMIT = 10  # of a kind and step; the rest is only in the log

# The order matters: a percent sign is restored last.
_DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
_LEGACY = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%"))

# White space as in .NET, which may stand before a command. Python's `strip` removes more.
_BLANKS = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


@dataclass(frozen=True)
class Command:
    """One command as parsed: name in lower case, properties and data unescaped."""

    name: str
    properties: dict[str, str]
    data: str
    legacy: bool = False


@dataclass(frozen=True)
class Annotation:
    """What a user sees on the run's page; `level` is error, warning or notice.

    The runner masks the message and not the title.
    """

    level: str
    title: str
    message: str


def parse(line: str, registered: frozenset[str] | set[str] = COMMANDS) -> Command | None:
    """The command in a line, in today's form at its start or in the old form anywhere; or None."""
    return _parse_current(line, registered) or _parse_legacy(line, registered)


def _parse_current(line: str, registered: frozenset[str] | set[str]) -> Command | None:
    line = line.lstrip(_BLANKS)
    if not line.startswith("::"):
        return None
    end = line.find("::", 2)
    if end < 0:
        return None
    name, _, properties = line[2:end].partition(" ")
    if name.lower() not in registered:
        return None
    pairs = _pairs(properties.strip(_BLANKS), ",", _PROPERTY)
    return Command(name.lower(), pairs, _unescape(line[end + 2 :], _DATA))


def _parse_legacy(line: str, registered: frozenset[str] | set[str]) -> Command | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, _, properties = line[start + 3 : end].partition(" ")
    if name.lower() not in registered:
        return None
    pairs = _pairs(properties, ";", _LEGACY)
    return Command(name.lower(), pairs, _unescape(line[end + 1 :], _LEGACY), legacy=True)


def _pairs(text: str, separator: str, escapes: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Properties: a part without a name or without a value is ignored, names ignore case."""
    pairs = {}
    for part in text.split(separator):
        name, _, value = part.partition("=")
        if name and value:
            pairs[name.lower()] = _unescape(value, escapes)
    return pairs


def _unescape(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for escaped, plain in escapes:
        text = text.replace(escaped, plain)
    return text


def split_lines(raw: bytes) -> list[str]:
    """The lines that the runner reads: CR, LF and CRLF end one, broken UTF-8 is replaced."""
    lines = re.split(r"\r\n|\r|\n", raw.decode("utf-8", "replace"))
    if lines[-1] == "":
        lines.pop()
    return lines


class Masker:
    """The runner's secrets. Overlapping matches become one `***`."""

    def __init__(self) -> None:
        self.values: list[str] = []

    def add(self, value: str) -> None:
        if value and value not in self.values:
            self.values.append(value)

    def mask(self, text: str) -> str:
        finds = sorted((start, start + len(value)) for value in self.values for start in _positions(text, value))
        merged: list[tuple[int, int]] = []
        for start, end in finds:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end))
            else:
                merged.append((start, end))
        for start, end in reversed(merged):
            text = f"{text[:start]}***{text[end:]}"
        return text


def _positions(text: str, value: str) -> list[int]:
    return [match.start() for match in re.finditer(f"(?={re.escape(value)})", text)]


@dataclass
class StepLog:
    """The log of one step and what its commands did."""

    debugging: bool = False
    masker: Masker = field(default_factory=Masker)
    lines: list[str] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    dropped_annotations: list[Annotation] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    debug: list[str] = field(default_factory=list)
    unexpected_commands: list[str] = field(default_factory=list)
    runner_errors: list[str] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    state: dict[str, str] = field(default_factory=dict)
    _stop_token: str | None = None

    def feed(self, line: str) -> None:
        """Take one printed line."""
        registered = set(COMMANDS) | ({self._stop_token.lower()} if self._stop_token is not None else set())
        command = parse(line, registered)
        if command is None:
            self._print(line)
        elif self._stop_token is not None:
            self._print(line)
            if command.name == self._stop_token.lower():
                self._stop_token = None
        else:
            self._obey(command, line)

    def _print(self, line: str) -> None:
        self.lines.append(self.masker.mask(line))

    def fail(self, message: str) -> None:
        """Record what the runner itself finds wrong: an error that fails the step, whatever its exit code is."""
        self.runner_errors.append(message)
        self.complain(message)

    def complain(self, message: str) -> None:
        """Record what the runner finds wrong and shows, without failing the step."""
        self.annotations.append(Annotation("error", "", message))
        self._print(f"##[error]{message}")

    def _obey(self, command: Command, line: str) -> None:
        if command.name not in EXPECTED or command.legacy:
            self.unexpected_commands.append(line)
        match command.name:
            case "add-mask":
                self._add_mask(command.data)
            case "error" | "warning" | "notice":
                self._annotate(command)
            case "group" | "endgroup":
                self._group(command)
            case "debug":
                self.debug.append(self.masker.mask(command.data))
                if self.debugging:
                    self._print(f"##[debug]{command.data}")
            case "stop-commands":
                self._stop(command.data, line)
            case "set-output" | "save-state":
                self._name_value(command, line)
            case "set-env" | "add-path":
                self.fail(f"Unable to process command '{line}' successfully: '{command.name}' is disabled.")
            case _:
                pass  # matchers and echo are only recorded as unexpected

    def _add_mask(self, data: str) -> None:
        if not data.strip(_BLANKS):
            self._annotate(Command("warning", {}, "Can't add secret mask for empty string."))
            return
        self.masker.add(data)
        for line in re.split(r"[\r\n]", data):
            self.masker.add(line.strip(_BLANKS))

    def _annotate(self, command: Command) -> None:
        message = self.masker.mask(command.data)[:MESSAGE_LIMIT]
        annotation = Annotation(command.name, command.properties.get("title", ""), message)
        shown = sum(1 for other in self.annotations if other.level == command.name)
        (self.annotations if shown < ANNOTATION_LIMIT else self.dropped_annotations).append(annotation)
        if message:
            self._print(f"##[{command.name}]{message}")

    def _group(self, command: Command) -> None:
        title = command.data if command.name == "group" else ""
        if command.name == "group":
            self.groups.append(self.masker.mask(title))
        self._print(f"##[{command.name}]{title}")

    def _stop(self, token: str, line: str) -> None:
        if not token or token.lower() in COMMANDS or token.lower() == "pause-logging":
            self.fail(f"Invalid stop token: '{token}'")
            return
        self._stop_token = token
        self._print(line)

    def _name_value(self, command: Command, line: str) -> None:
        into = self.outputs if command.name == "set-output" else self.state
        name = command.properties.get("name", "")
        if not name:
            self.fail(f"Unable to process command '{line}' successfully: 'name' is missing.")
            return
        into[name] = command.data
