"""Who imports whom: down the house of docs/architecture.md, never up; what is annotated alone may look up."""

from __future__ import annotations

import ast
import re
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from runner_double.double import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
SOURCE = REPOSITORY / "cvaction"
TOPS = ("bench", "conformance", "cvaction", "emulator", "runner_double", "tests", "tools")

# From the roof to the ground. Who stands on one floor knows nothing of the others there, but on the ground floor.
CVACTION = (
    ("entrypoint", "__main__"),
    ("main",),
    ("commands", "wiring"),
    ("keyless", "run"),
    ("steps",),
    ("memory", "telling"),
    ("inputs", "outcome"),
    ("archive", "rules"),
    ("failures",),
    ("archive", "customvision", "entra", "github"),
    ("clock", "one_answer", "plural", "secret", "status", "workers"),
)
EMULATOR = (("__main__",), ("host",), ("api",), ("state",))
# Whom the folders may use beside themselves. The facts that the probe asks about are the emulator's switches, too.
NEIGHBOURS = {
    "entrypoint": {"cvaction"},
    "cvaction": set(),
    "runner_double": set(),
    "emulator": {"conformance"},
    "conformance": {"cvaction", "emulator"},
}
FACTS = ("conformance.facts", "conformance.record")


@cache
def modules() -> dict[str, Path]:
    """Every module of this repository, by its dotted name."""
    paths = [path for top in TOPS for path in (REPOSITORY / top).rglob("*.py") if "node_modules" not in path.parts]
    found = {".".join(path.relative_to(REPOSITORY).with_suffix("").parts): path for path in paths}
    return {"entrypoint": REPOSITORY / "entrypoint.py"} | {
        name.removesuffix(".__init__"): path for name, path in sorted(found.items())
    }


def imported(text: str, names: set[str], *, at_once: bool = False, annotated: bool = False) -> set[str]:
    """The modules among `names` that a text imports, wherever it does.

    `at_once`: only what is loaded with it, not what a function loads. `annotated`: also what its annotations name.
    """
    found: set[str] = set()

    def look(node: ast.AST) -> None:
        if isinstance(node, ast.ImportFrom):
            assert not node.level, "a relative import"
            below = {f"{node.module}.{alias.name}" for alias in node.names}
            found.update((below & names) or ({node.module or ""} & names))
        elif isinstance(node, ast.Import):
            found.update({alias.name for alias in node.names} & names)
        later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        typed = isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
        below_it = node.orelse if typed and not annotated and isinstance(node, ast.If) else ast.iter_child_nodes(node)
        for child in () if later and at_once else below_it:
            look(child)

    look(ast.parse(text))
    return found


@cache
def imports(name: str, *, at_once: bool = False, annotated: bool = False) -> frozenset[str]:
    text = modules()[name].read_text(encoding="utf-8")
    return frozenset(imported(text, {*modules()}, at_once=at_once, annotated=annotated))


def top(name: str) -> str:
    return name.partition(".")[0]


def room(name: str) -> str:
    """The room of a module in its house: cvaction.rules.mark is of rules, the house itself of none."""
    return name if name == "entrypoint" else name.split(".")[1] if "." in name else ""


def of(house: str) -> list[str]:
    return [name for name in modules() if top(name) in {house, *(("entrypoint",) if house == "cvaction" else ())}]


def upward(house: str, floors: tuple[tuple[str, ...], ...]) -> list[str]:
    """The imports that go up, or to a neighbour on the floor."""
    height = {name: len(floors) - number for number, floor in enumerate(floors) for name in floor}
    assert {room(name) for name in of(house)} - {""} == set(height), "a room without a floor, or a floor without a room"
    ground = {name: house == "cvaction" and name in floors[-1] for name in height}
    return [
        f"{name} imports {used}"
        for name in of(house)
        if room(name)
        for used in imports(name)
        if used in of(house) and room(used) and room(used) != room(name)
        if height[room(used)] >= height[room(name)] and not (ground[room(used)] and ground[room(name)])
    ]


def test_cvaction_imports_down_its_floors() -> None:
    assert upward("cvaction", CVACTION) == []


def test_the_emulator_imports_down_its_floors() -> None:
    assert upward("emulator", EMULATOR) == []


@pytest.mark.parametrize("house", NEIGHBOURS)
def test_a_house_knows_its_neighbours_alone(house: str) -> None:
    allowed = {house} | NEIGHBOURS[house]
    beyond = {
        f"{name} names {used}"
        for name in modules()
        if top(name) == house
        for used in imports(name, annotated=True)
        if top(used) not in allowed
    }
    assert beyond == set()


def test_the_emulator_takes_the_facts_of_the_probe_alone() -> None:
    taken = {used for name in of("emulator") for used in imports(name, annotated=True) if top(used) == "conformance"}
    assert {used for used in taken if not used.startswith(FACTS)} == set()


def test_the_facts_of_the_probe_know_nobody() -> None:
    facts = [name for name in of("conformance") if name.startswith(FACTS)]
    assert facts
    assert {used for name in facts for used in imports(name) if not used.startswith(FACTS)} <= {"conformance"}


