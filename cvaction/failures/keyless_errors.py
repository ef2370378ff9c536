"""The failures of getting a token: each with what happened, the likely cause and what to do."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.entra.exchange import EntraError
from cvaction.failures.errors import Failure
from cvaction.failures.wording import OWN_PULL_REQUESTS, Texts
from cvaction.github.text import one_line

if TYPE_CHECKING:
    from cvaction.entra.exchange import Identity
    from cvaction.github.assertion import AssertionRequestError, Claims

PERMISSIONS = """\
permissions:
  id-token: write # lets this job ask GitHub for its identity
  contents: read # for actions/checkout"""


class IdTokenPermissionError(Failure):
    """The job may not ask GitHub for its identity."""

    texts = Texts(
        "The job has no permission to ask for its identity",
        "the job lacks the permission `id-token: write`, which no job has by default.",
        "add the lines above to the job, then start a new run: a re-run uses the old workflow file.",
    )

    def __init__(self) -> None:
        super().__init__("There is a client id in place of a key, and the runner offers this job no identity.")
        self.notes.append(f"The job needs:\n{PERMISSIONS}")


class IdTokenForkError(Failure):
    """The same in a pull request from a fork, for which there is no such permission."""

    texts = Texts(
        "A pull request from a fork gets no identity",
        "GitHub gives no identity to a pull request from a fork, nor to Dependabot, whatever `permissions:` says. "
        "In a pull request from this repository the job lacks the permission `id-token: write`.",
        f"skip the step for forks and Dependabot with `if: {OWN_PULL_REQUESTS}`; "
        "for your own pull requests add the lines above to the job. Never use `pull_request_target` for it.",
    )

    def __init__(self) -> None:
        super().__init__(
            "There is a client id in place of a key, the run is a pull request, and the runner offers it no identity."
        )
        self.notes.append(f"The job needs:\n{PERMISSIONS}")


class AssertionFailedError(Failure):
    """GitHub did not hand out an assertion."""

    texts = Texts(
        "GitHub gave the job no identity",
        "a fault at GitHub, a job that has run so long that GitHub gives it no identity any more, or an "
        "`env:` of the workflow that overwrites the runner's variables.",
        "look at githubstatus.com, then re-run this job. It goes on where this run stopped.",
    )


class TokenUnreachableError(Failure):
    """GitHub or Entra ID cannot be reached."""

    texts = Texts(
        "The way to a token is blocked",
        "a proxy, a firewall or a login page between the runner and the host that is named above, or an outage of that "
        "host.",
        "let the runner reach that host over https (the egress rules, `https_proxy`, and the CA bundle of a "
        "self-hosted runner); then re-run this job.",
    )


class FederatedCredentialError(Failure):
    """The identity has no federated credential for this workflow."""

    texts = Texts(
        "The identity does not trust this workflow",
        "the application or managed identity has no federated credential whose issuer, subject and audience are "
        "exactly those above; upper and lower case count.",
        "paste the three values into a federated credential of the identity (Azure portal: the app registration, "
        "Certificates & secrets, Federated credentials; or the managed identity, Federated credentials), "
        "wait a minute, then re-run this job.",
    )


class ClientUnknownError(Failure):
    """The tenant does not know the client."""

    texts = Texts(
        "The tenant does not know the client id",
        "client-id holds the object id, or the id of an application in another tenant.",
        "copy the *application (client) id* from the overview of the app registration, or the client id of the "
        "managed identity, and the id of the tenant that it is in.",
    )


class TenantUnknownError(Failure):
    """The tenant does not exist."""

    texts = Texts(
        "The tenant is not known",
        "a typing mistake in tenant-id, or a tenant of another cloud than the endpoint's.",
        "copy the tenant id from the Azure portal (Microsoft Entra ID, Overview), and check the endpoint's cloud.",
    )


class AssertionExpiredError(Failure):
    """The assertion was too old, or not yet valid, when it arrived."""

    texts = Texts(
        "The workflow's identity had expired when it was used",
        "a clock that is wrong, or a proxy that delays requests: an assertion is used at once, and lives 5 minutes.",
        "re-run this job; if it happens again on a self-hosted runner, check the machine's clock and its proxy.",
    )


class EntraRefusedError(Failure):
    """Any other refusal of Entra ID's."""

    texts = Texts(
        "Microsoft Entra ID gave no token",
        "see the words of Entra ID above. Common reasons are a conditional access policy and a disabled application.",
        "search for the AADSTS number at login.microsoftonline.com/error, and look at the sign-in log of the identity "
        "(Microsoft Entra ID, Sign-in logs, Service principal sign-ins).",
    )


class EntraTroubleError(Failure):
    """Entra ID is in trouble."""

    texts = Texts(
        "Microsoft Entra ID is in trouble",
        "an outage or an overload of Entra ID. The request was repeated several times.",
        "look at the Azure status page, then re-run this job. It goes on where this run stopped.",
    )


# The numbers after AADSTS. 70025: no federated credential at all. 70021x: one of the three values is different.
_REFUSALS: dict[int, type[Failure]] = {
    **dict.fromkeys((70021, 70025, 700211, 700212, 700213), FederatedCredentialError),
    700016: ClientUnknownError,
    **dict.fromkeys((90002, 900023, 900021), TenantUnknownError),
    700024: AssertionExpiredError,
}
# Entra ID's words for the same failure, if it sends a number that is not in this table.
_WORDS = "no matching federated identity record"

SUBJECT_FORMS = (
    "The subject of a repository made, renamed or moved after 2026-07-15 holds ids: "
    "`repo:OWNER@ID/REPO@ID:…`, not `repo:OWNER/REPO:…`."
)


def explain(
    error: AssertionRequestError | EntraError | CustomVisionError,
    identity: Identity,
    where: str,
    claims: Claims | None,
) -> Failure:
    """An error on the way to a token, as a failure for people."""
    if isinstance(error, EntraError):
        return _entra(error, identity, claims)
    if isinstance(error, CustomVisionError):
        return TokenUnreachableError(f"{where} gave no answer: {error.message.rstrip('.')}.")
    return AssertionFailedError(f"The job got no identity: {error.message}.")


def _entra(error: EntraError, identity: Identity, claims: Claims | None) -> Failure:
    kind = _REFUSALS.get(error.code)
    if kind is None and _WORDS in error.message.lower():
        kind = FederatedCredentialError
    host = identity.cloud.authority.partition("://")[2]
    trouble = error.transient and error.status != HTTPStatus.OK
    if kind is None and not trouble and not (error.code or error.error):
        return TokenUnreachableError(
            f"{host} did not answer as Microsoft Entra ID does: {one_line(error.message, 400).rstrip('.')}."
        )
    kind = kind or (EntraTroubleError if trouble else EntraRefusedError)
    failure = kind(
        f"Microsoft Entra ID ({host}) refused a token to the client {identity.client} of the tenant "
        f"{identity.tenant} (status {error.status}): {one_line(error.message, 400).rstrip('.')}.",
        code=f"AADSTS{error.code}" if error.code else "",
        request_id=error.request_id,
    )
    if kind is FederatedCredentialError and claims is not None and claims.subject:
        failure.notes.append(
            f"issuer: {one_line(claims.issuer)}\nsubject: {one_line(claims.subject, 500)}\n"
            f"audience: {one_line(claims.audience)}\n{SUBJECT_FORMS}"
        )
    return failure
