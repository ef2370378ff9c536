"""The pages are true: links lead somewhere, commands run, names exist, pictures of the code are the code."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
import yaml
from markdown_it import MarkdownIt

from conformance.facts import FACTS
from cvaction.commands import COMMANDS
from cvaction.commands import DEFAULT as DEFAULT_COMMAND
from cvaction.commands.promote import OUTPUT_NAMES
from cvaction.commands.promote.inputs import DEFAULTS, KEYS, read_inputs
from cvaction.github.context import RunContext
from emulator.host.options import parser
from runner_double.double import REPOSITORY
from tests.support.documents import action, documented, tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from markdown_it.token import Token

DOCS = REPOSITORY / "docs"
README = REPOSITORY / "README.md"
PAGES = [README, *sorted(DOCS.glob("*.md"))]  # for users; these are checked most
MARKDOWN = [
    *PAGES,
    *(path for path in sorted(REPOSITORY.glob("*.md")) if path != README),
    *(
        path
        for folder in (".github", "emulator", "examples", "tests", "tools")
        for path in sorted((REPOSITORY / folder).rglob("*.md"))
        if "node_modules" not in path.parts
    ),
]
PYTHON = ".venv/bin/python"
SOURCE = REPOSITORY / "cvaction"

# Words in the form of an input's name that are something else.
OTHER_WORDS = {
    "last-modified",  # a field of an output of the list action
    "prediction-urls",  # a field of an output of the mirror action
    "publish-names",  # as above
    "source-project-name",  # as above
    "actions-toolkit",
    "azure-cognitiveservices-vision-customvision",
    "cancel-in-progress",
    "cognitive-service-vision-model-customization-python-samples",
    "custom-vision-backup",  # the default of an input
    "docker-linux",  # values of the input `models`
    "onnx-onnx",
    "tensorflow-lite",
    "id-token",  # a permission of the job
    "not-tried",  # a state in facts.json
    "leave-draft",  # an input of the release workflow
    "longest-tag",  # the invented fact of contributing.md
    "max-images",  # the invented input of contributing.md
    "pull-requests",  # a permission
    "timeout-minutes",
    "ubuntu-latest",
    "ubuntu-slim",
}
SAMPLES = {
    "endpoint": "https://westeurope.api.cognitive.microsoft.com",
    "key": "0123456789abcdef0123456789abcdef",
    "id": "64b822c5-8082-4b36-a426-27225f4aa18c",
}


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


each_file = pytest.mark.parametrize("path", MARKDOWN, ids=name_of)
each_page = pytest.mark.parametrize("path", PAGES, ids=name_of)


@cache
def tokens(path: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))


def inline(path: Path) -> Iterator[Token]:
    for token in tokens(path):
        yield from token.children or []


def fences(path: Path, *languages: str) -> Iterator[str]:
    """The code blocks in these languages."""
    for token in tokens(path):
        if token.type == "fence" and token.info.strip() in languages:
            yield token.content


def links(path: Path) -> Iterator[str]:
    for token in inline(path):
        for attribute in ("href", "src"):
            target = str(token.attrs.get(attribute, ""))
            if target and not re.match(r"[a-z][a-z0-9+.-]*:", target):
                yield unquote(target)


def anchors(path: Path) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    found: dict[str, int] = {}
    everything = tokens(path)
    result = set()
    for number, token in enumerate(everything):
        if token.type == "heading_open":
            children = everything[number + 1].children or []
            text = "".join(child.content for child in children if child.type in {"text", "code_inline"})
            slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            result.add(f"{slug}-{found[slug]}" if slug in found else slug)
            found[slug] = found.get(slug, 0) + 1
    return result


def commands(path: Path) -> list[str]:
    """The commands of the `sh` blocks, one line each, without comments."""
    found = []
    for block in fences(path, "sh", "bash", "shell", "console"):
        for line in block.replace("\\\n", " ").splitlines():
            command = " ".join(re.sub(r"(^|\s)#.*", "", line).split())
            if command:
                found.append(command)
    return found


# Links


def test_there_are_pages() -> None:
    wanted = {
        *("how-it-works", "contract", "protocol", "architecture", "troubleshooting", "security", "comparison"),
        *("probe", "rehearsing", "contributing", "keyless", "self-hosted", "unverified", "commands-not-run"),
        *(name for name in COMMANDS if name != DEFAULT_COMMAND),
    }
    assert {path.stem for path in DOCS.glob("*.md")} == wanted


@each_file
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in links(path):
        target, _, anchor = link.partition("#")
        file = (path.parent / target).resolve() if target else path
        assert file.is_relative_to(REPOSITORY), f"{link} leads out of the repository"
        assert file.exists(), link
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file), link


def test_the_readme_leads_to_every_page_and_every_example() -> None:
    linked = set(links(README))

    pages = {name_of(path) for path in DOCS.glob("*.md")} - {"docs/commands-not-run.md"}
    assert not pages - linked
    assert not {name_of(path) for path in (REPOSITORY / "examples").glob("*.yml")} - linked


def test_the_first_example_is_the_promotion_on_a_release() -> None:
    assert next(link for link in links(README) if link.startswith("examples/")) == "examples/promote-on-release.yml"


# Commands


def targets_of_ci() -> set[str]:
    """The make targets that CI runs, with what they ask for."""
    script = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    steps = re.findall(r"^steps=\((.*)\)$", script, re.MULTILINE)
    workflow = (REPOSITORY / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    run = {*" ".join(steps).split(), *re.findall(r"run: make ([\w-]+)$", workflow, re.MULTILINE)}
    needed = dict(re.findall(r"^([\w-]+):([\w ./-]*)##", makefile(), re.MULTILINE))
    assert run <= set(needed)
    return run | {name for target in run for name in needed[target].split()}


def makefile() -> str:
    return (REPOSITORY / "Makefile").read_text(encoding="utf-8")


def not_run() -> dict[str, str]:
    """The commands that are listed as not run, with the reason."""
    rows = [line.split("|") for line in (DOCS / "commands-not-run.md").read_text(encoding="utf-8").splitlines()]
    return {cells[1].strip().strip("`"): cells[2].strip() for cells in rows if len(cells) == 4 and "`" in cells[1]}


def run_here() -> set[str]:
    """The commands that the tests below run."""
    return {
        "make demo",
        f"{PYTHON} -m emulator --help",
        f"{PYTHON} -m tools.troubleshooting",
        f"{PYTHON} -m conformance.page",
        *(command for command in commands(DOCS / "rehearsing.md") if "--port" in command or "entrypoint.py" in command),
    }


@each_file
def test_every_command_is_run_or_listed_with_a_reason(path: Path) -> None:
    covered = run_here() | set(not_run()) | {f"make {target}" for target in targets_of_ci()}

    assert not [command for command in commands(path) if command not in covered]


def test_no_command_is_listed_that_is_not_shown_or_that_is_run() -> None:
    listed = not_run()
    shown = {command for path in MARKDOWN for command in commands(path)}
    made = {f"make {target}" for target in re.findall(r"^([\w-]+):.*##", makefile(), re.MULTILINE)}

    assert listed
    assert all(listed.values())
    assert not set(listed) - shown - made
    assert not set(listed) & (run_here() | {f"make {target}" for target in targets_of_ci()})


def test_every_make_target_that_a_page_names_is_there() -> None:
    targets = set(re.findall(r"^([\w-]+):", makefile(), re.MULTILINE))

    for path in MARKDOWN:
        for token in inline(path):
            if token.type == "code_inline" and (found := re.match(r"make ([\w-]+)$", token.content)):
                assert found.group(1) in targets, f"{name_of(path)}: {token.content}"


def environment() -> dict[str, str]:
    """This process's, without a runner's variables: the action must not write into CI's own files."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "INPUT_", "RUNNER_"))}


