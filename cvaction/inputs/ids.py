"""A side that has ids in place of a key. Loaded only if an id is given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cvaction.customvision.endpoint import family

if TYPE_CHECKING:
    from cvaction.customvision.endpoint import Endpoint
    from cvaction.inputs.reader import Reader

__all__ = ["Ids", "client_id", "read_ids", "tenant_id"]

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"(?:{_LABEL}\.)+[a-z][a-z0-9-]*[a-z0-9]"


@dataclass(frozen=True)
class Ids:
    """The identity that is used in place of a key. `authority`: an origin; empty for the cloud's own Entra ID."""

    client_id: str
    tenant_id: str
    audience: str
    authority: str = ""


def client_id(value: str) -> str:
    """An application's or a managed identity's client id."""
    if not re.fullmatch(UUID, value.lower()):
        msg = "must be the client id of an application or a managed identity, a UUID (Azure portal: its Overview)"
        raise ValueError(msg)
    return value.lower()


def tenant_id(value: str) -> str:
    """A tenant's id or domain name. It becomes a part of a URL, so nothing else is accepted."""
    if not re.fullmatch(rf"{UUID}|{_DOMAIN}", value.lower()) or len(value) > 253:  # noqa: PLR2004 - the longest name of the DNS
        msg = (
            "must be the tenant's id, a UUID, or one of its domain names such as contoso.onmicrosoft.com "
            "(Azure portal: Microsoft Entra ID, Overview); `common` and `organizations` name no tenant"
        )
        raise ValueError(msg)
    return value.lower()


def read_ids(reader: Reader, side: str, endpoint: Endpoint | None, *, keyed: bool) -> Ids | None:
    """The ids of a side without a key. None for a side with a key, and if something is wrong."""
    own = [f"{side}-{name}" if side else name for name in ("client-id", "tenant-id")]
    for name, parse in zip(own, (client_id, tenant_id), strict=True):
        reader.text(name, parse)
    if keyed:
        given = [name for name in own if reader.raw(name)]
        if given:
            key, what = (f"{side}-key", f"the {side}") if side else ("key", "the resource")
            reader.wrong(key, f"{what} has a key and {' and '.join(given)}: give only one kind")
        return None
    client = reader.text(own[0] if reader.raw(own[0]) else "client-id", client_id)
    tenant = reader.text(own[1] if reader.raw(own[1]) else "tenant-id", tenant_id)
    for shared, other in (("client-id", "tenant-id"), ("tenant-id", "client-id")):
        if not (side and reader.raw(f"{side}-{shared}")) and not reader.raw(shared):
            prefix = f"{side}-" if side and reader.raw(f"{side}-{other}") else ""
            reader.wrong(f"{prefix}{shared}", f"is required together with {prefix}{other}")
    if endpoint is not None:
        _check_endpoint(reader, side, endpoint)
    if not (client and tenant):
        return None
    return Ids(client, tenant, reader.text("audience"), reader.authority if _may_name(endpoint, reader.trusted) else "")


def _check_endpoint(reader: Reader, side: str, endpoint: Endpoint) -> None:
    if family(endpoint.origin) == "regional":
        reader.wrong(
            f"{side}-endpoint" if side else "endpoint",
            "is the host of a region, which takes only keys: with client-id give the resource's own host, "
            "https://NAME.cognitiveservices.azure.com (Azure portal: the resource, Keys and Endpoint; if it shows "
            "a region's host, the resource has no custom subdomain yet: Networking, Generate Custom Domain Name)",
        )


def _may_name(endpoint: Endpoint | None, trusted: frozenset[str]) -> bool:
    """Whether an endpoint may have another authority. That one gets the assertion, and could use it at the real Entra ID."""
    if endpoint is None or family(endpoint.origin):
        return False
    return endpoint.origin in trusted or urlsplit(endpoint.origin).scheme == "http"
