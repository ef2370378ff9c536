"""The service's four forms of error (three of JSON, one of HTML), as exceptions and as bodies."""

from __future__ import annotations

import json
import re
from typing import Final

FAMILIES: Final = {"BadRequest": 400, "Forbidden": 403, "NotFound": 404, "Conflict": 409, "Error": 500}
"""The status of a code by its first word. Only the 400s were seen; the rest follows from the names."""

LOOKS: Final = re.compile(r"(?P<status>[45]\d\d) (?P<shape>service|gateway|entra|html)(?: (?P<code>\S+))?")
"""How a refusal looks, as the switch `refusals` says: status, shape, and a code if the shape has one."""

WRONG_KEY: Final = (
    "Access denied due to invalid subscription key or wrong API endpoint. "
    "Make sure to provide a valid key for an active subscription and use a correct regional API endpoint "
    "for your resource."
)
FIREWALL: Final = "Access denied due to Virtual Network/Firewall rules."
KEYS_OFF: Final = "Key based authentication is disabled for this resource."
ENTRA: Final = (
    "Unauthorized. Access token is missing, invalid, audience is incorrect "
    "(https://cognitiveservices.azure.com), or have expired."
)
SUBDOMAIN: Final = "Please provide a custom subdomain for token authentication, otherwise API key is required."
TIMEOUT: Final = "The operation was timeout."
THROTTLED: Final = (
    "Requests to the Custom Vision Training API have exceeded the call rate limit of your current "
    "pricing tier. Please retry after 1 second."
)


class ServiceError(Exception):
    """An error of the service: a status and one of its codes. `case`: its name in the switch `refusals`."""

    def __init__(self, code: str, message: str, case: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.case = case
        self.status = status_of(code)
        self.code = code
        self.message = message


class GatewayError(Exception):
    """An error of the gateway in front of the service. `case`: its name in the switch `refusals`."""

    def __init__(self, status: int, message: str, code: str | None = None, case: str = "") -> None:
        super().__init__(f"{status}: {message}")
        self.case = case
        self.status = status
        self.code = code or str(status)
        self.message = message


class TokenError(Exception):
    """A token that the gateway does not accept."""

    case = "bogus-token"
    message = ENTRA


class LengthRequiredError(Exception):
    """A POST without Content-Length: the front end answers in HTML before anything else reads the request."""

    case = "no-content-length"
    message = "Length Required"


def status_of(code: str) -> int:
    """The status of a code, by the code's family."""
    for family, status in FAMILIES.items():
        if code.startswith(family):
            return status
    return 415 if code == "UnsupportedMediaType" else 400


def service_body(code: str, message: str) -> dict[str, object]:
    """The shape of the service itself."""
    return {"code": code, "message": message}


def gateway_body(code: str, message: str) -> dict[str, object]:
    """The shape of the gateway."""
    return {"error": {"code": code, "message": message}}


def entra_body() -> dict[str, object]:
    """The shape of Entra ID."""
    return {"statusCode": 401, "message": ENTRA}


def html_body(status: int, title: str, text: str) -> str:
    """A page as a web server or a proxy writes it."""
    return (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/strict.dtd">\r\n'
        f"<HTML><HEAD><TITLE>{title}</TITLE>\r\n"
        '<META HTTP-EQUIV="Content-Type" Content="text/html; charset=us-ascii"></HEAD>\r\n'
        f"<BODY><h2>{title}</h2>\r\n<hr><p>HTTP Error {status}. {text}</p>\r\n</BODY></HTML>\r\n"
    )


def body_of(shape: str, status: int, code: str, message: str) -> bytes:
    """The body of a refusal in one of the four shapes."""
    if shape == "html":
        return html_body(status, code or message, message).encode()
    shaped = {
        "service": service_body(code, message),
        "gateway": gateway_body(code, message),
        "entra": {"statusCode": int(code) if code.isdecimal() else code, "message": message},
    }
    return json.dumps(shaped[shape], separators=(",", ":")).encode()
