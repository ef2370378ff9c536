from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cvaction.customvision.endpoint import Endpoint, parse_endpoint, parse_origin

NOTHING: frozenset[str] = frozenset()

REGIONAL = (".api.cognitive.microsoft.com", ".api.cognitive.microsoft.us", ".api.cognitive.azure.cn")
NAMED = (".cognitiveservices.azure.com", ".cognitiveservices.azure.us", ".cognitiveservices.azure.cn")


class TestAnEndpoint:
    @pytest.mark.parametrize("family", REGIONAL)
    def test_of_a_region_serves_training_and_prediction_at_one_origin(self, family: str) -> None:
        assert parse_endpoint(f"https://westeurope{family}/", NOTHING) == Endpoint(f"https://westeurope{family}", True)

    @pytest.mark.parametrize("family", NAMED)
    def test_of_a_named_resource_serves_one_of_them(self, family: str) -> None:
        assert parse_endpoint(f"https://my-dev-2{family}", NOTHING) == Endpoint(f"https://my-dev-2{family}", False)

    @pytest.mark.parametrize(
        "tail", ["", "/", "//", "/customvision/v3.3/Training/projects", "?x=1", "#y", "/a?token=b", ":443", ":443/"]
    )
    def test_loses_whatever_stands_behind_the_host(self, tail: str) -> None:
        found = parse_endpoint(f"  HTTPS://Dev.CognitiveServices.Azure.com{tail} ", NOTHING)

        assert found.origin == "https://dev.cognitiveservices.azure.com"
        assert found.host == "dev.cognitiveservices.azure.com"

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
    def test_may_be_plain_http_on_a_loopback_address(self, host: str) -> None:
        assert parse_endpoint(f"http://{host}:8001/", NOTHING) == Endpoint(f"http://{host}:8001", True)

    @pytest.mark.parametrize(
        "host",
        ["emulator", "10.0.0.1", "127.0.0.1.evil.example", "localhost.evil.example", "[::2]", "0.0.0.0", "127.1"],
    )
    def test_may_not_be_plain_http_anywhere_else(self, host: str) -> None:
        with pytest.raises(ValueError, match="unencrypted"):
            parse_endpoint(f"http://{host}/", NOTHING)

    def test_may_not_be_plain_http_on_an_azure_host(self) -> None:
        with pytest.raises(ValueError, match="unencrypted"):
            parse_endpoint("http://dev.cognitiveservices.azure.com", NOTHING)

    @pytest.mark.parametrize(
        "text",
        [
            "https://evil.example",
            "https://dev.cognitiveservices.azure.com.evil.example",
            "https://evil.example/dev.cognitiveservices.azure.com",
            "https://xcognitiveservices.azure.com",
            "https://cognitiveservices.azure.com",
            "https://a.b.cognitiveservices.azure.com",
            "https://-dev.cognitiveservices.azure.com",
            "https://dev-.cognitiveservices.azure.com",
            "https://d_v.cognitiveservices.azure.com",
            "https://dev.cognitiveservices.azure.com:8443",
            "https://dev.cognitiveservices.azure.com..",
            "https://dev.cognitiveservices.azure.de",
            "https://westeurope.api.cognitive.azure.com",
            "https://127.0.0.1",
            "https://www.customvision.ai",
        ],
    )
    def test_on_any_other_host_would_hand_the_key_to_a_stranger(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"unknown host.*trusted-endpoints"):
            parse_endpoint(text, NOTHING)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "dev.cognitiveservices.azure.com",
            "//dev.cognitiveservices.azure.com",
            "ftp://dev.cognitiveservices.azure.com",
            "https://",
            "https:///path",
            "https://[::1",
            "https://dev.cognitiveservices.azure.com:port",
            "https://dev.cognitiveservices.azure.com:99999",
            "https://dev.cognitive services.azure.com",
            "https://evil.example\\@dev.cognitiveservices.azure.com",
            "https://dev.cognitiveservices.azure.com/\n@evil.example",
            "https://de\tv.cognitiveservices.azure.com",
            "0123456789abcdef0123456789abcdef",
        ],
    )
    def test_must_be_a_url(self, text: str) -> None:
        with pytest.raises(ValueError, match="not a URL of the form"):
            parse_endpoint(text, NOTHING)

    @pytest.mark.parametrize("who", ["user@", "user:pass@", ":pass@", "@"])
    def test_holds_no_user_name(self, who: str) -> None:
        with pytest.raises(ValueError, match="user name") as caught:
            parse_endpoint(f"https://{who}dev.cognitiveservices.azure.com", NOTHING)

        assert "pass" not in str(caught.value)

    @pytest.mark.parametrize(
        "path",
        [
            "/customvision/v3.1/prediction/0901d86b-f227-43e0-9630-d172ccfd41e5/classify/iterations/x/image",
            "/customvision/v3.0/Prediction/0901d86b",
            "//customvision/v3.1/PREDICTION",
        ],
    )
    def test_that_is_a_prediction_url_is_called_so(self, path: str) -> None:
        with pytest.raises(ValueError, match=r"is a prediction URL.*training resource"):
            parse_endpoint(f"https://dev.cognitiveservices.azure.com{path}", NOTHING)

    def test_of_a_prediction_resource_may_be_a_prediction_url(self) -> None:
        text = "https://pred.cognitiveservices.azure.com/customvision/v3.1/prediction/x/classify/iterations/y/image"

        assert parse_endpoint(text, NOTHING, prediction=True).origin == "https://pred.cognitiveservices.azure.com"


