"""A side: one resource as the inputs give it, with its endpoint, and a key or the ids in place of a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.customvision.endpoint import parse_endpoint
from cvaction.inputs.parsers import key as parse_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.endpoint import Endpoint
    from cvaction.inputs.ids import Ids
    from cvaction.inputs.reader import Reader
    from cvaction.secret import Secret

__all__ = ["Side", "access", "check_identity", "check_shared", "keys", "prefixed", "read_side"]

SHARED_IDS = ("client-id", "tenant-id")
AUDIENCE = "api://AzureADTokenExchange"
IN_ITS_PLACE = "client-id and tenant-id can take its place (docs/keyless.md)"


@dataclass(frozen=True)
class Side:
    """One resource as the inputs give it: with a key, or with the ids in place of a key."""

    endpoint: Endpoint
    key: Secret | None
    ids: Ids | None = None


def prefixed(side: str, name: str) -> str:
    """The name of a side's input. If there is only one side (`side` is empty), the input has no prefix."""
    return f"{side}-{name}" if side else name


def keys(sides: Sequence[str]) -> tuple[str, ...]:
    """The inputs that contain a key."""
    return tuple(prefixed(side, "key") for side in sides)


def access(sides: Sequence[str]) -> dict[str, str]:
    """The inputs of some sides with their defaults, in the contract's order. Empty if there is no side."""
    names = [prefixed(side, name) for side in sides for name in ("endpoint", "key")]
    names += [*SHARED_IDS, *(prefixed(side, name) for side in sides if side for name in SHARED_IDS)]
    return {**dict.fromkeys(names, ""), "audience": AUDIENCE} if sides else {}


def read_side(reader: Reader, side: str, *, needed: bool) -> Side | None:
    """Read one resource. `side`: empty if there is only one, whose inputs have no prefix. None if something is wrong."""
    names = (prefixed(side, "endpoint"), prefixed(side, "key"))
    endpoint = reader.optional(names[0], lambda value: parse_endpoint(value, reader.trusted))
    if endpoint and endpoint.origin == reader.authority:
        reader.wrong(names[0], "is the authority of trusted-endpoints, which gets neither a key nor a token")
    key = reader.optional(names[1], parse_key)
    own = [*names, *(prefixed(side, name) for name in SHARED_IDS)]
    if not needed and not any(map(reader.raw, own)):
        return None
    keyless = any(map(reader.raw, own[2:])) or (any(map(reader.raw, SHARED_IDS)) and not reader.raw(names[1]))
    fork = reader.context.fork  # ids would not help there
    hint = " (a pull request from a fork or by Dependabot gets no secrets)" if fork else f"; {IN_ITS_PLACE}"
    for name in names:
        if not reader.raw(name) and not (keyless and name == names[1]):
            reader.wrong(name, "is required, and is empty" + (hint if name == names[1] else ""))
    if keyless:
        from cvaction.inputs.ids import read_ids  # noqa: PLC0415 - most runs have keys

        reader.keyless = reader.keyless or not reader.raw(names[1])
        ids = read_ids(reader, side, endpoint, keyed=bool(reader.raw(names[1])))
        return Side(endpoint, None, ids) if endpoint and ids else None
    return Side(endpoint, key) if endpoint and key else None


def check_shared(reader: Reader) -> None:
    """Check the inputs that all sides may use, even if no side uses them."""
    reader.text("audience")
    if any(map(reader.raw, SHARED_IDS)):
        from cvaction.inputs.ids import client_id, tenant_id  # noqa: PLC0415 - most runs have keys

        reader.text("client-id", client_id)
        reader.text("tenant-id", tenant_id)


def check_identity(reader: Reader) -> None:
    """With ids, the job needs the permission to ask GitHub for its identity.

    If something else is wrong, too, this is one of the problems. If not, raises a failure with the full text.
    """
    if reader.context.id_token or not reader.keyless:
        return
    from cvaction.failures.keyless_errors import IdTokenForkError, IdTokenPermissionError  # noqa: PLC0415 - texts of a failure

    if not reader.problems:
        raise IdTokenForkError if reader.context.fork else IdTokenPermissionError
    reader.wrong("client-id", "needs the permission `id-token: write`, which this job does not have")
