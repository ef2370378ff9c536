"""A side has a key or ids: what is taken, what is refused, and that it is all told at once."""

from __future__ import annotations

from typing import ClassVar

import pytest

from cvaction.commands.promote.inputs import Inputs, read_inputs
from cvaction.failures.errors import InputError
from cvaction.failures.keyless_errors import IdTokenForkError, IdTokenPermissionError
from cvaction.inputs.ids import Ids
from tests.support.samples import KEY, OTHER_ID, PROJECT_ID, context

CLIENT, TENANT = "64b822c5-8082-4b36-a426-27225f4aa18c", "0f0f0f0f-1111-4222-8333-444444444444"
AUDIENCE = "api://AzureADTokenExchange"
RUNNER = {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://x.example/", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t" * 20}
SIDES = {
    "source-endpoint": "https://dev.cognitiveservices.azure.com/",
    "target-endpoint": "https://prod.cognitiveservices.azure.com/",
    "source-project-id": PROJECT_ID,
}
IDS = {"client-id": CLIENT, "tenant-id": TENANT}
KEYS = {"source-key": KEY, "target-key": KEY[::-1]}


def read(*given: dict[str, str], **environ: str) -> Inputs:
    values = {name: value for part in given for name, value in part.items()}
    return read_inputs(lambda name: values.get(name, ""), context(**(environ or RUNNER)))


def problems(*given: dict[str, str], **environ: str) -> dict[str, str]:
    with pytest.raises(InputError) as caught:
        read(*given, **environ)
    return dict(problem.split(": ", 1) for problem in caught.value.problems)


def ids(inputs: Inputs) -> list[Ids | None]:
    assert inputs.target
    return [inputs.source.ids, inputs.target.ids]


class TestIds:
    def test_that_are_shared_serve_both_sides(self) -> None:
        assert ids(read(SIDES, IDS)) == [Ids(CLIENT, TENANT, AUDIENCE)] * 2

    def test_that_are_shared_serve_only_the_side_without_a_key(self) -> None:
        found = read(SIDES, IDS, {"source-key": KEY})
        assert ids(found) == [None, Ids(CLIENT, TENANT, AUDIENCE)]
        assert found.source.key
        assert ids(read(SIDES, IDS, KEYS)) == [None, None]

    def test_of_one_side_win_over_the_shared_ones_each_by_itself(self) -> None:
        found = read(SIDES, IDS, {"source-client-id": OTHER_ID, "target-tenant-id": "Contoso.OnMicrosoft.com"})
        assert ids(found) == [Ids(OTHER_ID, TENANT, AUDIENCE), Ids(CLIENT, "contoso.onmicrosoft.com", AUDIENCE)]

    def test_of_one_side_are_enough_for_it(self) -> None:
        found = read(SIDES, {"source-key": KEY, "target-client-id": CLIENT.upper(), "target-tenant-id": TENANT})
        assert ids(found) == [None, Ids(CLIENT, TENANT, AUDIENCE)]

    def test_take_another_audience(self) -> None:
        assert ids(read(SIDES, IDS, {"audience": "api://mine"})) == [Ids(CLIENT, TENANT, "api://mine")] * 2

    @pytest.mark.parametrize("side", ["source", "target"])
    @pytest.mark.parametrize("name", ["client-id", "tenant-id"])
    def test_beside_a_key_of_the_same_side_are_refused(self, side: str, name: str) -> None:
        found = problems(SIDES, KEYS, {f"{side}-{name}": CLIENT})
        assert found.keys() == {f"{side}-key"}
        assert f"the {side} has a key and {side}-{name}" in found[f"{side}-key"]

    @pytest.mark.parametrize(
        ("given", "missing"),
        [
            ({"client-id": CLIENT}, "tenant-id"),
            ({"tenant-id": TENANT}, "client-id"),
            ({"source-client-id": CLIENT, "target-key": KEY}, "source-tenant-id"),
            ({"target-tenant-id": TENANT, "source-key": KEY}, "target-client-id"),
        ],
    )
    def test_come_in_pairs(self, given: dict[str, str], missing: str) -> None:
        found = problems(SIDES, given)
        assert found.keys() == {missing}
        assert "is required together with" in found[missing]

    def test_that_are_half_given_and_not_needed_do_no_harm(self) -> None:
        assert ids(read(SIDES, KEYS, {"tenant-id": TENANT})) == [None, None]

    @pytest.mark.parametrize("value", ["me", f"{CLIENT} x", "common", CLIENT[:-1], "contoso.com", f"{CLIENT}/.."])
    def test_have_a_uuid_for_the_client(self, value: str) -> None:
        assert problems(SIDES, IDS, {"client-id": value}).keys() == {"client-id"}

    @pytest.mark.parametrize(
        "value",
        [
            *(
                "common",
                "organizations",
                "consumers",
                "Common",
                "a b.com",
                "a/b.com",
                "contoso.com/x",
                "..",
                ".com",
                "a..com",
            ),
            *(
                "contoso.com?x",
                "contoso.com#",
                "-a.com",
                "a-.com",
                "contoso.com.",
                "%2e",
                "127.0.0.1",
                "a." * 130 + "com",
            ),
        ],
    )
    def test_have_a_uuid_or_a_domain_for_the_tenant(self, value: str) -> None:
        found = problems(SIDES, IDS, {"tenant-id": value})
        assert found.keys() == {"tenant-id"}
        assert "common" in found["tenant-id"]

    @pytest.mark.parametrize(
        "value", ["contoso.com", "contoso.onmicrosoft.com", "xn--bcher-kva.example", TENANT.upper()]
    )
    def test_may_have_such_a_tenant(self, value: str) -> None:
        assert read(SIDES, IDS, {"tenant-id": value}).source.ids == Ids(CLIENT, value.lower(), AUDIENCE)

    def test_are_told_wrong_all_at_once_and_each_once(self) -> None:
        found = problems(SIDES, {"client-id": "x", "tenant-id": "common", "audience": "a\tb", "if-exists": "x"})
        assert found.keys() == {"client-id", "tenant-id", "audience", "if-exists"}


class TestASideOfAPlan:
    PLAN: ClassVar = {**SIDES, "target-endpoint": "", "dry-run": "true"}

    def test_is_left_out_if_all_of_its_own_inputs_are_empty(self) -> None:
        found = read(self.PLAN, IDS)
        assert found.target is None
        assert found.source.ids

    @pytest.mark.parametrize("name", ["target-client-id", "target-tenant-id", "target-key"])
    def test_is_not_left_out_if_one_of_them_is_given(self, name: str) -> None:
        assert "target-endpoint" in problems(self.PLAN, IDS, {name: CLIENT})

    def test_has_tokens_where_it_has_an_endpoint_and_shared_ids(self) -> None:
        assert ids(read(SIDES, IDS, {"dry-run": "true"})) == [Ids(CLIENT, TENANT, AUDIENCE)] * 2


class TestAnEndpoint:
    @pytest.mark.parametrize(
        "end", ["api.cognitive.microsoft.com", "api.cognitive.microsoft.us", "api.cognitive.azure.cn"]
    )
    @pytest.mark.parametrize("side", ["source", "target"])
    def test_of_a_region_takes_no_tokens(self, side: str, end: str) -> None:
        endpoint = {f"{side}-endpoint": f"https://westeurope.{end}/"}
        found = problems(SIDES, IDS, endpoint)
        assert found.keys() == {f"{side}-endpoint"}
        assert "Azure portal" in found[f"{side}-endpoint"]
        assert "custom subdomain" in found[f"{side}-endpoint"]
        assert read(SIDES, KEYS, endpoint).source.key

    def test_of_a_region_takes_none_even_if_it_is_trusted(self) -> None:
        regional = "https://westeurope.api.cognitive.microsoft.com"
        assert problems(SIDES, IDS, {"source-endpoint": regional, "trusted-endpoints": regional})


class TestTheAuthority:
    LOCAL: ClassVar = {"source-endpoint": "http://127.0.0.1:8001", "target-endpoint": "https://gateway.example"}

    def authorities(self, *lines: str, **sides: str) -> list[str]:
        endpoints = {f"{side}-endpoint": value for side, value in sides.items()}
        trusted = {"trusted-endpoints": "\n".join(["https://gateway.example", *lines])}
        return [found.authority if found else "" for found in ids(read(SIDES, IDS, self.LOCAL, endpoints, trusted))]

    def test_is_the_clouds_own_where_none_is_named(self) -> None:
        assert self.authorities() == ["", ""]

    @pytest.mark.parametrize(
        "origin", ["http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9", "https://entra.example"]
    )
    def test_may_be_named_for_trusted_and_loopback_endpoints(self, origin: str) -> None:
        assert self.authorities(f"authority={origin}/") == [origin, origin]

    def test_counts_for_no_azure_endpoint(self) -> None:
        azure = "https://dev.cognitiveservices.azure.com"
        assert self.authorities("authority=http://127.0.0.1:9", source=azure) == ["", "http://127.0.0.1:9"]
        assert self.authorities("authority=http://127.0.0.1:9", azure, source=azure) == ["", "http://127.0.0.1:9"]

    @pytest.mark.parametrize(
        "lines",
        [
            *(["authority=http://entra.example"], ["authority=nonsense"], ["authority="], ["authority=https://a/b"]),
            *(["authority=https://a", "authority=https://b"], ["authority=https://a", "https://a"]),
            *(["authority=https://u:p@a"], ["Authority=https://a"], ["authority=ftp://a"]),
        ],
    )
    def test_is_one_exact_origin_over_https_or_of_this_machine(self, lines: list[str]) -> None:
        for given in (IDS, KEYS):
            found = problems(SIDES, given, {"trusted-endpoints": "\n".join(lines)})
            assert found.keys() == {"trusted-endpoints"}

    @pytest.mark.parametrize("given", [IDS, KEYS])
    def test_is_never_an_endpoint(self, given: dict[str, str]) -> None:
        found = problems(
            SIDES, given, self.LOCAL, {"trusted-endpoints": "https://gateway.example\nauthority=http://127.0.0.1:8001"}
        )
        assert found.keys() == {"source-endpoint"}
        found = problems(SIDES, given, {"source-endpoint": "https://a", "trusted-endpoints": "authority=https://a"})
        assert found.keys() == {"source-endpoint"}


class TestTheJobsIdentity:
    NONE: ClassVar = {"GITHUB_EVENT_NAME": "push"}

    def test_is_needed_only_with_ids(self) -> None:
        assert read(SIDES, KEYS, **self.NONE).source.key
        assert read(SIDES, KEYS, IDS, **self.NONE).source.key, "shared ids that no side uses"

    @pytest.mark.parametrize("missing", RUNNER)
    def test_is_asked_for_with_the_lines_to_paste(self, missing: str) -> None:
        with pytest.raises(IdTokenPermissionError) as caught:
            read(SIDES, IDS, **{**RUNNER, missing: ""})
        assert "\npermissions:\n  id-token: write" in caught.value.text()

    @pytest.mark.parametrize("environ", [{"GITHUB_EVENT_NAME": "pull_request"}, {"GITHUB_ACTOR": "dependabot[bot]"}])
    def test_is_what_a_fork_never_gets(self, environ: dict[str, str]) -> None:
        with pytest.raises(IdTokenForkError) as caught:
            read(SIDES, IDS, **environ)
        assert "head.repo.full_name == github.repository" in caught.value.text()
        assert "\npermissions:\n  id-token: write" in caught.value.text()

    def test_is_told_of_with_all_else_that_is_wrong(self) -> None:
        found = problems(SIDES, IDS, {"if-exists": "x", "tenant-id": "common"}, **self.NONE)
        assert found.keys() == {"if-exists", "tenant-id", "client-id"}
        assert "id-token: write" in found["client-id"]
