"""The certificates that the user names in the environment: looked at before they are used, and trusted as curl does."""

from __future__ import annotations

import os
import re
import ssl
import stat

from urllib3.util.ssl_ import create_urllib3_context

from cvaction.customvision.errors import CustomVisionError, Kind

__all__ = ["trusting"]

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # in the order in which requests looks at them
_HASHED = r"[0-9a-f]{8}\.\d+"  # how OpenSSL finds a certificate in a folder
_SHOWN = 200  # characters of a path


def trusting(path: str) -> ssl.SSLContext:
    """TLS as ever, with these authorities; raises CustomVisionError for a bundle that holds none.

    Since 3.13 Python also refuses certificates that are merely not as RFC 5280 wants them (VERIFY_X509_STRICT). Those
    of companies often are not. The chain, the dates and the host name are checked as ever.
    """
    # As curl and Python 3.13 do: an authority that is named need not be a root.
    context = create_urllib3_context(verify_flags=ssl.VERIFY_X509_PARTIAL_CHAIN)
    try:
        problem = _load(context, path)
    except ssl.SSLError:  # an OSError, too
        problem = "which is no file of certificates in PEM form (-----BEGIN CERTIFICATE-----)"
    except (OSError, ValueError) as error:
        problem = f"which cannot be read: {getattr(error, 'strerror', None) or error}"
    if problem:
        variable = next((name for name in VARIABLES if os.environ.get(name) == path), VARIABLES[0])
        raise CustomVisionError(Kind.CA_BUNDLE, f"{variable} names {path[:_SHOWN]}, {problem}")
    return context


def _load(context: ssl.SSLContext, path: str) -> str:
    """Load a file or a folder, as requests takes both; returns what is wrong with it, empty where nothing is."""
    mode = os.stat(path).st_mode  # noqa: PTH116 - pathlib costs more than it gives here
    if stat.S_ISDIR(mode):
        if not any(re.fullmatch(_HASHED, name) for name in os.listdir(path)):  # noqa: PTH208 - the same
            return "a folder without certificates whose names are their hashes (as `openssl rehash` makes them)"
        context.load_verify_locations(capath=path)
        return ""
    if not stat.S_ISREG(mode):
        return "which is neither a file nor a folder"  # a pipe would be waited for
    context.load_verify_locations(cafile=path)
    return "" if context.cert_store_stats()["x509"] else "which holds no certificate"
