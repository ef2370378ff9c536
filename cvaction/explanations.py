"""The table of the service's failures: for each code, or each way to get no answer, a title, a cause and a cure.

Codes: the vendor's error codes of the Training API v3.3. Only the 400s were seen in public; the rest follows from names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.errors import ServiceFailure

if TYPE_CHECKING:
    from cvaction.errors import Failure


@dataclass(frozen=True)
class Explanation:
    """A failure in words. `{side}` becomes source or target."""

    title: str
    cause: str
    cure: str


_RERUN = "re-run this job; it goes on where this run stopped."
_LIMITS = "tier F0 allows 5,000 images, 50 tags and 20 iterations a project; S0 100,000, 500 and 20."

EXPLANATIONS: dict[str, Explanation] = {
    # Answers that tell by their status or their words
    "401": Explanation(
        "The {side} key is not accepted",
        "a wrong or regenerated key, the key of another resource, or a prediction key where the training key belongs; "
        "the service answers the same for a right key at the wrong endpoint, and sometimes for an exhausted quota.",
        "copy key and endpoint together from the *training* resource (Azure portal: the resource > Keys and Endpoint) "
        "into {side}-endpoint and the secret behind {side}-key.",
    ),
    "AuthenticationTypeDisabled": Explanation(
        "Keys are switched off on the {side} resource",
        "`disableLocalAuth` is set on the resource; this action authenticates with keys only.",
        "allow keys with `az resource update --ids RESOURCE_ID --set properties.disableLocalAuth=false` "
        "(an Azure Policy may forbid it), or use a resource that allows them.",
    ),
    "firewall": Explanation(
        "The {side} resource's firewall does not let this runner in",
        "the resource allows selected networks or private endpoints only, and the runner's address is not among them.",
        "allow the runner (Azure portal: the resource > Networking), or run this job on a self-hosted runner inside that network.",
    ),
    "403": Explanation(
        "The {side} resource denies access",
        "a missing permission, an exhausted quota, or a network rule of the resource.",
        "read the service's words above; check Networking, the quota and the pricing tier of the resource in the Azure portal.",
    ),
    "404": Explanation(
        "The {side} resource does not know what was asked for",
        "something was deleted during the run, or the endpoint does not lead to a Custom Vision training resource.",
        "check {side}-endpoint (Azure portal: the training resource > Keys and Endpoint) and that the project still exists.",
    ),
    "409": Explanation(
        "The {side} resource reports a conflict",
        "somebody else, or another run, works on the same project at this moment.",
        "give the workflow a `concurrency:` group with `cancel-in-progress: false`, then re-run this job.",
    ),
    "411": Explanation(
        "Something between here and the {side} resource removed a header",
        "a proxy or gateway drops `Content-Length: 0`, without which the service refuses a POST.",
        "let the runner reach the endpoint directly (`no_proxy`), or correct the gateway named in trusted-endpoints.",
    ),
    "429": Explanation(
        "The {side} resource is asked too often",
        "its limit of 10 requests a second is used up, by this run together with other clients.",
        "re-run this job when other jobs and people use the resource less; it goes on where this run stopped.",
    ),
    "400": Explanation(
        "The {side} resource refused the request",
        "see the service's own words above.",
        "correct what they name; if they name nothing, re-run with debug logging and open an issue.",
    ),
    "410": Explanation(
        "The {side} service is no longer there",
        "Azure Custom Vision is retired: the vendor's support ends on 2028-09-25, and calls fail after it.",
        "move to another service; the vendor's retirement notice names the alternatives.",
    ),
    # No answer, or none that can be read
    Kind.SERVER.value: Explanation(
        "The {side} resource is in trouble",
        "an outage or an overload of the service; the request was repeated where that is safe.",
        f"look at the Azure status page for the region, then {_RERUN}",
    ),
    Kind.UNREADABLE.value: Explanation(
        "The {side} resource's answer cannot be read",
        "a proxy or a login page answers in the service's place, or the connection cuts answers short.",
        f"check the proxy and {{side}}-endpoint; then {_RERUN}",
    ),
    Kind.REDIRECT.value: Explanation(
        "The {side} endpoint redirects elsewhere",
        "a login page, a gateway or a moved endpoint; it is not followed, because the key would go along.",
        "give the endpoint that the Azure portal shows (the training resource > Keys and Endpoint) as {side}-endpoint.",
    ),
    Kind.DNS.value: Explanation(
        "The {side} endpoint's name is not known",
        "a typing mistake in {side}-endpoint, a deleted resource, or a private endpoint that this runner cannot resolve.",
        "copy the endpoint from the Azure portal (the training resource > Keys and Endpoint); "
        "for a private endpoint use a self-hosted runner inside its network.",
    ),
    Kind.CONNECT.value: Explanation(
        "The {side} endpoint cannot be reached",
        "a firewall between runner and resource, a wrong port, or a service that is not running.",
        "check {side}-endpoint, and the egress rules and `https_proxy` of a self-hosted runner; then re-run this job.",
    ),
    Kind.TLS.value: Explanation(
        "The {side} endpoint's certificate is not accepted",
        "a proxy that opens TLS with a certificate of its own, or a wrong host.",
        "put the proxy's CA bundle into the workspace and set `REQUESTS_CA_BUNDLE: /github/workspace/ca.pem` under the step's `env:`.",
    ),
    Kind.CA_BUNDLE.value: Explanation(
        "The CA bundle file is not in the container",
        "REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE holds a path of the runner, which the action's container does not see.",
        "put the file into the workspace and set `REQUESTS_CA_BUNDLE: /github/workspace/ca.pem` under the step's `env:`, "
        'or set `REQUESTS_CA_BUNDLE: ""` there.',
    ),
    Kind.PROXY.value: Explanation(
        "The proxy does not let the {side} request through",
        "a wrong `https_proxy`, a proxy that wants a login, or one that does not know the host.",
        "correct `https_proxy` under the step's or the runner's `env:`, or exempt the host with `no_proxy`.",
    ),
    Kind.TIMEOUT.value: Explanation(
        "The {side} resource did not answer in time",
        "an overload of the service, or a proxy that holds requests back.",
        f"look at the Azure status page for the region; then {_RERUN}",
    ),
    Kind.RESET.value: Explanation(
        "The connection to the {side} resource broke",
        "a proxy, a firewall or the service closed it; the request was repeated where that is safe.",
        f"check the proxy if it happens again; then {_RERUN}",
    ),
    # The service's own codes that belong to this job
    "BadRequestInvalidImportToken": Explanation(
        "The export token is not accepted",
        "a gateway or proxy changed the request's query, or the token expired (24 h).",
        "let the runner reach both endpoints directly, then re-run this job: it exports afresh.",
    ),
    "BadRequestExportWhileTraining": Explanation(
        "The source project is being trained",
        "a training was started after this run had looked; the service exports no project during one.",
        "wait until the training has ended (customvision.ai shows it), then re-run this job.",
    ),
    "BadRequestProjectName": Explanation(
        "The service refuses the project's name",
        "the name is too long or holds a character that the service does not allow; its rules are not published.",
        "set a shorter, plainer `target-project-name`, then re-run this job.",
    ),
    "BadRequestProjectNameNotUnique": Explanation(
        "The project's name is taken",
        "another project of the target has the name, although the listing did not show it.",
        "set `if-exists: new` or another target-project-name, or delete the other project; then re-run this job.",
    ),
    "BadRequestProjectDuplicated": Explanation(
        "The target already has this project",
        "another project of the target has the same name or content, although the listing did not show it.",
        "set another `target-project-name`, or delete the other project at customvision.ai; then re-run this job.",
    ),
    "BadRequestExceedProjectLimit": Explanation(
        "The target resource has no room for another project",
        "a resource holds 2 projects in tier F0 and 100 in S0; failed imports count too.",
        "delete projects that are no longer needed from the target (customvision.ai), or change its pricing tier; then re-run "
        "this job. `keep-previous: 2` keeps it from filling up again.",
    ),
    "BadRequestExceededQuota": Explanation(
        "The {side} resource's quota is used up",
        f"the project is larger than the tier allows: {_LIMITS}",
        "change the pricing tier of the resource (Azure portal: the resource > Pricing tier), or make the project smaller.",
    ),
    "BadRequestExceedIterationPerProjectLimit": Explanation(
        "The project has too many iterations",
        "a project holds 20 iterations.",
        "delete old iterations of the source (customvision.ai, Performance > Delete), then re-run this job.",
    ),
    "BadRequestExceedTagPerProjectLimit": Explanation(
        "The project has too many tags for the target",
        f"{_LIMITS}",
        "change the target's pricing tier (Azure portal: the resource > Pricing tier), or remove tags from the source.",
    ),
    "BadRequestSubscriptionApi": Explanation(
        "The {side} resource's subscription does not allow this call",
        "the resource is of another kind (a prediction resource?), or its subscription is disabled.",
        "use the endpoint and key of a Custom Vision *training* resource; check the subscription's state in the Azure portal.",
    ),
    "BadRequestInvalidIds": Explanation(
        "The service does not accept an id",
        "an id of another resource, or of something that was deleted meanwhile.",
        "compare source-project-id and iteration with customvision.ai, then re-run this job.",
    ),
    "BadRequestCustomerManagedKeyRevoked": Explanation(
        "The {side} resource's encryption key was revoked",
        "the resource is encrypted with a customer-managed key that it may no longer read.",
        "restore the resource's access to the key (Azure portal: the resource > Encryption, and the key vault), then re-run this job.",
    ),
    "BadRequestIterationIsPublished": Explanation(
        "The iteration is already published",
        "it is published under another name, or a project with a published iteration was to be deleted.",
        "unpublish it at customvision.ai (Performance > Unpublish), or set `publish-name` to the name above; then re-run this job.",
    ),
    "BadRequestIterationNotPublished": Explanation(
        "The iteration is not published",
        "somebody unpublished it during this run.",
        "re-run this job, and make sure that no other workflow unpublishes iterations of the target.",
    ),
    "BadRequestIterationIsNotTrained": Explanation(
        "The iteration has no trained model",
        "the chosen iteration was never trained to its end.",
        "train the source project, or set `iteration` to one that is Completed (customvision.ai, Performance).",
    ),
    "BadRequestInvalidPublishName": Explanation(
        "The publish name is not accepted",
        "another iteration of the copy has it, or it holds a character that the service does not allow.",
        "set another `publish-name` (letters, digits, dashes), or unpublish the other iteration; then re-run this job.",
    ),
    "BadRequestInvalidPublishTarget": Explanation(
        "The prediction resource is not accepted",
        "prediction-resource-id names no Custom Vision prediction resource that the target can publish to; "
        "commonly both must be in one region.",
        "copy it whole from the Azure portal (the *prediction* resource > Properties > Resource ID), of the form "
        "`/subscriptions/…/resourceGroups/…/providers/Microsoft.CognitiveServices/accounts/NAME`.",
    ),
    "BadRequestUnpublishFailed": Explanation(
        "The iteration cannot be unpublished",
        "the prediction resource is gone, or the service is in trouble.",
        "unpublish it at customvision.ai (Performance > Unpublish), then re-run this job.",
    ),
    "ForbiddenDRModeEnabled": Explanation(
        "The {side} project is read-only for now",
        "the service runs in disaster recovery mode in that region.",
        "wait until the Azure status page shows the region healthy, then re-run this job.",
    ),
    "ForbiddenUserInsufficientCapability": Explanation(
        "The {side} key may not do this",
        "of the built-in roles only `Cognitive Services Custom Vision Contributor` may export, import and delete projects.",
        "use a training key of the resource (Azure portal: the resource > Keys and Endpoint), or have that role assigned.",
    ),
    "NotFoundProject": Explanation(
        "A project is gone from the {side} resource",
        "it was deleted during this run, by a person or by another workflow.",
        "re-run this job; if the source itself was deleted, correct source-project-id.",
    ),
    "NotFoundIteration": Explanation(
        "An iteration is gone from the {side} project",
        "it was deleted during this run.",
        "set `iteration` to one that exists (customvision.ai, Performance), then re-run this job.",
    ),
    "NotFoundIterationPerformance": Explanation(
        "The iteration has no metrics",
        "it was never trained to its end, or the service did not keep its metrics.",
        "choose another `iteration`, or leave the gates out.",
    ),
    "ErrorProjectExportRequestFailed": Explanation(
        "The service could not export the project",
        "a fault inside the service.",
        f"look at the Azure status page for the region, then {_RERUN}",
    ),
    "ErrorProjectImportRequestFailed": Explanation(
        "The service could not start the import",
        "a fault inside the service.",
        f"look at the Azure status page for the region, then {_RERUN}",
    ),
    "ErrorIterationCopyFailed": Explanation(
        "The service could not copy an iteration",
        "a fault inside the service; the trained model did not arrive.",
        f"{_RERUN} If it stays so, delete that iteration of the source, or ask Azure support with the request id.",
    ),
}


def row(error: CustomVisionError) -> str:
    """The key of the table's row for an error."""
    words = error.message.lower()
    # The gateway's codes repeat the status: its words say more. All codes of the service are names.
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
    """A failed request as a failure for people. `side` is source or target."""
    texts = EXPLANATIONS[row(error)]
    answer = f" with status {error.status}" if error.status else ""
    pause = f" It asks to wait {error.retry_after:.0f} s." if error.retry_after else ""
    return ServiceFailure(
        f"{error.operation} on the {side} resource ({error.host}) failed{answer}: {error.message.rstrip('.')}.{pause}",
        title=texts.title.format(side=side),
        cause=texts.cause.format(side=side),
        cure=texts.cure.format(side=side),
        code=error.code,
        request_id=error.request_id,
    )
