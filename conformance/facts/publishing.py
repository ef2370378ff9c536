"""Facts about publishing and predictions. Most need a trained iteration, so `--train`."""

from __future__ import annotations

from typing import Final

from conformance.facts.model import NO_EVIDENCE, Choice, Choices, Fact, Row, Section

_REGION: Final = Row(
    "Must the prediction resource be in the training resource's region?",
    "Many people say so. The code does not check it; a refusal has its own text.",
)
_ANSWERS: Final = Row(
    "Does a copied model give exactly the source's answers?",
    "`smoke-images` allows a difference of 0.01 in a probability and in a box's side.",
)
_HERE: Final = Row(
    "Does the training endpoint of a custom domain also predict?",
    "Unknown, so `prediction-url` stays empty there unless `prediction-endpoint` is given.",
)

FACTS: Final = (
    Fact(
        "publish-elsewhere",
        "Can an iteration be published to a prediction resource of another region?",
        Choices(
            (
                Choice("allow", "It is published.", sets={"publish_elsewhere": "allow"}),
                Choice("refuse", "The refusal has a text of its own.", sets={"publish_elsewhere": "refuse"}),
            )
        ),
        "Many people say that it must be the same region.",
        _REGION,
    ),
    Fact(
        "copied-answers",
        "Does a copied model give the source's answers?",
        Choices(
            (
                Choice("same", "A smoke test passes.", sets={"copy_answers_differ": False}),
                Choice(
                    "differ",
                    "A smoke test fails. Without `smoke-images` the difference is not noticed.",
                    "no promise is broken, but `smoke-images` cannot be used: source and copy answer differently",
                    sets={"copy_answers_differ": True},
                ),
            )
        ),
        "Iterations are copied with their models; no comparison in public.",
        _ANSWERS,
    ),
    Fact(
        "predicts-here",
        "Does the training endpoint also answer predictions?",
        Choices(
            (
                Choice(
                    "yes",
                    "`prediction-url` could be given for a custom domain, too. It stays empty there.",
                    sets={"predicts_here": True},
                ),
                Choice(
                    "no",
                    "`prediction-url` stays empty on a custom domain, unless `prediction-endpoint` is given.",
                    sets={"predicts_here": False},
                ),
            )
        ),
        NO_EVIDENCE,
        _HERE,
    ),
)

SECTION: Final = Section("Publishing and predictions", FACTS)
