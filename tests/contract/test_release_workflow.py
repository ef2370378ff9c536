"""The scripts of release.yml, run against doubles: a release, and one that is dispatched once more."""

from __future__ import annotations

import re

import pytest

from tests.support.documents import FOLDERS
from tests.support.release_rehearsal import IMAGE, MAKES, TAG, Rehearsal, calls, passes, pushes


def test_a_first_release_is_built_joined_attested_tried_tagged_and_published(released: Rehearsal) -> None:
    parts = [f"{IMAGE}:{TAG}-{released.sha}-{architecture}" for architecture in ("amd64", "arm64")]
    world = released.world
    assert pushes(released) == [*parts, f"{IMAGE}:{TAG}"]
    assert released.skipped == []
    made = world["commits"][world["tags"][TAG]]
    assert made["parents"] == [released.sha]
    assert made["message"] == f"Release {TAG}"
    assert [entry["path"] for entry in world["tree"]["tree"]] == sorted(FOLDERS.values())
    assert world["tree"]["base_tree"] == released.git("rev-parse", "HEAD^{tree}")
    assert world["release"] == "published"
    assert len(calls(released, "^docker login ghcr.io")) == len(calls(released, "^docker logout ghcr.io"))


def test_the_notes_are_the_changelogs_section_the_commit_and_the_image(released: Rehearsal) -> None:
    notes = released.world["notes"]
    assert "- What is new." in notes
    assert not re.search(r"Not yet|Old\.|example\.com", notes)
    assert f"uses: Octo/Release@{released.world['tags'][TAG]} # {TAG}" in notes
    assert f"`{IMAGE}:{TAG}@{released.context['needs.image.outputs.digest']}`" in notes


@pytest.mark.parametrize("name", FOLDERS.values())
def test_every_tagged_action_names_the_image_by_tag_and_digest(tried: Rehearsal, name: str) -> None:
    passes(tried, "try")

    digest = tried.context["needs.image.outputs.digest"]
    text = (tried.folder / "checkout" / name).read_text(encoding="utf-8")
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", digest)
    assert f"\n  image: docker://{IMAGE}:{TAG}@{digest}\n" in text
    tried.git("diff", "--exit-code")  # main itself keeps its line


# Dispatched or run once more


def test_parts_that_are_there_are_not_built_again(rehearsal: Rehearsal) -> None:
    rehearsal.make_image(parts_only=True)

    passes(rehearsal, "agree", "build", "image")

    assert pushes(rehearsal) == [f"{IMAGE}:{TAG}"]


def test_an_image_that_is_there_is_used_and_its_provenance_is_not_attested_again(rehearsal: Rehearsal) -> None:
    rehearsal.make_image()
    rehearsal.change(attested=True)

    passes(rehearsal, "agree", "build", "image", "attest")

    assert pushes(rehearsal) == []
    assert rehearsal.skipped == ["Attest the provenance"]


@pytest.mark.parametrize("release", [None, "draft"])
def test_a_tag_and_a_draft_that_are_there_are_gone_on_with(released: Rehearsal, release: str | None) -> None:
    made = released.world["tags"]
    released.change(release=release, calls=[], workflows="of a later main, which no longer matters")

    passes(released, "agree", "publish")

    assert released.world["tags"] == made
    assert released.world["release"] == "published"
    assert calls(released, MAKES) == []
    assert len(calls(released, "release create")) == (0 if release else 1)


def test_a_draft_can_be_left_to_be_published_by_hand_and_later_be_published_all_the_same(tried: Rehearsal) -> None:
    tried.context["inputs.leave-draft"] = "true"
    log = passes(tried, "publish")
    assert tried.world["release"] == "draft"
    assert f"::notice title=Left as a draft::Publish {TAG} by hand" in log

    tried.context["inputs.leave-draft"] = "false"
    passes(tried, "publish")
    assert tried.world["release"] == "published"