def test_the_pictures_arrows_go_down_the_floors() -> None:
    picture = re.search(r"```mermaid\nflowchart TD\n(.*?)```", PAGE, re.DOTALL)
    assert picture
    labels = dict(re.findall(r"(\w+)\[([^\]]+)\]", picture.group(1)))
    height = {name: number for number, floor in enumerate(CVACTION) for name in floor}
    arrows = re.findall(r"(\w+)(?:\[[^\]]*\])? --> (\w+)", picture.group(1))
    assert len(arrows) > 10
    for above, below in arrows:
        over, under = (re.findall(r"\w+", labels.get(end, end).replace(".py", "")) for end in (above, below))
        assert max(height[name] for name in over) <= min(height[name] for name in under), (above, below)
    drawn = {name for label in labels.values() for name in re.findall(r"\w+", label.replace(".py", ""))}
    assert {name for name, path in rooms().items() if path.is_dir()} <= drawn


def rooms() -> dict[str, Path]:
    return {name: SOURCE / name for floor in CVACTION for name in floor}


@pytest.mark.parametrize("house", ["cvaction", "emulator", "conformance"])
def test_imports_go_one_way(house: str) -> None:
    graph = {name: set(imports(name, at_once=True)) & {*of(house)} for name in of(house)}
    done: set[str] = set()
    while ready := {name for name, used in graph.items() if name not in done and used <= done}:
        done |= ready

    assert set(graph) == done, f"in a circle: {sorted(set(graph) - done)}"


@pytest.mark.parametrize("part", ["customvision", "entra", "github"])
def test_a_part_that_is_usable_by_itself_imports_nothing_from_above(part: str) -> None:
    ground = {"cvaction.clock", "cvaction.one_answer", "cvaction.plural", "cvaction.secret"}
    for name in modules():
        if name.startswith(f"cvaction.{part}."):
            above = {used for used in imports(name) if not used.startswith(f"cvaction.{part}")} - ground
            assert not above, name


def test_a_rule_needs_no_client_no_clock_and_no_log() -> None:
    allowed = {"cvaction.customvision.models", "cvaction.github.text", "cvaction.failures.errors", "cvaction.plural"}
    for name in modules():
        if name.startswith("cvaction.rules."):
            above = {used for used in imports(name) if not used.startswith("cvaction.rules")} - allowed
            assert not above, name


def test_the_picture_of_the_house_names_every_module() -> None:
    for path in SOURCE.rglob("*.py"):
        if path.name != "__init__.py":
            assert re.search(rf"`(\w+/)?{re.escape(path.name)}`", PAGE), path.name
    for name in re.findall(r"`(?:\w+/)?(\w+\.py)`", PAGE):
        assert name == "entrypoint.py" or list(SOURCE.rglob(name)) or name == "requests.py", name


class TestWhatIsSeen:
    NAMES = frozenset({"house", "house.roof", "house.ground"})

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("import house.roof", {"house.roof"}),
            ("from house import roof", {"house.roof"}),
            ("from house import something", {"house"}),
            ("from house.ground import stone", {"house.ground"}),
            ("def late():\n    from house import roof", {"house.roof"}),
            (
                "try:\n    import house.roof\nexcept ImportError:\n    import house.ground",
                {"house.roof", "house.ground"},
            ),
            ("if TYPE_CHECKING:\n    from house import roof", set()),
            ("if TYPE_CHECKING:\n    pass\nelse:\n    from house import roof", {"house.roof"}),
        ],
    )
    def test_is_every_import_that_a_run_can_do(self, text: str, found: set[str]) -> None:
        assert imported(text, {*self.NAMES}) == found

    def test_is_not_at_once_what_a_function_loads(self) -> None:
        assert imported("def late():\n    from house import roof", {*self.NAMES}, at_once=True) == set()

    def test_is_an_annotation_where_it_is_asked_for(self) -> None:
        text = "if TYPE_CHECKING:\n    from house import roof"
        assert imported(text, {*self.NAMES}, annotated=True) == {"house.roof"}


# Whole words, which nobody takes for each other though a letter apart.
OTHER_WORDS = ({"pace", "place"}, {"store", "story"}, {"waiting", "writing"})


def a_letter_apart(one: str, other: str) -> bool:
    """Whether one letter that is added, left out or changed makes one name of the other."""
    short, long = sorted((one, other), key=len)
    if len(short) == len(long):
        return sum(a != b for a, b in zip(short, long, strict=True)) == 1
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))


def test_no_two_modules_have_names_a_letter_apart() -> None:
    names = {part for name in of("cvaction") for part in name.split(".")}
    apart = [{one, other} for one, other in combinations(sorted(names), 2) if a_letter_apart(one, other)]
    assert [pair for pair in apart if pair not in OTHER_WORDS] == []
    assert [pair for pair in OTHER_WORDS if pair not in apart] == []


@pytest.mark.parametrize(
    ("other", "apart"), [("gates", True), ("gate", False), ("date", True), ("gated", True), ("proof", False)]
)
def test_a_letter_apart_is_one_more_one_less_or_another(other: str, *, apart: bool) -> None:
    assert a_letter_apart("gate", other) is apart
