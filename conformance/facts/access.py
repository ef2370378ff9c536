"""Facts about who gets in at all: the limit of requests, the network, keys that are off, and the service's end."""

from __future__ import annotations

from typing import Final

from conformance.facts.model import Amount, Band, Choice, Choices, Fact, Row, unknown

FACTS: Final = (
    Fact(
        "retry-after",
        "How many seconds of Retry-After does a 429 have? (0: no such header.)",
        Amount(
            "s",
            (
                Band(0, "The run waits at least a second, and longer each time."),
                Band(120, "The run waits for that time."),
                Band(None, "The run does not wait that long: the error says so."),
            ),
            usual=0.0,
            sets=lambda seconds: {"throttle": True, "retry_after": int(seconds) or None},
            tried=(0.0, 1.0, 7.0),
        ),
        "The gateway's text says 'Please retry after 1 second'. Nothing is known about the header.",
        Row(
            "Does a 429 have a Retry-After?",
            "Both are handled: the run waits for that time; without the header at least a second, and longer each time.",
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
        "What is the answer to a key if keys are switched off? (PROBE_DISABLED_KEY)",
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
        "The documentation says 401; sibling services answer 403 with `AuthenticationTypeDisabled`.",
        Row(
            "The answer if keys are switched off.",
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
            "410 has its own text. It may also be another 4xx, or a host name that no longer resolves: then the text for "
            "that is shown.",
        ),
        untried="that day has not come yet",
    ),
)
