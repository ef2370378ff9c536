"""The table of the service's failures: the texts for each code, and for each way to get no answer.

Codes: the vendor's error codes of the Training API v3.3. Only those of status 400 were seen in public. The texts of the
others follow from their names.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.failures import (
    backup_errors,
    copy_errors,
    errors,
    keyless_errors,
    list_errors,
    mirror_errors,
    restore_errors,
    rollback_errors,
    source_errors,
    training_errors,
)
from cvaction.failures.errors import Failure
from cvaction.failures.service_codes import RERUN, SERVICE_CODES
from cvaction.failures.token_answers import TOKEN_ANSWERS, note_on_roles, row_of_token
from cvaction.failures.wording import Texts

if TYPE_CHECKING:
    from collections.abc import Iterator

RETIREMENT = datetime(2028, 9, 25, tzinfo=UTC)  # the vendor's announced end of support


class ServiceFailure(Failure):
    """A refused or broken request. Its texts are a row of the table below."""

    def __init__(self, happened: str, texts: Texts, *, code: str = "", request_id: str = "") -> None:
        super().__init__(happened, code=code, request_id=request_id)
        self.texts = texts


EXPLANATIONS: dict[str, Texts] = {
    # Answers that are recognised by their status or their words
    "401": Texts(
        "The {side} key is not accepted",
        "a wrong or regenerated key, the key of another resource, or a prediction key in place of the training key. "
        "The service gives the same answer to a right key at a wrong endpoint, and sometimes if a quota is used up. "
        "If keys are switched off on the resource (`disableLocalAuth`), it gives this answer to every key.",
        "copy key and endpoint together from the *training* resource (Azure portal: the resource > Keys and Endpoint) "
        "into {side}-endpoint and the secret for {side}-key. If keys are switched off, give `client-id` and "
        "`tenant-id` in place of the key (docs/keyless.md).",
    ),
    "AuthenticationTypeDisabled": Texts(
        "Keys are switched off on the {side} resource",
        "`disableLocalAuth` is set on the resource, commonly by an Azure Policy.",
        "give `client-id` and `tenant-id` in place of {side}-key (docs/keyless.md), or allow keys with "
        "`az resource update --ids RESOURCE_ID --set properties.disableLocalAuth=false`.",
    ),
    "firewall": Texts(
        "The {side} resource's firewall does not let this runner in",
        "the resource allows selected networks or private endpoints only, and the runner's address is not among them.",
        "allow the runner (Azure portal: the resource > Networking), or run this job on a self-hosted runner inside that network.",
    ),
    "403": Texts(
        "The {side} resource denies access",
        "a missing permission, an exhausted quota, or a network rule of the resource.",
        "read the service's words above. Check Networking, the quota and the pricing tier of the resource in the Azure "
        "portal.",
    ),
    "404": Texts(
        "The {side} resource does not know what was asked for",
        "something was deleted during the run, or the endpoint does not lead to a Custom Vision training resource.",
        "check {side}-endpoint (Azure portal: the training resource > Keys and Endpoint) and that the project still exists.",
    ),
    "409": Texts(
        "The {side} resource reports a conflict",
        "somebody else, or another run, works on the same project at this moment.",
        "give the workflow a `concurrency:` group with `cancel-in-progress: false`, then re-run this job.",
    ),
    "411": Texts(
        "Something between here and the {side} resource removed a header",
        "a proxy or gateway removes `Content-Length: 0`. Without this header the service refuses a POST.",
        "let the runner reach the endpoint directly (`no_proxy`), or correct the gateway named in trusted-endpoints.",
    ),
    "429": Texts(
        "The {side} resource is asked too often",
        "this run and other clients together send more than the 10 requests a second that the resource allows.",
        "re-run this job when other jobs and people use the resource less. It goes on where this run stopped.",
    ),
    "400": Texts(
        "The {side} resource refused the request",
        "see the service's own words above.",
        "correct what the service's words name. If they name nothing, re-run with debug logging and open an issue.",
    ),
    "410": Texts(
        "The {side} service is no longer there",
        "Azure Custom Vision is retired: the vendor's support ends on 2028-09-25, and calls fail after that date.",
        "move to another service. The vendor's retirement notice names the alternatives.",
    ),
    # No answer, or none that can be read
    Kind.SERVER.value: Texts(
        "The {side} resource is in trouble",
        "an outage or an overload of the service. The request was repeated if that is safe.",
        f"look at the Azure status page for the region, then {RERUN}",
    ),
    Kind.UNREADABLE.value: Texts(
        "The {side} resource's answer cannot be read",
        "a proxy or a login page answers in place of the service, or the connection ends before the answer does.",
        f"check the proxy and {{side}}-endpoint; then {RERUN}",
    ),
    Kind.REDIRECT.value: Texts(
        "The {side} endpoint redirects elsewhere",
        "a login page, a gateway or a moved endpoint. The redirect is not followed, because the key would be sent along.",
        "give the endpoint that the Azure portal shows (the training resource > Keys and Endpoint) as {side}-endpoint.",
    ),
    Kind.DNS.value: Texts(
        "The {side} endpoint's name is not known",
        "a typing mistake in {side}-endpoint, a deleted resource, or a private endpoint that this runner cannot resolve.",
        "copy the endpoint from the Azure portal (the training resource > Keys and Endpoint); "
        "for a private endpoint use a self-hosted runner inside its network.",
    ),
    Kind.CONNECT.value: Texts(
        "The {side} endpoint cannot be reached",
        "a firewall between runner and resource, a wrong port, or a service that is not running.",
        "check {side}-endpoint, and the egress rules and `https_proxy` of a self-hosted runner; then re-run this job.",
    ),
    Kind.TLS.value: Texts(
        "The {side} endpoint's certificate is not accepted",
        "a proxy that opens TLS with a certificate of its own, or a wrong host.",
        "put the proxy's CA bundle into the workspace and set `REQUESTS_CA_BUNDLE: /github/workspace/ca.pem` under the step's `env:`.",
    ),
    Kind.CA_BUNDLE.value: Texts(
        "The CA bundle cannot be used",
        "a path of the runner, which the action's container does not see, or a file that is empty or not in PEM form.",
        "put a bundle in PEM form into the workspace and set `REQUESTS_CA_BUNDLE: /github/workspace/ca.pem` under the "
        'step\'s `env:`, or set the variable to `""` there.',
    ),
    Kind.PROXY.value: Texts(
        "The proxy does not let the {side} request through",
        "a wrong `https_proxy`, a proxy that wants a login, or one that does not know the host.",
        "correct `https_proxy` under the step's or the runner's `env:`, or add the host to `no_proxy`.",
    ),
    Kind.SOCKS.value: Texts(
        "A SOCKS proxy is set, and SOCKS is not supported",
        "the runner's or the workflow's environment names a proxy whose address begins with `socks`.",
        "set `https_proxy` under the step's `env:` to an HTTP proxy (it comes before `all_proxy`), add the hosts to "
        '`no_proxy`, or set the variable to `""` there.',
    ),
    Kind.TIMEOUT.value: Texts(
        "The {side} resource did not answer in time",
        "an overload of the service, or a proxy that holds requests back.",
        f"look at the Azure status page for the region; then {RERUN}",
    ),
    Kind.FILE.value: Texts(
        "A file cannot be written",
        "the disk is full, or the folder belongs to somebody else.",
        "make room (a hosted runner has at least 14 GB), or choose another folder; then re-run this job.",
    ),
    Kind.RESET.value: Texts(
        "The connection to the {side} resource broke",
        "a proxy, a firewall or the service closed it. The request was repeated if that is safe.",
        f"if it happens again, check the proxy; then {RERUN}",
    ),
    **TOKEN_ANSWERS,
    **SERVICE_CODES,
}


def row(error: CustomVisionError) -> str:
    """The key of the table's row for an error."""
    words = error.message.lower()
    if error.credential == "token" and (found := row_of_token(error)):
        return found
    # The gateway's codes only repeat the status, so its words are used. All codes of the service are names.
    if error.code in EXPLANATIONS and error.code[:1].isupper():
        return error.code
    if error.status in {401, 403} and (
        "firewall" in words or "virtual network" in words or "private endpoint" in words
    ):
        return "firewall"
    if error.status in {401, 403} and ("authenticationtypedisabled" in words or "key based authentication" in words):
        return "AuthenticationTypeDisabled"
    if error.kind is not Kind.REFUSED and error.kind is not Kind.THROTTLED:
        return str(error.kind.value)
    return str(error.status) if str(error.status) in EXPLANATIONS else "400"


