from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cvaction.commands.promote.inputs import DEFAULTS, KEYS, Inputs, read_inputs
from cvaction.failures.errors import InputError
from cvaction.inputs.reader import texts
from tests.support.samples import KEY, PROJECT_ID, context

if TYPE_CHECKING:
    from pathlib import Path

    from cvaction.github.context import RunContext

ARM_ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/pred"
WITH_IDENTITY = {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://x.example/", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t" * 20}
OTHER_KEY = "fedcba9876543210fedcba9876543210"
GOOD = {
    "source-endpoint": "https://dev.cognitiveservices.azure.com/",
    "source-key": KEY,
    "target-endpoint": "https://prod.cognitiveservices.azure.com/",
    "target-key": OTHER_KEY,
    "source-project-id": PROJECT_ID.upper(),
}


def read(given_: dict[str, str], run: RunContext | None = None) -> Inputs:
    return read_inputs(texts({f"INPUT_{name.upper()}": value for name, value in given_.items()}), run or context())


def problems(given_: dict[str, str], run: RunContext | None = None) -> dict[str, str]:
    """What is wrong, by input."""
    with pytest.raises(InputError) as caught:
        read(given_, run)
    return dict(problem.split(": ", 1) for problem in caught.value.problems)


class TestInputs:
    def test_have_the_documented_defaults(self) -> None:
        found = read(GOOD)

        assert found.source_project_id == PROJECT_ID
        assert (found.if_exists, found.iteration) == ("new", "latest")
        assert (found.probability_threshold, found.overlap_threshold) == (0.5, 0.3)
        assert (found.delete_source, found.keep_failed, found.dry_run) == (False, False, False)
        assert found.min_precision is found.min_recall is found.min_average_precision is found.max_regression is None
        assert found.keep_previous is None
        assert found.wait_minutes is None
        assert found.prediction_endpoint is None
        texts = (found.source_project_name, found.target_project_name, found.publish_name, found.gate_override)
        assert not any((*texts, found.prediction_resource_id, found.smoke_images, found.trusted_endpoints))

    def test_that_are_blank_mean_the_default(self) -> None:
        assert read({**dict.fromkeys(DEFAULTS, " \n\t"), **GOOD}) == read(GOOD)

    def test_may_spell_the_defaults_out(self) -> None:
        assert read({**DEFAULTS, **GOOD}) == read(GOOD)

    def test_are_all_read(self, tmp_path: Path) -> None:
        (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff")
        given_ = {
            **GOOD,
            "target-project-name": " Shelf ",
            "if-exists": "replace",
            "iteration": "published",
            "min-precision": "0.9",
            "min-recall": "0.8",
            "min-average-precision": "0.7",
            "max-regression": "0",
            "probability-threshold": "0.6",
            "overlap-threshold": "0.4",
            "gate-override": "because\nof  Friday",
            "smoke-images": "*.jpg",
            "publish-name": "live",
            "prediction-resource-id": ARM_ID,
            "prediction-endpoint": "https://pred.cognitiveservices.azure.com/customvision/v3.1/prediction/x",
            "delete-source": "TRUE",
            "keep-previous": "2",
            "keep-failed": "true",
            "wait-minutes": "0.5",
            "dry-run": "False",
            "trusted-endpoints": "http://emulator:8000",
        }

        found = read(given_, context(GITHUB_WORKSPACE=str(tmp_path)))

        assert found.target_project_name == "Shelf"
        assert (found.if_exists, found.iteration) == ("replace", "published")
        assert (found.min_precision, found.min_recall, found.min_average_precision) == (0.9, 0.8, 0.7)
        assert found.max_regression == 0.0
        assert (found.probability_threshold, found.overlap_threshold) == (0.6, 0.4)
        assert found.gate_override == "because of Friday"
        assert [path.name for path in found.smoke_images] == ["a.jpg"]
        assert (found.publish_name, found.prediction_resource_id) == ("live", ARM_ID)
        assert found.prediction_endpoint is not None
        assert found.prediction_endpoint.origin == "https://pred.cognitiveservices.azure.com"
        assert (found.delete_source, found.keep_previous, found.keep_failed) == (True, 2, True)
        assert (found.wait_minutes, found.dry_run) == (0.5, False)
        assert found.trusted_endpoints == {"http://emulator:8000"}

    @pytest.mark.parametrize("name", ["min-precision", "min-recall", "min-average-precision", "max-regression"])
    def test_tell_a_bound_of_zero_from_none(self, name: str) -> None:
        assert getattr(read({**GOOD, name: "0"}), name.replace("-", "_")) == 0.0

    def test_do_not_show_their_keys(self) -> None:
        shown = repr(read(GOOD))

        assert KEY not in shown
        assert OTHER_KEY not in shown

    def test_trust_an_origin_for_all_endpoints(self) -> None:
        trusted = {"trusted-endpoints": "https://gw.example\nhttp://emulator:8000"}

        found = read(
            {
                **GOOD,
                **trusted,
                "source-endpoint": "https://gw.example/x",
                "target-endpoint": "http://emulator:8000",
                "prediction-endpoint": "https://gw.example",
            }
        )

        assert found.source.endpoint.origin == "https://gw.example"
        assert found.target is not None
        assert found.target.endpoint.origin == "http://emulator:8000"


BAD = {
    "source-endpoint": "dev.cognitiveservices.azure.com",
    "source-key": "two words",
    "target-endpoint": "https://evil.example",
    "target-key": "\u00e9",
    "client-id": "me",
    "tenant-id": "common",
    "source-client-id": "me",
    "source-tenant-id": "organizations",
    "target-client-id": "me",
    "target-tenant-id": "a/b",
    "audience": "a\tb",
    "source-project-id": "7",
    "source-project-name": "a\nb",
    "target-project-name": "x [importing y",
    "if-exists": "overwrite",
    "iteration": "a\tb",
    "min-precision": "90%",
    "min-recall": "nan",
    "min-average-precision": "1e-1",
    "max-regression": "+0.1",
    "probability-threshold": "2",
    "overlap-threshold": "inf",
    "smoke-images": "nowhere/*.jpg",
    "publish-name": "a\x07b",
    "prediction-resource-id": "pred",
    "prediction-endpoint": "pred",
    "delete-source": "yes",
    "keep-previous": "-1",
    "keep-failed": "1",
    "wait-minutes": "\uff11",
    "dry-run": "maybe",
    "trusted-endpoints": "*",
}


class TestWrongInputs:
    def test_are_told_all_at_once_each_by_its_own_name(self) -> None:
        found = problems(BAD)

        assert found.keys() == {*BAD, "source-project-id, source-project-name"}
        assert BAD.keys() | {"gate-override"} == set(DEFAULTS)

    @pytest.mark.parametrize("name", BAD)
    def test_are_told_alone_too(self, name: str) -> None:
        given_ = {**GOOD, **{other: ARM_ID for other in ("prediction-resource-id",) if name == "publish-name"}}
        if name == "prediction-resource-id":
            given_["publish-name"] = "live"
        if name.endswith(("-client-id", "-tenant-id")):
            del given_[f"{name.partition('-')[0]}-key"]
            given_ |= {"client-id": PROJECT_ID, "tenant-id": PROJECT_ID}
        if name == "source-project-name":
            del given_["source-project-id"]

        assert problems({**given_, name: BAD[name]}, context(**WITH_IDENTITY)).keys() == {name}

    @pytest.mark.parametrize("missing", ["source-endpoint", "source-key", "target-endpoint", "target-key"])
    def test_that_are_missing_are_told(self, missing: str) -> None:
        found = problems({**GOOD, missing: ""})

        instead = "; client-id and tenant-id can take its place (docs/keyless.md)" if missing.endswith("key") else ""
        assert found == {missing: f"is required, and is empty{instead}"}

    def test_that_are_all_missing_are_told(self) -> None:
        assert problems({}).keys() == {
            "source-endpoint",
            "source-key",
            "target-endpoint",
            "target-key",
            "source-project-id, source-project-name",
        }

    def test_name_the_source_in_one_way_only(self) -> None:
        both = problems({**GOOD, "source-project-name": "Shelf"})
        none = problems({**GOOD, "source-project-id": ""})

        assert both == {"source-project-id, source-project-name": "only one of them may be given"}
        assert none == {"source-project-id, source-project-name": "one of them is required"}
        assert read({**GOOD, "source-project-id": "", "source-project-name": "Shelf"}).source_project_name == "Shelf"

    def test_give_a_publish_name_and_a_resource_together(self) -> None:
        assert problems({**GOOD, "publish-name": "live"}) == {
            "prediction-resource-id": "is required together with publish-name"
        }
        assert problems({**GOOD, "prediction-resource-id": ARM_ID}) == {
            "publish-name": "is required together with prediction-resource-id"
        }

    @pytest.mark.parametrize("dry_run", ["false", "true"])
    def test_give_both_or_neither_of_the_targets_and_neither_only_in_a_dry_run(self, dry_run: str) -> None:
        given_ = {**GOOD, "dry-run": dry_run}
        half = {**given_, "target-key": ""}
        none = {**half, "target-endpoint": ""}

        assert problems(half).keys() == {"target-key"}
        if dry_run == "true":
            assert read(none).target is None
        else:
            assert problems(none).keys() == {"target-endpoint", "target-key"}

    def test_still_check_the_targets_of_a_dry_run(self) -> None:
        assert problems({**GOOD, "dry-run": "true", "target-endpoint": "x"}).keys() == {"target-endpoint"}

    @pytest.mark.parametrize("environ", [{"GITHUB_EVENT_NAME": "pull_request"}, {"GITHUB_ACTOR": "dependabot[bot]"}])
    def test_of_a_fork_are_explained(self, environ: dict[str, str]) -> None:
        with pytest.raises(InputError) as caught:
            read({**GOOD, "source-key": "", "target-key": "", "target-endpoint": ""}, context(**environ))

        found = dict(problem.split(": ", 1) for problem in caught.value.problems)
        assert "fork" in found["source-key"]
        assert "fork" in found["target-key"]
        assert "fork" not in found["target-endpoint"]
        assert "client-id" not in found["source-key"], "a fork gets no identity either"
        assert "head.repo.full_name == github.repository" in caught.value.text()

    def test_of_a_fork_that_are_not_missing_are_not_explained_by_it(self) -> None:
        with pytest.raises(InputError) as caught:
            read({**GOOD, "if-exists": "x"}, context(GITHUB_EVENT_NAME="pull_request"))

        assert "fork" not in caught.value.text()

    @pytest.mark.parametrize("name", [name for name in DEFAULTS if name not in KEYS])
    def test_are_never_repeated_because_one_may_hold_a_key(self, name: str) -> None:
        secret = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
        told = ""
        try:
            read({**GOOD, name: secret})
        except InputError as error:
            told = error.text()
        assert secret not in told

    def test_hold_no_part_of_a_key_with_a_line_break_in_an_error(self) -> None:
        with pytest.raises(InputError) as caught:
            read({**GOOD, "source-key": f"{KEY}\nmore"})

        assert KEY not in caught.value.text()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from([name for name in DEFAULTS if name != "smoke-images"]),
        st.one_of(st.text(max_size=20), st.sampled_from([*GOOD.values(), *BAD.values(), ARM_ID, "true", "1", "0.5"])),
    )
)
def test_whatever_is_given_is_read_or_told_by_name(given_: dict[str, str]) -> None:
    try:
        found = read({**GOOD, **given_})
    except InputError as error:
        told = [problem.split(":")[0].split(", ")[0] for problem in error.problems]
    else:
        assert found.source.key
        assert bool(found.source_project_id) != bool(found.source_project_name)
        return
    assert told
    assert set(told) <= set(DEFAULTS)
