"""Facts about the export and the import."""

from __future__ import annotations

from typing import Any, Final

from conformance.facts.model import NO_EVIDENCE, Amount, Band, Choice, Choices, Fact, Row, Section, unknown

EMULATED_IMPORT: Final = 2.0
"""Seconds that an import of the emulator takes. The emulator's estimate is this divided by the ratio."""

_TOKEN: Final = Row(
    "Can an export token be used once, or several times?",
    "Each new try after a lost answer exports again.",
)
_LIFE: Final = Row(
    "How long does an export token live?",
    "It is used at once, and never stored.",
)
_UNFINISHED: Final = Row(
    "Are iterations that are not `Completed` copied?",
    "They are not compared. A missing one is a warning.",
)
_ESTIMATE: Final = Row(
    "How good is the service's estimate of the import's length?",
    "It only sets the default of `wait-minutes`, never below 60 minutes.",
)
_COUNTS: Final = Row(
    "What exactly do the export's own counts count?",
    "They are not used as proof. For detection the region counts of both sides are compared with each other, and a "
    "difference only warns.",
)
_SETTLE: Final = Row(
    "How long after `Succeeded` can counts still change?",
    "A difference counts only if it is still there after 20 s.",
)
_FAILS: Final = Row(
    "Why does an import fail?",
    "No call of the service returns the reason. The text names common causes.",
)


def _estimated(ratio: float) -> dict[str, Any]:
    return {"import_seconds": EMULATED_IMPORT, "estimate_seconds": EMULATED_IMPORT / ratio}


FACTS: Final = (
    Fact(
        "token-uses",
        "May an export token be used for a second import?",
        Choices(
            (
                Choice("several", "Each new try exports again anyway.", sets={"single_use_token": False}),
                Choice("one", "Each new try exports again.", sets={"single_use_token": True}),
            )
        ),
        NO_EVIDENCE,
        _TOKEN,
    ),
    Fact(
        "token-hours",
        "How many hours does an export token live, as the token itself says?",
        Amount(
            "h",
            (
                Band(0.1, "An import that is sent late may be refused. It is tried again with a fresh export."),
                Band(None, "It is used within seconds."),
            ),
            usual=24.0,
            sets=lambda hours: {"token_hours": hours},
            tried=(1.0, 24.0, 48.0),
        ),
        "Recorded: 24 hours.",
        _LIFE,
    ),
    Fact(
        "export-while-training",
        "Can a project be exported while it is trained?",
        Choices(
            (
                Choice(
                    "refuse",
                    "The error says that a training runs, and what to do.",
                    sets={"export_while_training": "refuse"},
                ),
                Choice(
                    "allow",
                    "The copy has the state of that moment. An unfinished iteration is not compared.",
                    sets={"export_while_training": "allow"},
                ),
            )
        ),
        "The service has the code `BadRequestExportWhileTraining`.",
        _UNFINISHED,
    ),
    Fact(
        "unfinished-iterations",
        "Is an iteration that is not `Completed` part of an export? (Seen only if an export is allowed during a training.)",
        Choices(
            (
                Choice("copy", "It is not compared.", sets={"unfinished_iterations": "copy"}),
                Choice("skip", "It is missing, and a warning says so.", sets={"unfinished_iterations": "skip"}),
            )
        ),
        NO_EVIDENCE,
        _UNFINISHED,
        clear={"export_while_training": "allow"},
    ),
    Fact(
        "import-estimate",
        "How many times longer than its estimate does an import take?",
        Amount(
            "times",
            (
                Band(3, "The default of `wait-minutes` is three times the estimate, and at least 60 minutes."),
                Band(
                    None,
                    "An import of more than 60 minutes may outlast the default of `wait-minutes`. The run ends as "
                    "`importing`, and a re-run continues.",
                ),
            ),
            usual=1.0,
            sets=_estimated,
            tried=(0.5, 1.0, 4.0),
        ),
        "Recorded: 5 s estimated, 7 to 14 s taken, for 10 images.",
        _ESTIMATE,
    ),
    Fact(
        "export-counts",
        "Does an export count a tag once more for each iteration?",
        Choices(
            (
                Choice("each", "The count is not used.", sets={"export_counts": "each"}),
                Choice("once", "The count is not used.", sets={"export_counts": "once"}),
            )
        ),
        "Recorded once: 2 tags, 1 iteration, 4 counted.",
        _COUNTS,
    ),
    Fact(
        "counts-settle",
        "For how many seconds after `Succeeded` do the counts of an import still change?",
        Amount(
            "s",
            (
                Band(20, "A difference is checked again for 20 s."),
                Band(
                    None,
                    "A good copy looks as if it differs from its source, and is deleted.",
                    "no promise is broken, but promotions fail: a difference after 20 s counts",
                ),
            ),
            usual=0.0,
            sets=lambda seconds: {"late_seconds": seconds},
            tried=(0.0, 8.0, 30.0),
        ),
        NO_EVIDENCE,
        _SETTLE,
    ),
    Fact(
        "import-failure",
        "Why does an import fail?",
        unknown(),
        "Public threads report an import of 69 minutes, and a `Failed` without a reason.",
        _FAILS,
        untried="no call of the service returns the reason, and the probe cannot cause a failure",
    ),
)

SECTION: Final = Section("Import and export", FACTS)