def explain(error: CustomVisionError, side: str) -> Failure:
    """A failed request as a failure for people. `side`: source or target; empty if the action has only one resource."""
    answer = f" with status {error.status}" if error.status else ""
    pause = f" The service asks to wait {error.retry_after:.0f} s." if error.retry_after else ""
    where = f"{f'the {side} resource' if side else 'the resource'} ({error.host})"
    failure = ServiceFailure(
        f"{error.operation} on {where} failed{answer}: {error.message.rstrip('.')}.{pause}",
        EXPLANATIONS[row(error)].of(side),
        code=error.code,
        request_id=error.request_id,
    )
    failure.notes += [*getattr(error, "__notes__", []), *note_on_roles(error)]
    return failure


def failure_of(error: CustomVisionError, today: datetime) -> Failure:
    """A failed request as a failure for people, with a word on the end of the service once that has come."""
    cause = getattr(error, "cause", None)  # of a request that was not sent because there was no token
    failure = cause if isinstance(cause, Failure) else explain(error, error.label)
    if today >= RETIREMENT:
        failure.notes.append("Azure Custom Vision's support ended on 2028-09-25. After that date calls fail.")
    return failure


def catalogue() -> Iterator[type[Failure]]:
    """Every class of failure with its own texts: these and the table above are all texts that a user can get."""
    modules = (
        *(errors, source_errors, keyless_errors, copy_errors, list_errors),
        *(rollback_errors, mirror_errors, backup_errors, restore_errors, training_errors),
    )
    for module in modules:
        kinds = (kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, Failure))
        yield from (kind for kind in kinds if kind.__module__ == module.__name__ and kind is not Failure)