def run_shown(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/bash", "-c", command.replace(PYTHON, shlex.quote(sys.executable))],
        cwd=REPOSITORY,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.slow
def test_make_demo_works() -> None:
    """Its recipe; `make` itself would renew the environment that this test runs in."""
    recipe = re.search(r"^demo:.*\n\t@?\$\(PY\) (.+)$", makefile(), re.MULTILINE)
    assert recipe

    done = run_shown(f"{PYTHON} {recipe.group(1)}")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Result: promoted" in done.stdout
    assert "Result: incomplete" in done.stdout


def test_the_emulator_tells_its_options() -> None:
    done = run_shown(f"{PYTHON} -m emulator --help")

    assert done.returncode == 0, done.stderr
    assert "--import-outcome" in done.stdout


def test_troubleshooting_is_up_to_date() -> None:
    done = run_shown(f"{PYTHON} -m tools.troubleshooting --check")

    assert done.returncode == 0, done.stdout


def test_unverified_is_up_to_date() -> None:
    done = run_shown(f"{PYTHON} -m conformance.page --check")

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("number", [0, 1], ids=["keys", "keyless"])
def test_the_rehearsal_by_hand_works(tmp_path: Path, number: int) -> None:
    shown = [c for c in commands(DOCS / "rehearsing.md") if "--port" in c or "entrypoint.py" in c]
    assert len(shown) == 4
    start, promote = shown[2 * number : 2 * number + 2]
    described = tmp_path / "emulator.json"
    ports = re.findall(r"http://127\.0\.0\.1:(\d+)", promote)
    assert f"--port {ports[0]}" in start
    assert [int(port) - int(ports[0]) for port in ports] == list(range(len(ports)))
    words = shlex.split(start.replace(f"--port {ports[0]}", "--port 0"))
    with subprocess.Popen(
        [sys.executable, *words[1:], "--json", str(described)],
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        env=environment(),
    ) as process:
        try:
            deadline = time.monotonic() + 20
            while not described.exists():
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            told = yaml.safe_load(described.read_text(encoding="utf-8"))
            origins = [told["resources"][name]["endpoint"] for name in ("development", "production")]
            if "identity" in told:
                asked = [told["identity"]["trusted_endpoints"], *told["identity"]["environment"].values()]
                origins += [found for text in asked for found in re.findall(r"http://127\.0\.0\.1:\d+", text)]
            for port, origin in zip(ports, origins, strict=True):
                promote = promote.replace(f"http://127.0.0.1:{port}", origin)

            done = run_shown(promote)
        finally:
            process.terminate()
    assert done.returncode == 0, done.stdout
    assert "Result: promoted" in done.stdout


def test_the_options_of_the_rehearsals_are_options() -> None:
    options = [
        token.content
        for token in inline(DOCS / "rehearsing.md")
        if token.type == "code_inline" and token.content.startswith("--") and token.content != "--seed"
    ]

    assert options
    for option in options:
        parser().parse_args(shlex.split(option))


# Inputs and outputs


def blocks_of_yaml(path: Path) -> list[Any]:
    return [yaml.safe_load(block) for block in fences(path, "yaml", "yml")]


def steps(data: Any) -> Iterator[dict[str, Any]]:
    """Every step in a piece of a workflow."""
    if isinstance(data, dict):
        if "uses" in data:
            yield data
        for value in data.values():
            yield from steps(value)
    elif isinstance(data, list):
        for item in data:
            yield from steps(item)


def our_steps(path: Path) -> list[dict[str, Any]]:
    found = [step for block in blocks_of_yaml(path) for step in steps(block)]
    return [step for step in found if re.match(r"[^/]+/cvaction[/@]", step["uses"])]


def test_the_step_to_paste_is_a_right_one_and_does_not_fill_the_resource() -> None:
    (step,) = blocks_of_yaml(README)[0]
    given = step["with"]

    assert set(given) == {
        *("source-endpoint", "source-key", "source-project-id"),
        *("target-endpoint", "target-key", "target-project-name"),
        *("if-exists", "keep-previous"),
    }
    assert {name for name, spec in action()["inputs"].items() if spec["required"]} <= set(given)
    for name, value in given.items():
        kind = "secrets" if name in KEYS else "vars"
        literal = name in {"target-project-name", "if-exists", "keep-previous"}
        assert literal or re.fullmatch(rf"\$\{{\{{ {kind}\.\w+ \}}\}}", value)
    values = {
        name: next((sample for end, sample in SAMPLES.items() if name.endswith(f"-{end}")), str(value))
        for name, value in given.items()
    }
    inputs = read_inputs(lambda name: values.get(name, ""), RunContext.from_environ({}))
    assert inputs.target_project_name == given["target-project-name"]
    assert (inputs.if_exists, inputs.keep_previous) == ("replace", 2)


@each_page
def test_a_step_has_inputs_of_the_action_and_the_placeholder_for_its_commit(path: Path) -> None:
    for step in our_steps(path):
        used = re.fullmatch(rf"OWNER/cvaction(?:/([a-z]+))?@{'0' * 40}", step["uses"])
        assert used, step["uses"]
        assert set(step.get("with", {})) <= set(COMMANDS[used[1] or DEFAULT_COMMAND]().defaults)


@each_file
def test_an_output_that_is_read_is_an_output(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for name in re.findall(r"(?:steps|needs)\.promote\.outputs\.([\w-]+)", text):
        assert name in OUTPUT_NAMES


@each_page
def test_a_word_in_the_form_of_a_name_is_the_name_of_something(path: Path) -> None:
    words = ([*load().defaults, *load().outputs, *load().statuses] for load in COMMANDS.values())
    answers = (fact.answers.table() for fact in FACTS.values())
    facts = {*FACTS, *(answer.strip("`") for table in answers for answer, _, _ in table)}
    known = {*OTHER_WORDS, *facts}.union(*words)
    for token in inline(path):
        if token.type != "code_inline":
            continue
        word = token.content.partition(":")[0]
        if re.fullmatch(r"[a-z]+(-[a-z]+)+", word):
            assert word in known, token.content


def test_the_contract_has_the_inputs_and_outputs_of_the_code() -> None:
    assert documented(DOCS / "contract.md", "input") == DEFAULTS
    assert tuple(documented(DOCS / "contract.md", "output")) == OUTPUT_NAMES


@pytest.mark.parametrize("path", [README, DOCS / "contract.md"], ids=name_of)
def test_the_statuses_are_told_with_their_end(path: Path) -> None:
    told = [row[0][0] for head, *rows in tables(path) if head[0] == ["status"] for row in rows]

    assert told == ["promoted", "unchanged", "planned", "importing", "gated", "failed", "cancelled"]


def test_the_choices_of_if_exists_are_told() -> None:
    told = [row[0][0] for head, *rows in tables(DOCS / "contract.md") if head[0] == ["value"] for row in rows]

    assert told == ["new", "fail", "replace", "sync"]


# What commands fill in


@pytest.mark.parametrize(
    ("path", "name"),
    [(README, "sweep"), (README, "bench"), (DOCS / "protocol.md", "rules")],
    ids=["sweep", "bench", "rules"],
)
def test_a_block_that_a_command_fills_in_is_there_once(path: Path, name: str) -> None:
    text = path.read_text(encoding="utf-8")

    assert text.count(f"<!-- {name} -->") == text.count(f"<!-- /{name} -->") == 1
    block = text.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0]
    assert block.strip()
