"""The pages are true: links lead somewhere, names exist, tables are those of the code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from conformance.facts import FACTS
from cvaction.commands import COMMANDS
from cvaction.commands import DEFAULT as DEFAULT_COMMAND
from cvaction.commands.promote import OUTPUT_NAMES
from cvaction.commands.promote.inputs import DEFAULTS
from runner_double.double import REPOSITORY
from tests.support.documents import documented, tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

from tests.support.pages import DOCS, PYTHON, README, each_file, each_page, inline, name_of, run_shown, tokens

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


def test_troubleshooting_is_up_to_date() -> None:
    done = run_shown(f"{PYTHON} -m tools.troubleshooting --check")

    assert done.returncode == 0, done.stdout


def test_unverified_is_up_to_date() -> None:
    done = run_shown(f"{PYTHON} -m conformance.page --check")

    assert done.returncode == 0, done.stdout


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
