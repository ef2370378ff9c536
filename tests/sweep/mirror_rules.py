"""The rules of a mirror, what takes each of them out, and the case that notices.

Three parts of 9.5 and 9.6 have no case here:
- Names for free iterations come first, and the others are published with `overwrite`. That shows only while it is done:
  tests/mirror/test_publishing.py (`test_a_name_that_moves_is_never_without_an_iteration`).
- Only iterations of this copy are changed. No rule sees to it, because nothing reaches other copies: the judge compares
  what other people's projects serve.
- The promote action counts and deletes no copy of a mirror: it is a promotion's rule, in test_rules.py.
"""

from __future__ import annotations

import secrets
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

from cvaction.commands.mirror import story
from cvaction.commands.promote import story as promoting
from cvaction.customvision import shared
from cvaction.rules import mirror_identity, mirroring, serving
from cvaction.rules.mark import mark_of
from cvaction.rules.names import Identity, digest
from cvaction.steps import finishing
from emulator import Fault
from tests.sweep import mirrors, nights
from tests.sweep.mirrors import EVER_AFTER

PLAIN, SERVING, PEOPLE = mirrors.NAME, *nights.KINDS
NOTHING: Any = lambda *_args, **_options: None  # noqa: E731 - a rule that does nothing
NO_OVERWRITE = Fault("code:BadRequestInvalidPublishName")


def _one_work(self: Any, _source_id: str) -> Identity:
    return Identity(digest(8, *self.between, mirror_identity.MIRROR, self.names), self.run, self.repeatable)


def _another_run(between: Any, names: Any, *_: Any) -> Any:
    return mirror_identity.MirrorIdentity(between, names, secrets.token_hex(3), repeatable=True)


def _first_listing(self: Any, get: Any) -> Any:
    if not hasattr(self, "first"):
        self.first = _AFRESH(self, get)
    return self.first


def _looked_once(wiring: Any, *others: Any) -> Any:
    first = copy(wiring)
    first.context = replace(wiring.context, attempt=1)
    return replace(_LOOK(first, *others), looked=True)


def _strangers_may_go(*args: Any, renames: bool) -> Any:
    return _PLAN(*args, renames=True)


def _published_once(target: Any, copy: Any, move: Any, resource_id: str) -> None:
    ids = (copy.id, move.iteration.id)
    if move.iteration.publish_name:
        target.unpublish_iteration(*ids)
    target.publish_iteration(*ids, move.name, resource_id, overwrite=move.before is not None)


def _drops_nothing(source: Any, copy: Any) -> Any:
    return replace(_SERVING(source, copy), dropped=())


def _mark_work(project: Any) -> str:
    mark = mark_of(project)
    return mark.work if mark else ""


def _keeps_unserved(closing: Any, test: Any, source: Any, target: Any, existing: Any) -> Any:
    served = replace(closing.publisher, example=None)
    return _KEEP(replace(closing, publisher=served), test, source, target, existing)


def _tells_of_all(clean: Any, copy: Any, listing: Any) -> None:
    _LEFTOVERS(replace(clean, lineage=replace(clean.lineage, by="")), copy, listing)


_AFRESH, _LOOK, _PLAN = shared.Shared.list_afresh, story.look, mirroring.plan_of
_KEEP = promoting.keep_existing
_SERVING, _LEFTOVERS = serving.serving, finishing._clean_up_leftovers


@dataclass(frozen=True)
class Rule:
    """A rule of docs/protocol.md, what takes it out, and the case that notices.

    `at`: the operation whose request (the first of it, or the n-th) is disturbed; `whose`: counted are those about the
    copy of that project.
    """

    rule: str
    broken: dict[str, Any]
    world: str
    at: tuple[str, int]
    kind: Any
    lag: float = 0.0
    taken: str = ""
    unserved: str = ""
    whose: str = ""
    parallel: str = "4"


