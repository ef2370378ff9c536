"""Facts that fit in no other module: settings in an update, paths, kinds of resources."""

from __future__ import annotations

from typing import Final

from conformance.facts.model import Choice, Choices, Fact, Row, Section, unknown

_SETTINGS: Final = Row(
    "Does an update of a project accept the settings as they were read?",
    "They are sent back unchanged, as the API description asks. A refusal comes before anything old is touched.",
)
_PATHS: Final = Row(
    "Does the path's case matter, or a double slash in it?",
    "The product's paths are spelled as in the API description, however the endpoint is spelled.",
)

FACTS: Final = (
    Fact(
        "update-settings",
        "What happens to settings that an update sends back as they were read?",
        Choices(
            (
                Choice("keep", "They stay.", sets={"update_settings": "keep"}),
                Choice(
                    "lose",
                    "A renamed project has other settings than before. The image transforms are not proved.",
                    "promise 3 would not hold: a project that `replace` renames would lose settings",
                    sets={"update_settings": "lose"},
                ),
                Choice(
                    "refuse",
                    "The run fails before anything old is touched.",
                    "no promise is broken, but no promotion succeeds: the mark cannot be written",
                    sets={"update_settings": "refuse"},
                ),
            )
        ),
        "The API description asks for them.",
        _SETTINGS,
    ),
    Fact(
        "path-case",
        "Does the path's case matter?",
        Choices(
            (
                Choice("ignored", "Nothing relies on it.", sets={"strict_case": False}),
                Choice("matters", "Nothing relies on it.", sets={"strict_case": True}),
            )
        ),
        "`/Training/` and `/training/` are both in public code.",
        _PATHS,
    ),
    Fact(
        "double-slash",
        "Is a double slash in the path accepted?",
        Choices(
            (
                Choice("accepted", "Nothing relies on it.", sets={"strict_slashes": False}),
                Choice("refused", "Nothing relies on it.", sets={"strict_slashes": True}),
            )
        ),
        "Recorded: `//customvision/…` is accepted.",
        _PATHS,
    ),
    Fact(
        "special-resources",
        "How do resources with customer-managed keys, in disaster recovery, or in a national cloud behave?",
        unknown(),
        "Their hosts and codes are documented.",
        Row(
            "Resources with customer-managed keys, in disaster recovery, in the US Government and China clouds.",
            "Their hosts are accepted and their codes have texts. Nothing else is known.",
        ),
        untried="it needs such a resource; the probe also runs against one",
    ),
)

SECTION: Final = Section("Other", FACTS)
