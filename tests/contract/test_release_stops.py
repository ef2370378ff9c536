"""The scripts of release.yml, run against doubles: all that stops a release, each with a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.documents import FOLDERS
from tests.support.release_rehearsal import IMAGE, MAKES, TAG, Rehearsal, calls, passes, pushes, stops
from tests.support.workflows import jobs, workflow

if TYPE_CHECKING:
    from collections.abc import Callable

REFUSED = "ERROR: failed to authorize: failed to fetch anonymous token: unexpected status: 403 Forbidden"


def rewrite(name: str, old: str, new: str) -> Callable[[Rehearsal], None]:
    def change(rehearsal: Rehearsal) -> None:
        path = rehearsal.main / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        rehearsal.commit()

    return change


def taken(rehearsal: Rehearsal) -> None:
    rehearsal.change(
        tags={TAG: "f" * 40}, commits={"f" * 40: {"parents": ["e" * 40], "blobs": {"action.yml": "d" * 40}}}
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda it: it.context.update({"env.GITHUB_REF": "refs/heads/topic"}), "Dispatch it on main, not on refs/heads/topic"),
        (lambda it: it.context.update({"inputs.version": "v1.2.3"}), "must look like 1.2.3"),
        (lambda it: it.context.update({"inputs.version": "1.2.03"}), "must look like 1.2.3"),
        (lambda it: it.context.update({"inputs.version": "1.2.4"}), "pyproject.toml says 1.2.3"),
        (rewrite("CHANGELOG.md", "] - 2026-11-24", "]"), "no dated section for 1.2.3"),
        (rewrite("action.yml", "image: Dockerfile", "image: docker://x"), "action.yml on main must have the line 'image: Dockerfile'"),
        (rewrite("list/action.yml", "image: ../Dockerfile", "image: docker://x"), "list/action.yml on main"),
        (rewrite("list/action.yml", "image: ../Dockerfile", "image: Dockerfile"), "list/action.yml on main"),
        (lambda it: it.change(release="published"), f"{TAG} is released. Take the next version."),
        (lambda it: it.refuse("release view", "HTTP 502"), "could not be read: HTTP 502"),
        (taken, f"The tag {TAG} is taken"),
        (lambda it: it.change(green=0), "CI has not passed"),
        (lambda it: it.change(base=["amd64"]), "no index of both"),
        (rewrite("Dockerfile", "@sha256:", "@sha512:"), "names no base by digest"),
    ],
)  # fmt: skip
def test_what_does_not_agree_stops_it_before_anything_is_built(
    rehearsal: Rehearsal, change: Callable[[Rehearsal], None], words: str
) -> None:
    change(rehearsal)

    stops(rehearsal, "agree", words)


def test_a_package_that_does_not_exist_yet_is_built_although_the_registry_says_403(rehearsal: Rehearsal) -> None:
    passes(rehearsal, "agree")
    rehearsal.refuse("imagetools inspect", REFUSED)

    passes(rehearsal, "build")

    assert len(pushes(rehearsal)) == 2


@pytest.mark.parametrize("error", ["denied: requested access", "unexpected status: 401 Unauthorized", "name unknown"])
def test_other_answers_for_it_are_understood_too(rehearsal: Rehearsal, error: str) -> None:
    passes(rehearsal, "agree")
    rehearsal.refuse("imagetools inspect", f"ERROR: {error}")

    passes(rehearsal, "build")


def test_where_the_versions_own_tag_is_pushed_a_403_stops_it(rehearsal: Rehearsal) -> None:
    passes(rehearsal, "agree", "build")
    rehearsal.refuse("imagetools inspect", REFUSED)

    stops(rehearsal, "image", "could not be read", "403 Forbidden")

    assert f"{IMAGE}:{TAG}" not in pushes(rehearsal)


@pytest.mark.parametrize("job", ["build", "image"])
@pytest.mark.parametrize("error", ["dial tcp: i/o timeout", "unexpected status: 503 Service Unavailable"])
def test_an_answer_that_tells_nothing_stops_it(rehearsal: Rehearsal, job: str, error: str) -> None:
    passes(rehearsal, "agree", *(["build"] if job == "image" else []))
    before = pushes(rehearsal)
    rehearsal.refuse("imagetools inspect", error)

    stops(rehearsal, job, "could not be read", error)

    assert pushes(rehearsal) == before


def test_an_image_of_another_commit_is_not_released(rehearsal: Rehearsal) -> None:
    rehearsal.make_image("b" * 40)

    passes(rehearsal, "agree", "build")
    stops(rehearsal, "image", f"was built from {'b' * 40}. Take the next version.")


def test_an_image_of_one_architecture_is_not_released(rehearsal: Rehearsal) -> None:
    rehearsal.make_image()
    images = rehearsal.world["images"]
    images[f"{IMAGE}:{TAG}"]["manifests"].pop()
    rehearsal.change(images=images)

    passes(rehearsal, "agree", "build")
    stops(rehearsal, "image", "no index of just amd64 and arm64")


def test_a_private_package_stops_it_before_the_tag(tried: Rehearsal) -> None:
    tried.refuse(f"imagetools inspect {IMAGE}@", REFUSED)

    stops(tried, "publish", "Make the package public, then re-run this job.")
    assert tried.world["tags"] == {}

    tried.refuse("", "")
    passes(tried, "publish")


def test_the_pull_is_tried_as_nobody() -> None:
    publish = jobs(workflow("release.yml"))["publish"]
    assert not [step for step in publish["steps"] if "login" in str(step)]


def test_main_with_other_workflow_files_stops_it_before_anything_is_made(tried: Rehearsal) -> None:
    tried.change(workflows="9" * 40)

    stops(tried, "publish", "The workflow files of main have changed since. Take the next version.")

    assert calls(tried, MAKES) == []
    assert tried.world["tags"] == {}


@pytest.mark.parametrize("name", FOLDERS.values())
def test_a_change_of_more_or_less_than_one_line_stops_it(tried: Rehearsal, name: str) -> None:
    rewrite(name, "image: ", "image:  ")(tried)

    stops(tried, "publish", "More or less than the one line of each action.yml would change.")

    assert calls(tried, MAKES) == []


def test_another_action_yml_than_the_one_that_was_sent_stops_it(tried: Rehearsal) -> None:
    tried.change(spoils="\n")

    stops(tried, "publish", "another action.yml than the one that was sent")

    assert tried.world["tags"] == {}


@pytest.mark.parametrize("name", FOLDERS.values())
def test_a_tag_whose_action_yml_is_another_is_left_alone(released: Rehearsal, name: str) -> None:
    commits = released.world["commits"]
    commits[released.world["tags"][TAG]]["blobs"][name] = "d" * 40
    released.change(release=None, calls=[], commits=commits)

    stops(released, "publish", "is another commit. Take the next version.")

    assert calls(released, MAKES) == []


def test_a_tag_that_came_meanwhile_and_is_another_commit_is_left_alone(tried: Rehearsal) -> None:
    taken(tried)

    stops(tried, "publish", "is another commit. Take the next version.")

    assert tried.world["tags"] == {TAG: "f" * 40}
    assert tried.world["release"] is None


def test_a_release_that_can_still_be_changed_is_an_error(tried: Rehearsal) -> None:
    tried.change(immutable=False)

    stops(tried, "publish", "'immutable releases' is off")
