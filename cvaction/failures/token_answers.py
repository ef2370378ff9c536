"""The texts for answers that the service gives only to tokens, and the roles that have a data action."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.customvision.bearer import denied
from cvaction.failures.wording import Texts

if TYPE_CHECKING:
    from cvaction.customvision.errors import CustomVisionError

TOKEN_ANSWERS: dict[str, Texts] = {
    "PermissionDenied": Texts(
        "The identity may not do this on the {side} resource",
        "the identity has no role on the {side} resource that contains the data action, or the assignment is less than "
        "5 minutes old.",
        "assign a role to the identity on the resource itself (Azure portal: the {side} resource > Access control (IAM)): "
        "to list or back up projects `Cognitive Services Custom Vision Reader` (with models `Cognitive Services Custom "
        "Vision Deployment`), to copy from a source `Cognitive Services Data Reader (Preview)`, for anything else "
        "`Cognitive Services Custom Vision Contributor`; wait 5 minutes, then re-run this job. Owner and Contributor "
        "contain no data action.",
    ),
    "token": Texts(
        "The {side} resource does not accept the token",
        "the token is for another audience or cloud than the resource's, the resource is in another tenant than "
        "tenant-id names, or the endpoint does not lead to that resource. During a run: the token was revoked.",
        "check {side}-endpoint (the resource's own host, https://NAME.cognitiveservices.azure.com) and that tenant-id is "
        "the tenant of the resource's subscription. If the resource took the token earlier in this run, re-run this job. "
        "If not, and both are right, use a key and open an issue: tokens are unverified here.",
    ),
    "subdomain": Texts(
        "The {side} resource takes tokens only at its own host",
        "the resource has no custom subdomain, or {side}-endpoint is the host of a region.",
        "give https://NAME.cognitiveservices.azure.com as {side}-endpoint (Azure portal: the resource > Keys and Endpoint). "
        "A resource without such a host gets one under Networking > Generate Custom Domain Name.",
    ),
}

_READER = "Cognitive Services Custom Vision Reader"
_DATA_READER = "Cognitive Services Data Reader (Preview)"
_DEPLOYMENT = "Cognitive Services Custom Vision Deployment"
_CONTRIBUTOR = "Cognitive Services Custom Vision Contributor"
# Source: the vendor's definitions of the built-in roles. The first row that matches counts.
_ROLES = (
    (r"/projects/export/read$", (_DATA_READER, _CONTRIBUTOR)),
    (r"/read$", (_READER, _DATA_READER, _DEPLOYMENT, _CONTRIBUTOR)),
    (r"/projects/iterations/(?:publish|export)/|/quicktest/|/classify/|/detect/", (_DEPLOYMENT, _CONTRIBUTOR)),
    (r"", (_CONTRIBUTOR,)),
)


def row_of_token(error: CustomVisionError) -> str:
    """The key of the row for an answer to a token; empty if the token is not the reason."""
    words = error.message.lower()
    if denied(error):
        return "PermissionDenied"
    if error.status == HTTPStatus.BAD_REQUEST and "subdomain" in words:
        return "subdomain"
    network = "firewall" in words or "virtual network" in words or "private endpoint" in words
    return "token" if error.status == HTTPStatus.UNAUTHORIZED and not network else ""


def note_on_roles(error: CustomVisionError) -> list[str]:
    """A sentence: which built-in roles have the data action that an answer names. Empty for another answer."""
    found = re.search(r"Microsoft\.CognitiveServices/[\w/.*-]+", error.message)
    if not denied(error) or found is None:
        return []
    action = found.group().rstrip(".")
    roles = next(roles for pattern, roles in _ROLES if re.search(pattern, action))
    return [f"The data action `{action}` is in {' and in '.join(f'`{role}`' for role in roles)}."]
