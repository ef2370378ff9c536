"""Facts about who gets in at all: the limit of requests, the network, keys that are off, and the service's end."""

from __future__ import annotations

from typing import Final

from conformance.facts.model import Amount, Band, Choice, Choices, Fact, Row, unknown

FACTS: Final = (
    Fact(
        "retry-after",
        "With how many seconds of Retry-After does a 429 come? (0: without.)",
        Amount(
            "s",
            (
                Band(0, "At least a second, growing."),
                Band(120, "Its time is waited for."),
                Band(None, "The pause is longer than a run waits: the error says so."),
            ),
            usual=0.0,
            sets=lambda seconds: {"throttle": True, "retry_after": int(seconds) or None},
            tried=(0.0, 1.0, 7.0),
        ),
        "The gateway's text says 'Please retry after 1 second'. Of the header nothing is known.",
        Row(
            "Does a 429 come with Retry-After?",
            "Both are handled: with it, its time; without it, at least a second, growing.",
        ),
    ),
    Fact(
        "firewall-words",
        "What does a firewall or a private endpoint answer?",
        unknown(),
        "Words of sibling services.",
        Row(
            "The words of a firewall's or a private endpoint's refusal.",
            "Some words are recognised. Others fall back to the general text for 403, which names the network rules too.",
        ),
        untried="the resource's network rules would have to be changed",
    ),
    Fact(
        "keys-off",
        "What does a key get where keys are switched off? (PROBE_DISABLED_KEY)",
        Choices(
            (
                Choice(
                    "401 gateway 401",
                    "The text for a 401 to a key names it as the second likely cause.",
                    sets={"disable_local_auth": "wrong-key"},
                ),
                Choice(
                    "403 gateway AuthenticationTypeDisabled",
                    "The code has a text of its own.",
                    sets={"disable_local_auth": "disabled"},
                ),
            )
        ),
        "The documentation tells a 401; sibling services answer 403 with `AuthenticationTypeDisabled`.",
        Row(
            "The answer where keys are switched off.",
            "Recognised by its code or by words; else the general text for 401 or 403. The text for a 401 to a key names "
            "it as the second likely cause.",
        ),
    ),
    Fact(
        "after-the-end",
        "What does the service answer after 2028-09-25?",
        unknown(),
        "Announced: calls fail.",
        Row(
            "What the service answers after 2028-09-25.",
            "410 has its own text. It may as well be another 4xx, or a name that no longer resolves: then the text for "
            "that is shown.",
        ),
        untried="it is not that day yet",
    ),
)