RULES = (
    Rule(
        "Each source project is a work of its own (9.1)",
        {"cvaction.rules.mirror_identity.MirrorIdentity.work": _one_work},
        PLAIN,
        ("ImportProject", 0),
        "503",
    ),
    Rule(
        "A re-run has the same R (9.1)",
        {"cvaction.rules.mirror_identity.identify_mirror": _another_run},
        PLAIN,
        ("ImportProject", 0),
        "kill-after",
    ),
    Rule(
        "The mark says that a mirror made the copy (9.1)",
        {"cvaction.commands.promote.parts.MIRROR": ""},
        SERVING,
        ("GetProjects", 0),
        "503",
    ),
    Rule(
        "A listing is given to nobody who asked later (9.2)",
        {"cvaction.customvision.shared.Shared.list_afresh": _first_listing},
        PLAIN,
        ("ImportProject", 1),
        "reset-after",
        parallel="1",
    ),
    Rule(
        "A re-run looks for own work for 10 s (9.3)",
        {"cvaction.commands.mirror.story.look": _looked_once},
        PLAIN,
        ("ImportProject", 0),
        "kill-after",
        lag=mirrors.LAG,
    ),
    Rule(
        "A stranger that has the name ends the project before the export (9.4)",
        {"cvaction.rules.mirroring.plan_of": _strangers_may_go, "cvaction.steps.naming.refuse_strangers": NOTHING},
        SERVING,
        ("GetProjects", 0),
        "503",
    ),
    Rule(
        "A stranger that comes later keeps its name, too (9.4)",
        {"cvaction.steps.replacing.refuse_strangers": NOTHING},
        SERVING,
        ("ImportProject", 0),
        "during",
        taken=nights.CHANGED,
        whose=nights.CHANGED,
    ),
    Rule(
        "A name that the service does not move is unpublished first (9.5)",
        {"cvaction.steps.serving._publish": _published_once},
        SERVING,
        ("PublishIteration", 0),
        NO_OVERWRITE,
    ),
    Rule(
        "A name that the source has given up is unpublished (9.5)",
        {"cvaction.steps.serving.serving": _drops_nothing},
        SERVING,
        ("GetProjects", 0),
        "503",
    ),
    Rule(
        "A copy that is up to date serves as its source does by now (9.5)",
        {"cvaction.commands.promote.story.keep_existing": _keeps_unserved},
        SERVING,
        ("GetProjects", 0),
        "503",
    ),
    Rule(
        "A copy that others made keeps the names under which it serves (9.5)",
        {"cvaction.steps.syncing._elsewhere": lambda *_: ""},
        SERVING,
        ("GetProjects", 0),
        "503",
    ),
    Rule(
        "A copy that is resumed serves as its source does by then (9.5)",
        {"cvaction.commands.promote.resume._publish": NOTHING},
        SERVING,
        ("UpdateProject", 0),
        "kill-after",
        unserved=nights.CHANGED,
        whose=nights.CHANGED,
    ),
    Rule(
        "Only this mirror's copies are counted and deleted (9.6)",
        {"cvaction.steps.lineage.Lineage.retains": lambda *_: True},
        SERVING,
        ("GetProjects", 0),
        "503",
    ),
    Rule(
        "Nothing is said of other projects of the mirror (9.7)",
        {"cvaction.steps.finishing._clean_up_leftovers": _tells_of_all},
        SERVING,
        ("GetProjects", 0),
        "503",
    ),
    Rule(
        "A 401 is confirmed before it ends all (9.8)",
        {"cvaction.commands.mirror.fleet._is_refused": lambda _: True},
        PLAIN,
        ("ExportProject", 0),
        "401",
        parallel="1",
    ),
    Rule(
        "Refused again, nobody is begun any more (9.8)",
        {"cvaction.commands.mirror.fleet._is_refused": lambda _: False},
        PLAIN,
        ("ExportProject", 0),
        EVER_AFTER,
    ),
    Rule(
        "A copy that cannot be named gets its name back (9.9)",
        {"cvaction.steps.naming.restore_name": NOTHING},
        SERVING,
        ("GetProjects", 0),
        "503",
    ),
    Rule(
        "The next run goes on with what needs only its name (9.9)",
        {"cvaction.commands.promote.story.find_unnamed": NOTHING},
        SERVING,
        ("GetProjects", 0),
        "503",
    ),
    Rule(
        "A copy of another state of the source is not gone on with (9.9)",
        {"cvaction.rules.unnamed.same_time": lambda *_: True, "cvaction.steps.syncing.same_time": lambda *_: True},
        SERVING,
        ("GetProjects", 0),
        "503",
    ),
    Rule(
        "A numbered form of the name counts, too (9.9)",
        {"cvaction.rules.unnamed.numbered": lambda *_: False},
        SERVING,
        ("UpdateProject", 0),
        "kill-after",
        whose=nights.SHELF,
    ),
    Rule(
        "The older copies that never got their names are removed (9.9)",
        {"cvaction.steps.unnamed.Clearing.clear": NOTHING},
        SERVING,
        ("GetProjects", 0),
        "503",
    ),
    Rule(
        "One that has another name than its own, or had one, is left alone (9.9)",
        {
            "cvaction.steps.unnamed.is_unnamed": lambda project, work: _mark_work(project) == work,
            "cvaction.steps.unnamed.once_named": lambda _: set(),
        },
        PEOPLE,
        ("GetProjects", 0),
        "503",
    ),
    Rule(
        "One that somebody has published is left alone (9.9)",
        {"cvaction.steps.unnamed.Clearing._serves": lambda *_: False},
        PEOPLE,
        ("GetProjects", 0),
        "503",
    ),
)

WORLDS = {
    PLAIN: "five projects",
    SERVING: "nights, `publish: same`",
    PEOPLE: "nights, people use what was left",
}


def table() -> list[str]:
    """The table of docs/protocol.md: rule, and the case that is red without it."""
    rows = ["| rule of a mirror | the case that is red without it |", "|---|---|"]
    for rule in RULES:
        kind = rule.kind.kind if isinstance(rule.kind, Fault) else rule.kind
        number = f" no. {rule.at[1] + 1}" if rule.at[1] else ""
        whose = f" of {rule.whose}" if rule.whose else ""
        extra = ", then a stranger's project has the name" if rule.taken else ""
        extra += ", then the source serves no more" if rule.unserved else ""
        extra += f", the listing lags by {rule.lag:g} s" if rule.lag else ""
        rows.append(f"| {rule.rule} | {WORLDS[rule.world]}; {kind} at {rule.at[0]}{number}{whose}{extra} |")
    return rows
