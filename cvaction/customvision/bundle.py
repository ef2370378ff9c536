"""The certificates that the environment names: they are checked before they are used, and trusted as by curl."""

from __future__ import annotations

import os
import re
import ssl
import stat

from urllib3.util.ssl_ import create_urllib3_context

from cvaction.customvision.errors import CustomVisionError, Kind

__all__ = ["trusting"]

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # in the order in which requests reads them
_HASHED = r"[0-9a-f]{8}\.\d+"  # the file names by which OpenSSL finds a certificate in a folder
_SHOWN = 200  # characters of a path


def trusting(path: str) -> ssl.SSLContext:
    """TLS as usual, with these authorities. Raises CustomVisionError for a bundle without any.

    Since 3.13 Python also refuses certificates that do not follow RFC 5280 in every detail (VERIFY_X509_STRICT). Those
    of companies often do not, so they are accepted here. The chain, the dates and the host name are checked as usual.
    """
    # As in curl and Python 3.13: a named authority does not have to be a root.
    context = create_urllib3_context(verify_flags=ssl.VERIFY_X509_PARTIAL_CHAIN)
    try:
        problem = _load(context, path)
    except ssl.SSLError:  # an OSError, too
        problem = "which is not a file of certificates in PEM form (-----BEGIN CERTIFICATE-----)"
    except (OSError, ValueError) as error:
        problem = f"which cannot be read: {getattr(error, 'strerror', None) or error}"
    if problem:
        variable = next((name for name in VARIABLES if os.environ.get(name) == path), VARIABLES[0])
        raise CustomVisionError(Kind.CA_BUNDLE, f"{variable} names {path[:_SHOWN]}, {problem}")
    return context


def _load(context: ssl.SSLContext, path: str) -> str:
    """Load a file or a folder, because requests takes both. Returns what is wrong with it; empty if nothing is."""
    mode = os.stat(path).st_mode  # noqa: PTH116 - loading pathlib would delay the start
    if stat.S_ISDIR(mode):
        if not any(re.fullmatch(_HASHED, name) for name in os.listdir(path)):  # noqa: PTH208 - the same
            return "a folder without certificates whose names are their hashes (as `openssl rehash` makes them)"
        context.load_verify_locations(capath=path)
        return ""
    if not stat.S_ISREG(mode):
        return "which is neither a file nor a folder"  # reading a pipe could block
    context.load_verify_locations(cafile=path)
    return "" if context.cert_store_stats()["x509"] else "which contains no certificate"
