"""What the workflows promise, as tables: each right of each job, what waits for what, where and on what it runs."""

from __future__ import annotations

import pytest

from runner_double.double import REPOSITORY
from tests.support.workflows import COMPOSITES, WORKFLOWS, jobs, load, workflow

READ = {"contents": "read"}
FINDINGS = {"actions": "read", "contents": "read", "security-events": "write"}

# Every right of every job. One more is one more that a mistake could use: think before it is added here.
RIGHTS = {
    "ci.yml": {"check": READ, "container": READ, "render": READ, "action": READ},
    "codeql.yml": {"analyze": FINDINGS},
    "release.yml": {
        "agree": {"actions": "read", "contents": "read"},
        "build": {"contents": "read", "packages": "write"},
        "image": {"packages": "write"},
        "sbom": {"packages": "read"},
        "attest": {"attestations": "write", "id-token": "write", "packages": "write"},
        "try": {"contents": "read", "packages": "read"},
        "publish": {"contents": "write"},
    },
    "probe.yml": {"probe": {"contents": "read", "id-token": "write"}},
    "scorecard.yml": {"analyze": {"contents": "read", "id-token": "write", "security-events": "write"}},
    "zizmor.yml": {"zizmor": FINDINGS},
}

# What each job of the release waits for: nothing is pushed before all agrees, nothing tagged before all is tried.
NEEDS = {
    "agree": [],
    "build": ["agree"],
    "image": ["agree", "build"],
    "sbom": ["agree", "image"],
    "attest": ["agree", "image", "sbom"],
    "try": ["agree", "image"],
    "publish": ["agree", "image", "attest", "try"],
}

ARCHITECTURES = {"amd64": "ubuntu-24.04", "arm64": "ubuntu-24.04-arm"}
MAY_WRITE = {"actions", "docker", "github", "ossf"}  # whose actions run where something may be written


def test_every_job_has_the_rights_that_are_promised_and_no_other() -> None:
    found = {path.name: {name: job["permissions"] for name, job in jobs(load(path)).items()} for path in WORKFLOWS}
    assert found == RIGHTS


def test_an_action_of_others_runs_only_where_nothing_may_be_written() -> None:
    for path in WORKFLOWS:
        for name, job in jobs(load(path)).items():
            owners = {
                step["uses"].split("/")[0] for step in job["steps"] if not step.get("uses", "./").startswith("./")
            }
            assert owners <= MAY_WRITE or "write" not in job["permissions"].values(), f"{path.name}: {name}"


def test_a_job_of_the_release_waits_for_what_is_promised() -> None:
    needs = {name: job.get("needs", []) for name, job in jobs(workflow("release.yml")).items()}
    assert {name: [found] if isinstance(found, str) else found for name, found in needs.items()} == NEEDS


def test_only_the_last_job_of_the_release_waits_for_an_approval() -> None:
    assert [name for name, job in jobs(workflow("release.yml")).items() if "environment" in job] == ["publish"]


@pytest.mark.parametrize(("file", "job"), [("ci.yml", "container"), ("release.yml", "build"), ("release.yml", "sbom")])
def test_both_architectures_have_a_runner_of_their_own(file: str, job: str) -> None:
    legs = workflow(file)["jobs"][job]["strategy"]["matrix"]["include"]
    assert {leg["architecture"]: leg["runner"] for leg in legs} == ARCHITECTURES
    assert workflow(file)["jobs"][job]["runs-on"] == "${{ matrix.runner }}"


def test_codeql_reads_the_code_and_the_workflows() -> None:
    assert jobs(workflow("codeql.yml"))["analyze"]["strategy"]["matrix"]["language"] == ["python", "actions"]


def test_the_release_is_marked_as_never_run_and_so_it_is_told() -> None:
    text = (REPOSITORY / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    told = (REPOSITORY / "docs" / "unverified.md").read_text(encoding="utf-8")
    marked = text.startswith("# NEVER RUN. Take this comment away once a release has been made with it.\n")
    assert marked == ("| The release workflow | **Never run.** " in told)
    assert marked, "once it has been run: take this line away too"


def test_the_release_attests_the_provenance_of_the_whole_and_the_contents_of_each_architecture() -> None:
    attested = [step["with"] for step in jobs(workflow("release.yml"))["attest"]["steps"] if "attest@" in str(step)]
    told = {(step["subject-digest"], step.get("sbom-path")) for step in attested}
    assert told == {
        ("${{ needs.image.outputs.digest }}", None),
        ("${{ needs.image.outputs.amd64 }}", "amd64.spdx.json"),
        ("${{ needs.image.outputs.arm64 }}", "arm64.spdx.json"),
    }
    for step in attested:
        assert step["subject-name"] == "${{ needs.agree.outputs.image }}"
        assert step["push-to-registry"] == "true"


def test_the_contents_are_listed_of_the_very_image_that_they_are_attested_for() -> None:
    sbom = jobs(workflow("release.yml"))["sbom"]
    lists, hands_over = (step["with"] for step in sbom["steps"])
    assert {leg["architecture"]: leg["digest"] for leg in sbom["strategy"]["matrix"]["include"]} == {
        name: f"${{{{ needs.image.outputs.{name} }}}}" for name in ARCHITECTURES
    }
    assert lists["image"] == "${{ needs.agree.outputs.image }}@${{ matrix.digest }}"
    assert lists["output-file"] == hands_over["path"] == "${{ matrix.architecture }}.spdx.json"
    takes = next(step["with"] for step in jobs(workflow("release.yml"))["attest"]["steps"] if "download" in str(step))
    assert takes == {"pattern": "sbom-*", "merge-multiple": "true"}
    assert hands_over["name"] == "sbom-${{ matrix.architecture }}"


def test_dependabot_looks_into_the_folders_of_the_composite_actions_too() -> None:
    updates = load(REPOSITORY / ".github" / "dependabot.yml")["updates"]
    (actions,) = (update for update in updates if update["package-ecosystem"] == "github-actions")
    below = [pattern.strip("/") for pattern in actions["directories"] if pattern != "/"]
    watched = {folder for pattern in below for folder in REPOSITORY.glob(pattern)}
    assert "/" in actions["directories"]
    assert {path.parent for path in COMPOSITES} <= watched
    assert COMPOSITES
