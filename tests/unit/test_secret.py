from __future__ import annotations

import html
import json
import re
from urllib.parse import quote, unquote

import pytest

from cvaction.secret import Secret
from tests.support.samples import KEY, TOKEN


class TestASecret:
    @pytest.mark.parametrize("show", [repr, str, "{}".format, lambda secret: f"{secret!s:>20}", lambda s: f"{[s]}"])
    def test_does_not_show_its_value_in_any_text(self, show: object) -> None:
        assert callable(show)
        assert KEY not in show(Secret(KEY))

    def test_gives_its_value_only_when_asked_by_name(self) -> None:
        assert Secret(KEY).reveal() == KEY
        assert not hasattr(Secret(KEY), "__dict__")

    def test_is_false_where_it_is_empty(self) -> None:
        assert not Secret("")
        assert Secret(KEY)

    def test_equals_another_of_the_same_value_and_nothing_else(self) -> None:
        assert Secret(KEY) == Secret(KEY)
        assert len({Secret(KEY), Secret(KEY), Secret(TOKEN)}) == 2
        assert Secret(KEY) != KEY

    def test_knows_the_spellings_in_which_a_url_carries_it(self) -> None:
        once = quote(TOKEN, safe="")

        assert Secret(TOKEN).forms() == (TOKEN, once, quote(once, safe=""))
        assert Secret(KEY).forms() == (KEY,)

    def test_knows_the_spelling_that_it_has_in_json(self) -> None:
        assert Secret('a"b\\c').traces()[-1] == json.dumps('a"b\\c')[1:-1]

    def test_knows_a_tokens_signature_alone_decoded_and_encoded(self) -> None:
        (signature,) = re.findall(r"&sig=([^&]+)", TOKEN)
        spellings = {
            signature,
            unquote(signature),
            quote(signature, safe=""),
            quote(quote(signature, safe=""), safe=""),
        }

        assert spellings <= set(Secret(TOKEN).traces())

    def test_knows_no_signature_that_is_so_short_that_it_could_stand_in_other_texts(self) -> None:
        assert "promoted" not in Secret("https://storage.example/?sv=1&sig=promoted").traces()

    @pytest.mark.parametrize(
        "spelled",
        [
            unquote(TOKEN),
            html.escape(TOKEN),
            TOKEN.replace("/", "\\/"),
            TOKEN.replace("&", "\\u0026"),
            TOKEN[: TOKEN.index("&se=")],
            quote(quote(quote(TOKEN, safe=""), safe=""), safe=""),
            TOKEN.partition("?")[2],
            quote(unquote(TOKEN)),
            unquote(TOKEN).replace("+", "%2B"),
            unquote(TOKEN).replace("=", "%3D"),
            unquote(TOKEN).replace("/", "\\\\/"),
            unquote(TOKEN).replace("+", "&#43;"),
            unquote(TOKEN).replace("+", " "),
            unquote(TOKEN).replace("+", "-").replace("/", "_"),
            unquote(TOKEN).replace("BI9f", "BI\r\n9f"),
        ],
        ids=[
            *("decoded", "html", "json-slash", "json-ampersand", "cut", "three-times", "query", "other-safe-set"),
            *("plus-alone", "equals-alone", "json-in-json", "entity", "blank", "url-safe", "broken"),
        ],
    )
    def test_leaves_no_signature_in_a_text_that_repeats_it_in_another_spelling(self, spelled: str) -> None:
        shown = Secret(TOKEN).hide(f"before {spelled} after")

        for form in (unquote(shown), unquote(unquote(unquote(shown)))):
            assert not any(unquote(part) in form for part in re.findall(r"&sig=([^&]+)", TOKEN))
            assert "Jf" not in form, "a piece of the signature is left"

    def test_with_a_lone_surrogate_has_spellings_too(self) -> None:
        assert Secret("a\ud800b").forms()[1] == "a%3Fb"

    @pytest.mark.parametrize(
        "spelled", [TOKEN, quote(TOKEN, safe=""), quote(quote(TOKEN, safe=""), safe=""), quote(TOKEN, safe="").lower()]
    )
    def test_is_hidden_in_a_text_in_every_spelling(self, spelled: str) -> None:
        assert Secret(TOKEN).hide(f"before {spelled} after {spelled}") == "before *** after ***"

    def test_that_is_too_short_to_be_told_from_ordinary_text_is_not_hidden(self) -> None:
        assert Secret("abc").hide("abcabc") == "abcabc"
        assert Secret("").hide("text") == "text"