class TestATrustedOrigin:
    TRUSTED = frozenset({"https://apim.contoso.com", "http://emulator:8000", "https://gw.example:8443"})

    @pytest.mark.parametrize(
        "text", ["https://apim.contoso.com/", "https://APIM.contoso.com:443", "http://emulator:8000/customvision"]
    )
    def test_is_accepted_in_any_spelling(self, text: str) -> None:
        assert parse_endpoint(text, self.TRUSTED).shared

    @pytest.mark.parametrize(
        "text",
        [
            "http://apim.contoso.com",
            "http://emulator:8001",
            "http://emulator",
            "https://emulator:8000",
            "https://gw.example",
            "https://sub.apim.contoso.com",
            "https://apim.contoso.com:8443",
            "https://apim.contoso.com.evil.example",
            "https://apim.contoso.co",
        ],
    )
    def test_is_exact(self, text: str) -> None:
        with pytest.raises(ValueError, match="trusted-endpoints"):
            parse_endpoint(text, self.TRUSTED)

    def test_is_spelled_in_one_way(self) -> None:
        assert parse_origin("HTTP://[::1]:80/x") == "http://[::1]"
        assert parse_origin("https://[::1]:8443") == "https://[::1]:8443"
        assert parse_origin("http://host:443") == "http://host:443"


_HOSTS = st.one_of(
    st.sampled_from(
        [*(f"dev{family}" for family in (*REGIONAL, *NAMED)), "localhost", "127.0.0.1", "[::1]", "evil.example"]
    ),
    st.text(max_size=12),
    st.from_regex(r"[a-zA-Z0-9.:@\[\]%/\\?#\-]{0,30}", fullmatch=True),
)
_TEXTS = st.one_of(
    st.text(max_size=60),
    st.builds(
        "{}{}{}{}{}".format,
        st.sampled_from(["https://", "http://", "HTTPS:", "https:/", "//", "https://a@", "https://a\\", ""]),
        _HOSTS,
        st.sampled_from(["", ".", "..", "@evil.example", ".evil.example", ":443", ":80", "\u3002com", "\uff0fx"]),
        st.sampled_from(["", "/", "/customvision/v3.3", "?", "#", ":x", "\t"]),
        st.text(max_size=5),
    ),
)


def _allowed(origin: str) -> bool:
    """The rule once more, in other words: what may be given a key."""
    parts = urlsplit(origin)
    host = (parts.hostname or "").removesuffix(".")
    if parts.scheme == "https" and parts.port is None:
        return any(host.endswith(family) and "." not in host.removesuffix(family) for family in (*REGIONAL, *NAMED))
    if parts.scheme != "http":
        return False
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@settings(max_examples=300, deadline=None)
@given(_TEXTS)
@example("https://dev.cognitiveservices.azure.com.")
@example("https://\u212adev.cognitiveservices.azure.com")
@example("https://dev.cognitiveservices.azure.com:\uff14\uff14\uff13")
def test_whatever_is_given_as_an_endpoint_is_refused_in_words_or_is_on_an_allowed_host(text: str) -> None:
    try:
        endpoint = parse_endpoint(text, NOTHING)
    except ValueError:
        return
    assert _allowed(endpoint.origin)
    assert parse_endpoint(endpoint.origin, NOTHING) == endpoint
    assert endpoint.origin.isascii()
