"""The emulator's GitHub and Entra ID: who a workflow is, who trusts it, and what an identity may do.

GitHub gives an assertion to anybody who has the request token. Entra ID compares the assertion with the federated
credentials, and gives an access token. The resources check the tokens here.
"""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING, Any, Final

from emulator.state.roles import allows

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.state.world import World

ISSUER: Final = "https://token.actions.githubusercontent.com"
AUDIENCE: Final = "api://AzureADTokenExchange"
SCOPE: Final = "https://cognitiveservices.azure.com/.default"

SOURCE_ROLE: Final = "Cognitive Services Data Reader (Preview)"
TARGET_ROLE: Final = "Cognitive Services Custom Vision Contributor"


@dataclass(frozen=True)
class Federated:
    """A federated credential: the exact values that an assertion must have."""

    subject: str
    issuer: str = ISSUER
    audience: str = AUDIENCE


@dataclass
class Client:
    """An application or a managed identity, and its roles: (resource's name, role, valid from)."""

    id: str
    credentials: list[Federated] = field(default_factory=list)
    roles: list[tuple[str, str, datetime | None]] = field(default_factory=list)


@dataclass
class Tenant:
    """A tenant: its id, a domain name, its clients."""

    id: str
    domain: str
    clients: dict[str, Client] = field(default_factory=dict)


@dataclass(frozen=True)
class Granted:
    """An access token."""

    client: str
    tenant: str
    scope: str
    begins: datetime
    ends: datetime


@dataclass
class Workflow:
    """The job that asks GitHub."""

    request_token: str
    subject: str
    issuer: str = ISSUER
    life: float = 300.0  # seconds that an assertion lives


class Refusal(Exception):  # noqa: N818 - an answer of Entra ID's
    """No token: the number after AADSTS, the text, and OAuth's error."""

    def __init__(self, number: int, words: str, error: str = "invalid_client") -> None:
        super().__init__(f"AADSTS{number}: {words}")
        self.number = number
        self.error = error


class Directory:
    """GitHub's signature, Entra ID's tenants, and every assertion and token that was given out."""

    def __init__(self, now: Callable[[], datetime], seed: int, *, token_seconds: float = 3599.0) -> None:
        self.now = now
        self.token_seconds = token_seconds
        self.tenants: list[Tenant] = []
        self.workflow = Workflow(self._hex(seed, "request") * 2, "repo:octo/release:environment:production")
        self.assertions: list[str] = []
        self.tokens: dict[str, Granted] = {}
        self._secret = self._hex(seed, "signature").encode()
        self._seed = seed

    @staticmethod
    def _hex(seed: int, kind: str) -> str:
        return blake2b(f"{seed}/{kind}".encode(), digest_size=16).hexdigest()

    def add_client(self, *, tenant: Tenant | None = None) -> tuple[Tenant, Client]:
        """Make an identity that trusts the workflow, in a new tenant if none is given."""
        number = sum(len(one.clients) for one in self.tenants)
        if tenant is None:
            tenant = Tenant(
                _uuid(self._hex(self._seed, f"tenant {len(self.tenants)}")), f"t{len(self.tenants)}.example"
            )
            self.tenants.append(tenant)
        client = Client(_uuid(self._hex(self._seed, f"client {number}")), [Federated(self.workflow.subject)])
        tenant.clients[client.id] = client
        return tenant, client

    # GitHub's part

    def assertion(self, audience: str) -> str:
        """A new assertion of the workflow's identity."""
        now = self.now()
        claims = {
            "jti": str(len(self.assertions) + 1),
            "iss": self.workflow.issuer,
            "sub": self.workflow.subject,
            "aud": audience,
            "nbf": int((now - timedelta(minutes=10)).timestamp()),
            "exp": int((now + timedelta(seconds=self.workflow.life)).timestamp()),
        }
        self.assertions.append(self._signed(claims))
        return self.assertions[-1]

    # Entra ID's part

    def token(self, tenant_id: str, form: dict[str, str]) -> tuple[str, int]:
        """An access token and its life in seconds, or a Refusal."""
        tenant = next((one for one in self.tenants if tenant_id.lower() in {one.id, one.domain}), None)
        if tenant is None:
            words = f"Tenant '{tenant_id}' not found. Check to make sure you have the correct tenant ID."
            raise Refusal(90002, words, "invalid_request")
        client = tenant.clients.get(form.get("client_id", ""))
        if client is None:
            raise Refusal(
                700016,
                f"Application with identifier '{form.get('client_id', '')}' was not found in the directory '{tenant.domain}'.",
                "unauthorized_client",
            )
        self._check_assertion(client, form.get("client_assertion", ""))
        now = self.now()
        seconds = self.token_seconds
        secret = self._signed({"n": len(self.tokens) + 1, "appid": client.id, "tid": tenant.id})
        self.tokens[secret] = Granted(
            client.id, tenant.id, form.get("scope", ""), now, now + timedelta(seconds=seconds)
        )
        return secret, int(seconds)

    def _check_assertion(self, client: Client, assertion: str) -> None:
        claims = self._claims(assertion)
        if claims is None:
            raise Refusal(50027, "JWT token is invalid or malformed.", "invalid_request")
        if self.now().timestamp() > claims["exp"]:
            raise Refusal(700024, "Client assertion is not within its valid time range.")
        if not client.credentials:
            raise Refusal(70025, f"The client '{client.id}' has no configured federated identity credentials.")
        rows = [("issuer", 700211, "iss"), ("audience", 700212, "aud"), ("subject", 700213, "sub")]
        for name, number, claim in rows:
            if claims[claim] not in {getattr(one, name) for one in client.credentials}:
                raise Refusal(
                    number,
                    f"No matching federated identity record found for presented assertion {name} '{claims[claim]}'. "
                    "Check your federated identity credential Subject, Audience and Issuer against the presented assertion.",
                )
        found = Federated(claims["sub"], claims["iss"], claims["aud"])
        if found not in client.credentials:
            raise Refusal(70021, "No matching federated identity record found for presented assertion.")

    # The resources' part

    def granted(self, secret: str) -> Granted | None:
        """A token that is valid now and meant for the resources; None for any other."""
        found = self.tokens.get(secret)
        return found if found and found.scope == SCOPE and self.now() < found.ends else None

    def may(self, granted: Granted, resource: str, action: str) -> bool:
        """Whether the identity of a token has a data action on a resource now."""
        clients = [tenant.clients.get(granted.client) for tenant in self.tenants if tenant.id == granted.tenant]
        roles = [row for client in clients if client for row in client.roles]
        now = self.now()
        return any(
            name == resource and (since is None or now >= since) and allows(role, action) for name, role, since in roles
        )

    def _signed(self, claims: dict[str, Any]) -> str:
        body = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
        return f"{body}.{_text(hmac.digest(self._secret, body.encode(), sha256))}"

    def _claims(self, assertion: str) -> dict[str, Any] | None:
        body, _, signature = assertion.rpartition(".")
        if not hmac.compare_digest(_text(hmac.digest(self._secret, body.encode(), sha256)), signature):
            return None
        part = body.partition(".")[2]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return claims


def open_directory(world: World, *, token_seconds: float = 3599.0) -> Directory:
    """Give a world a directory with one identity: it may read the first resource and do everything on the others."""
    directory = Directory(world.now, world.seed, token_seconds=token_seconds)
    _, client = directory.add_client()
    for number, name in enumerate(world.resources):
        client.roles.append((name, SOURCE_ROLE if number == 0 else TARGET_ROLE, None))
    world.directory = directory
    return directory


def _encoded(value: object) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _uuid(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
