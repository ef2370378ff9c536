"""Names and error bodies that somebody else wrote: shown, never obeyed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from tests.e2e.stage import Stage

pytestmark = pytest.mark.usefixtures("unpaced")

OUR_TAGS = {"<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>", "<br>"}

NAMES = {
    "new command": "::set-output name=status::promoted",
    "old command": "a ##[add-mask]a ##[error]b",
    "escaped": "%0A::add-mask::e%0D%0A::error::x",
    "line break": "one\n::set-output name=project-id::evil\r::error::x\x85::error::y\u2028::error::z",
    "output heredoc": "x<<EOF\nstatus=promoted\nEOF\nghadelimiter_0",
    "lone surrogate": "shelf \ud83d of \udc00",
    "direction": "shelf \u202egnp.exe\u202c \u2066x\u2069 \u200b\ufeff",
    "control": "\x00\x1b[31mred\x1b[0m\x07\x7f\x08",
    "very long": "n" * 5000,
    "astral": "\U0001f1e9\U0001f1ea\U0001d54f" * 40,
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)> ![a](javascript:x) | `x` | [y](z) @octocat #1",
    "mermaid": '"] --> x; click x "javascript:alert(1)" %%{init: {}}%%\n```\n```mermaid',
    "blanks": "  ::error title=x::y",
}


def markup(summary: str) -> set[str]:
    """The tags, the links and the kinds of code blocks that a renderer finds in a summary."""
    found = set()
    for block in MarkdownIt("commonmark").enable("table").parse(summary):
        for token in (block, *(block.children or ())):
            if token.type in {"html_block", "html_inline"}:
                found |= set(re.findall(r"<[^>]*>", token.content))
            if token.type in {"link_open", "image"}:
                found.add(str(token.attrGet("href") or token.attrGet("src")).rpartition("/")[0])
            if token.type == "fence" and token.info == "mermaid":
                assert re.fullmatch(r"[\w \n(),.:\[\]\"%>-]+", token.content), token.content
    return found


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_hostile_name_is_shown_and_never_obeyed(stage: Stage, name: str) -> None:
    stage.source = stage.emulator.add_project(
        stage.dev, name, description=name, tags={name: 3, "Tea": 2}, iterations=(name,)
    )
    stage.emulator.set_metrics(stage.dev, stage.source.id, {"precision": 0.5, "tags": {name: {"precision": 0.1}}})

    result = stage.run(target_project_name="Shelf", min_precision="0.9", gate_override="a test")

    assert result.outputs["status"] == "promoted"
    assert stage.copy(result).name == "Shelf"
    assert len(result.annotations) == 1  # the overridden gate
    assert result.masks == stage.runner_masks(result)
    assert markup(result.summary) <= OUR_TAGS | {"https://www.customvision.ai/projects"}
    assert "\u202e" not in result.log + result.summary
    assert "\x1b" not in result.log + result.summary


@pytest.mark.parametrize("name", [NAMES["new command"], NAMES["old command"], NAMES["very long"], NAMES["astral"]])
def test_a_hostile_source_name_becomes_the_copys_name_and_an_output_of_one_line(stage: Stage, name: str) -> None:
    stage.source = stage.emulator.add_project(stage.dev, name)

    result = stage.run()

    assert stage.copy(result).name == name
    assert result.outputs["project-name"] == name


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_hostile_name_in_an_error_is_shown_and_never_obeyed(stage: Stage, name: str) -> None:
    for number in range(30):
        stage.emulator.add_project(stage.dev, f"{name}{number}", tags={}, iterations=())

    result = stage.run(source_project_id="00000000-0000-4000-a000-000000000000")

    (annotation,) = result.annotations
    assert len(annotation.message) <= 4096
    assert "What to do: " in annotation.message
    assert markup(result.summary) <= OUR_TAGS | {"https://www.customvision.ai/projects"}


@pytest.mark.parametrize("operation", ["GetProjects", "GetTags", "ExportProject", "ImportProject", "UpdateProject"])
def test_an_error_body_that_repeats_key_and_query_gives_no_secret_away(stage: Stage, operation: str) -> None:
    stage.fail("echo-secrets", operation, times=0)

    result = stage.run()

    (error,) = result.messages("error")
    assert "Bad request" in error
    assert result.outputs["status"] == "failed"


def test_a_code_that_is_the_key_gives_no_secret_away(stage: Stage) -> None:
    stage.fail(f"code:{stage.dev.training_key}", "GetTags", times=0)
    stage.runner.debugging = True

    result = stage.run()

    assert result.exit_code == 1


@pytest.mark.parametrize(
    "key", ['quote"back\\slash-0123456789', "per%cent+plus&and=eq/0123456789", "<html>'apostrophe'`#;0123456789"]
)
def test_a_key_of_unusual_characters_works_and_is_hidden_in_every_spelling(stage: Stage, key: str) -> None:
    stage.dev.training_key = key
    assert stage.run().outputs["status"] == "promoted"

    stage.fail("echo-secrets", "GetTags", times=0)
    stage.fail(f"code:{key}", "GetIterations", times=0)
    stage.runner.run_id = "9000000002"

    assert stage.run().exit_code == 1


def test_an_echoed_body_of_two_hundred_kilobytes_is_cut(stage: Stage) -> None:
    stage.source = stage.emulator.add_project(stage.dev, "x" * 200_000, status="Failed")

    result = stage.run()

    (annotation,) = result.annotations
    assert len(annotation.message) < 4096
    assert len(result.raw) < 20_000


def test_the_summary_of_five_hundred_hostile_tags_stays_whole(stage: Stage) -> None:
    tags = {f"{number} {'<&|' * 60}": 1 for number in range(500)}
    stage.source = stage.emulator.add_project(stage.dev, "Many", tags=tags)

    result = stage.run()

    assert result.outputs["status"] == "promoted"
    assert result.outputs["tag-count"] == "500"
    assert "(cut)" in result.summary
    assert len(result.files["GITHUB_STEP_SUMMARY"]) < 1024 * 1024


def test_hostile_inputs_are_never_obeyed(stage: Stage) -> None:
    result = stage.run(
        target_project_name="##[add-mask]e ::error::x",
        gate_override="::set-output name=status::x\n##[error]y",
        min_precision="0",
        iteration="::stop-commands::x",
    )

    assert result.exit_code == 1
    assert "::stop-commands::x" in result.messages("error")[0].replace(": :", "::")
