"""A summary of every outcome, with names that a careless renderer would obey. `python -m tests.render.samples FOLDER`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cvaction.commands.promote import COMMAND
from cvaction.commands.promote.inputs import read_inputs
from cvaction.customvision.models import Iteration, Metrics, Performance, Project
from cvaction.failures.copy_errors import CopyIncompleteError, ImportFailedError, StillImportingError
from cvaction.failures.errors import GateMissedError, InputError
from cvaction.github.context import RunContext
from cvaction.github.runner import Runner
from cvaction.main import _summarise
from cvaction.outcome.ledger import CopyFacts, Facts, Stage
from cvaction.outcome.report import Ending
from cvaction.rules.agreement import SmokeResult
from cvaction.rules.bounds import Bounds, Gate, GateReport, judge
from cvaction.rules.comparison import Check, Proof
from cvaction.status import Status
from tests.render import mirror_samples
from tests.render.hostile import CHANGED, HOSTILE, MARKER, Sample

if TYPE_CHECKING:
    from cvaction.commands.promote.inputs import Inputs
    from cvaction.failures.errors import Failure

SOURCE, COPY, BEFORE, RESOURCE = (f"{digit * 8}-1111-4222-8333-{digit * 12}" for digit in "abcd")
ITERATION = "eeeeeeee-1111-4222-8333-eeeeeeeeeeee"
SHORT_RUN = (("look for own work", 0.2), ("resolve source", 0.4), ("export", 0.3), ("import", 0.2), ("wait", 0.9))
LONG_RUN = (
    ("look for own work", 0.4),
    ("resolve source", 1.1),
    ("look at target", 0.6),
    ("gate", 0.5),
    ("export", 2.3),
    ("import", 1.2),
    ("wait", 2400.0),
    ("prove", 21.4),
    ("smoke-test", 3.2),
    ("publish", 0.8),
    ("commit", 0.3),
    ("name", 0.5),
    ("finish", 0.3),
)


def stages(run: tuple[tuple[str, float], ...], count: int | None = None) -> list[Stage]:
    made, start = [], 0.1
    for name, seconds in run[:count]:
        made.append(Stage(name, start, seconds))
        start += seconds
    return made


def inputs(**given: str) -> Inputs:
    values = {
        "source-endpoint": "https://dev-vision.cognitiveservices.azure.com",
        "source-key": "0" * 32,
        "target-endpoint": "https://westeurope.api.cognitive.microsoft.com",
        "target-key": "1" * 32,
        "source-project-id": SOURCE,
        **{name.replace("_", "-"): value for name, value in given.items()},
    }
    return read_inputs(lambda name: values.get(name, ""), RunContext.from_environ({}))


def project(name: str, project_id: str = SOURCE) -> Project:
    moment = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    return Project(project_id, name, "", {}, moment, moment, "Succeeded")


def facts(name: str, **given: Any) -> Facts:
    """A ledger; `given` are its fields, and those of its copy."""
    of_copy = {field.name for field in fields(CopyFacts)}
    every = {
        "project_id": COPY,
        "project_name": name,
        "source_project": project(name),
        "source_project_id": SOURCE,
        "image_count": 12345,
        "tag_count": 12,
        "stages": stages(LONG_RUN),
        **given,
    }
    copy = CopyFacts(**{key: value for key, value in every.items() if key in of_copy})
    return Facts(copy=copy, **{key: value for key, value in every.items() if key not in of_copy})


def checks(names: tuple[str, ...], wrong: int = 0) -> Proof:
    """A proof over tags of these names, the last `wrong` of which are not whole."""
    found = [Check("tagged images", "12345", "12345"), Check("tags", str(len(names)), str(len(names)))]
    bad = len(names) - wrong
    for number, name in enumerate(names):
        found.append(Check(f"tag {name}", "Regular, 70 images", f"Regular, {70 if number < bad else 3} images"))
    return Proof((*found, Check("domain", RESOURCE, RESOURCE)))


def gates(worst: tuple[str, ...], override: str = "", **asked: float) -> GateReport:
    chosen = Performance(
        Metrics(0.9512, 0.8843, 0.9277), tuple(Metrics(0.3 + n / 10, 0.4, 0.5, name) for n, name in enumerate(worst))
    )
    bounds = Bounds(override=override, **{"min_precision": 0.9, "min_recall": 0.85, "max_regression": 0.02, **asked})
    return judge(bounds, chosen, Metrics(0.9601, 0.8612, 0.9312), absent="")


def ended(failure: Failure) -> Ending:
    return Ending(
        failure.status,
        failure.exit_code,
        failure.texts.title,
        failure.text(),
        failure.code,
        request_id=failure.request_id,
    )


def markdown(ledger: Facts, ending: Ending, given: Inputs | None, runner: Runner | None = None) -> str:
    """The summary as `main` appends it, in bytes that a file can hold."""
    kept: list[str] = []

    class Kept(Runner):
        def add_summary(self, markdown: str) -> None:
            kept.append(markdown)

    _summarise(COMMAND, runner or Kept({}), ledger, ending, given)
    return "".join(kept).encode("utf-8", "backslashreplace").decode()


def _successes() -> list[Sample]:
    plain = facts(
        "Shelf inspection",
        iteration=Iteration(ITERATION, "Iteration 7", "Completed", datetime(2026, 5, 4, tzinfo=UTC), ""),
        publish_name="production",
        prediction_url=f"https://westeurope.api.cognitive.microsoft.com/customvision/v3.0/Prediction/{COPY}/classify/"
        "iterations/production/image",
        previous_project_id=BEFORE,
        gates=gates(("bent", "missing cap", "label torn"), min_average_precision=0.9),
        proof=checks(("bent", "missing cap", "label torn", "good")),
        smoke=tuple(SmokeResult(f"shelf-{n}.jpg", 4, ()) for n in range(3)),
    )
    ugly = [*HOSTILE, *(given for given, _ in CHANGED)]
    hostile = facts(
        HOSTILE[0],
        project_name=HOSTILE[3],
        iteration=Iteration(HOSTILE[5], HOSTILE[1], "Completed", None, ""),
        publish_name=HOSTILE[9],
        prediction_url=f"https://westeurope.api.cognitive.microsoft.com/{HOSTILE[8]}",
        previous_project_id=HOSTILE[6],
        gates=gates((HOSTILE[2], HOSTILE[10], HOSTILE[11]), override=HOSTILE[14], min_recall=0.99),
        proof=checks(tuple(ugly)),
        smoke=tuple(SmokeResult(name, 1, ()) for name in ugly),
        warnings=ugly[:19],
        stages=stages(SHORT_RUN),
    )
    done = Ending(Status.PROMOTED, 0)
    shown = (*HOSTILE, *(shown for _, shown in CHANGED))
    few = facts("Shelf inspection", stages=stages(SHORT_RUN, 2), previous_project_id=BEFORE)
    plan = facts(
        "Shelf inspection",
        project_id="",
        project_name="Shelf inspection (1)",
        stages=stages(SHORT_RUN, 3),
        image_count=None,
        plan=("Export 'Shelf inspection' (12,345 images).", "Import it as 'Shelf inspection (1)'.", HOSTILE[1]),
    )
    return [
        Sample(
            "promoted", markdown(plain, done, inputs()), "Promoted", pictures=2, texts=("Iteration 7", "█████████░")
        ),
        Sample("promoted-hostile", markdown(hostile, done, inputs()), "Promoted", shown, 2),
        Sample("unchanged", markdown(few, Ending(Status.UNCHANGED, 0), inputs(if_exists="sync")), "Unchanged", (), 1),
        Sample("planned", markdown(plan, Ending(Status.PLANNED, 0), inputs()), "Planned", (HOSTILE[1],), 1),
    ]


def _failures() -> list[Sample]:
    waiting = StillImportingError(f"After 60 minutes of waiting the import of 'Shelf' ({COPY}) is still 'Importing'.")
    missed = gates(("bent", HOSTILE[0]), min_recall=0.95)
    gated = GateMissedError("Nothing was exported.\n" + "\n".join(f"- {gate}" for gate in missed.missed))
    long = "\n".join(f"{'    ' if n % 3 else '- '}{HOSTILE[n % len(HOSTILE)]} {'word ' * 60}" for n in range(300))
    failed = ImportFailedError(
        f"The import ended as 'Failed': {long}", code="BadRequest<b>zqz</b>", request_id="zqz|zqz"
    )
    names = tuple(f"tag-{n:05} {HOSTILE[n % len(HOSTILE)]}" for n in range(10_000))
    whole = checks(names, 2345)
    incomplete = CopyIncompleteError(f"The copy has {len(whole.differences)} differences, see the summary.")
    wrong = InputError(["source-key: is required", f"iteration: {HOSTILE[0]}"], fork=True)
    answers = (f"{HOSTILE[7]} 0.9712 on the source, 'zqz' 0.5512 on the copy", "'b' 0.2 on the copy only")
    smoke = (SmokeResult("good.jpg", 3, ()), SmokeResult(HOSTILE[1], 3, answers))
    cancel = Ending(
        Status.CANCELLED,
        143,
        "The promotion was cancelled",
        f"The run was cancelled (SIGTERM). The copy {COPY} was left where it is.\n"
        "Likely cause: somebody cancelled the workflow, or the job reached its `timeout-minutes`.\n"
        "What to do: re-run this job (Re-run failed jobs): it goes on where this one stopped.",
    )
    start = stages(LONG_RUN, 4)
    return [
        Sample(
            "importing", markdown(facts("Shelf", stages=stages(LONG_RUN, 7)), ended(waiting), inputs()), "Still", (), 1
        ),
        Sample(
            "gated",
            markdown(
                facts("Shelf", project_id="", project_name="", gates=missed, stages=start), ended(gated), inputs()
            ),
            "Gated",
            (HOSTILE[0],),
            2,
        ),
        Sample("failed", markdown(facts("Shelf", stages=start), ended(failed), inputs()), "Failed", HOSTILE, 1),
        Sample("failed-inputs", markdown(Facts(), ended(wrong), None), "Failed", (HOSTILE[0],)),
        Sample("failed-smoke", markdown(facts("Shelf", smoke=smoke), ended(failed), inputs()), "Failed", HOSTILE, 1),
        Sample(
            "incomplete",
            markdown(facts("Shelf", proof=whole, warnings=["x"] * 50), ended(incomplete), inputs()),
            "Failed",
            (),
            1,
        ),
        Sample("cancelled", markdown(facts("Shelf", stages=start), cancel, inputs()), "Cancelled", (), 1),
    ]


def _largest() -> Sample:
    """Everything as long as it can be, of signs that take the most room."""
    flood = "\U0010fffd" * 5000
    proof = Proof(tuple(Check(f"{n}{flood}", flood, f"{flood}{n}") for n in range(10_000)))
    every = facts(
        flood,
        gates=GateReport(
            tuple(Gate("min-recall", "recall", 0.5, 0.9, passed=False, worst=((flood, 0.1),) * 3) for _ in range(6)),
            Metrics(0, 0, None),
            None,
            flood,
        ),
        proof=proof,
        smoke=tuple(SmokeResult(flood, 1, (flood,) * 100) for _ in range(500)),
        warnings=[flood] * 500,
        plan=(flood,) * 500,
        publish_name=flood,
        prediction_url=flood,
        previous_project_id=flood,
    )
    text = "\n".join([flood] * 500)
    return Sample("largest", markdown(every, Ending(Status.FAILED, 1, flood, text), inputs()), "Failed", (), 2)


def all_samples() -> list[Sample]:
    return [*_successes(), *_failures(), _largest(), *mirror_samples.all_samples()]


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    told = {"marker": MARKER, "samples": [asdict(sample) for sample in all_samples()]}
    (folder / "samples.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
