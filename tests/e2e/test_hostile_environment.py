"""Surroundings that somebody else has filled, and networks with something in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.entrypoints import EMPTY_RESOLVER, prepared
from tests.e2e.strangers import Stranger, dead_port, listening
from tests.support.certificates import openssl
from tests.support.hostile import TRACE, hostile_environment, plant_evil_modules, plant_netrc
from tests.support.pythons import PATH, each_python
from tools.container.checks import meets_a_company

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.stage import Stage


def test_a_hostile_checkout_home_and_env_change_nothing(stage: Stage, tmp_path: Path) -> None:
    plant_evil_modules(stage.runner.workspace)
    plant_evil_modules(stage.runner.home / ".local" / "lib" / "python3.11" / "site-packages")
    plant_netrc(stage.runner.home, "127.0.0.1")

    result = stage.run(env=hostile_environment(tmp_path / "evil"))

    assert result.outputs["status"] == "promoted"
    assert TRACE not in result.log
    assert list(stage.runner.workspace.rglob("__pycache__")) == []


def test_nothing_is_written_into_the_workspace_or_the_home(stage: Stage) -> None:
    stage.run()

    assert list(stage.runner.workspace.iterdir()) == []
    assert list(stage.runner.home.iterdir()) == []


def test_a_netrc_in_the_shared_home_is_not_read(stage: Stage) -> None:
    plant_netrc(stage.runner.home, "127.0.0.1")
    plant_netrc(stage.runner.workspace, "127.0.0.1")
    with listening(Stranger(status=401, body=b"")) as stranger:
        stage.run(source_endpoint=stranger.endpoint, env={"NETRC": str(stage.runner.workspace / ".netrc")})

    assert stranger.requests
    for _, headers in stranger.requests:
        assert "Authorization" not in headers
        assert headers["Training-Key"] == stage.dev.training_key


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_and_the_key_stays_here(stage: Stage, status: int) -> None:
    with listening(Stranger()) as stranger:
        stage.fail("redirect", "GetProject", resource="development", status=status, location=stranger.endpoint, times=0)

        result = stage.run()

    assert stranger.requests == []
    assert result.messages("error")[0].startswith("The source endpoint redirects elsewhere: ")


def test_a_redirected_import_is_an_error_and_the_token_stays_here(stage: Stage) -> None:
    with listening(Stranger()) as stranger:
        stage.fail("redirect", "ImportProject", location=stranger.endpoint, times=0, status=307)

        result = stage.run()

    assert stranger.requests == []
    assert result.messages("error")[0].startswith("The target endpoint redirects elsewhere: ")


def test_a_proxy_that_is_not_there_is_told_as_such(stage: Stage) -> None:
    result = stage.run(env={"http_proxy": dead_port()})

    (error,) = result.messages("error")
    assert error.startswith("The proxy does not let the target request through: ")
    assert "`https_proxy`" in error
    assert stage.emulator.log == []


def test_a_proxy_from_the_environment_is_honoured(stage: Stage) -> None:
    with listening(Stranger(status=403)) as proxy:
        result = stage.run(env={"http_proxy": proxy.endpoint})

    assert result.outputs["status"] == "failed"
    assert all(line.startswith(f"GET {stage.endpoint(stage.prod)}/customvision/") for line, _ in proxy.requests)
    assert proxy.requests
    assert stage.emulator.log == []


def test_no_proxy_exempts_a_host(stage: Stage) -> None:
    result = stage.run(env={"http_proxy": dead_port(), "no_proxy": "127.0.0.1"})

    assert result.outputs["status"] == "promoted"


def test_a_proxys_login_is_never_shown(stage: Stage) -> None:
    result = stage.run(env={"http_proxy": dead_port().replace("http://", "http://user:proxy-password@")})

    assert result.exit_code == 1
    assert b"proxy-password" not in result.written


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_ca_bundle_that_the_container_does_not_have_is_told_as_such(stage: Stage, variable: str) -> None:
    # A file that is on a hosted runner, but not in the container. A proxy on loopback: nothing can leave this machine.
    env = {variable: "/home/runner/work/ca.pem", "https_proxy": dead_port()}
    result = stage.run(target_endpoint="https://contoso.cognitiveservices.azure.com", env=env)

    (error,) = result.messages("error")
    assert error.startswith("The CA bundle cannot be used: ")
    assert f"{variable} names /home/runner/work/ca.pem, which cannot be read: No such file or directory." in error
    assert "REQUESTS_CA_BUNDLE: /github/workspace/ca.pem" in error


@each_python
@pytest.mark.skipif(openssl() is None, reason="the openssl program, which makes the certificates, is not here")
def test_a_company_is_trusted_where_the_workspace_vouches_for_it(stage: Stage, tmp_path: Path, python: str) -> None:
    stage.runner.python = python
    stage.runner.entrypoint = prepared(tmp_path / "entry", f"import sys\nsys.path[:0] = {PATH!r}\n")

    meets_a_company(stage, tmp_path)


def test_a_socks_proxy_is_told_as_such(stage: Stage) -> None:
    result = stage.run(env={"all_proxy": "socks5h://user:proxy-password@127.0.0.1:1080"})

    (error,) = result.messages("error")
    assert error.startswith("A SOCKS proxy is set, and SOCKS is not supported: ")
    assert "all_proxy names a SOCKS proxy" in error
    assert b"proxy-password" not in result.written
    assert stage.emulator.log == []


def test_a_service_that_speaks_no_tls_is_told_as_such(stage: Stage) -> None:
    origin = stage.endpoint(stage.prod).replace("http://", "https://")

    result = stage.run(target_endpoint=origin, trusted_endpoints=origin)

    assert result.messages("error")[0].startswith("The target endpoint's certificate is not accepted: ")


def test_a_name_that_nobody_knows_is_told_as_such(stage: Stage, tmp_path: Path) -> None:
    stage.runner.entrypoint = prepared(tmp_path / "entry", EMPTY_RESOLVER)

    result = stage.run(target_endpoint="https://contoso-typo.cognitiveservices.azure.com")

    assert result.messages("error")[0].startswith("The target endpoint's name is not known: ")


def test_a_login_page_in_the_services_place_is_told_as_such(stage: Stage) -> None:
    with listening(Stranger()) as stranger:
        result = stage.run(target_endpoint=stranger.endpoint)

    (error,) = result.messages("error")
    assert error.startswith("The target resource's answer cannot be read: ")
    assert "HTML" in error
