"""Certificates as companies have them, made by the `openssl` program: right, but not to the letter of RFC 5280."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_CONFIG = """\
[req]
distinguished_name = name
prompt = no
x509_extensions = none
[name]
CN = {name}
[none]
subjectKeyIdentifier = none
authorityKeyIdentifier = none
[authority]
basicConstraints = CA:TRUE
subjectKeyIdentifier = none
authorityKeyIdentifier = none
[leaf]
subjectAltName = {names}
subjectKeyIdentifier = none
authorityKeyIdentifier = none
"""


def openssl() -> str | None:
    """The program, if it is here."""
    return shutil.which("openssl")


@dataclass(frozen=True)
class Certificate:
    """A key and its certificate, in files of their own."""

    path: Path
    key: Path

    def served(self) -> ssl.SSLContext:
        """A server's side with it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path, self.key)
        return context


class Company:
    """Its root has Basic Constraints that are not critical, and nobody has key identifiers: Python 3.13 is strict here."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.root = self._make("root", "authority")

    def server(self, names: str = "IP:127.0.0.1", *, days: int = 30, by: Certificate | None = None) -> Certificate:
        """A server's certificate; one of 0 days has ended."""
        return self._make(
            f"server{len(list(self._folder.iterdir()))}", "leaf", by=by or self.root, names=names, days=days
        )

    def between(self) -> Certificate:
        """An authority under the root."""
        return self._make("between", "authority", by=self.root)

    def hashed(self) -> Path:
        """A folder of certificates as OpenSSL finds them."""
        folder = self._folder / "hashed"
        folder.mkdir()
        name = self._openssl("x509", "-noout", "-hash", "-in", str(self.root.path)).strip()
        shutil.copy(self.root.path, folder / f"{name}.0")
        return folder

    def _make(
        self, name: str, extensions: str, *, by: Certificate | None = None, names: str = "", days: int = 30
    ) -> Certificate:
        made = Certificate(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        config, request = self._folder / f"{name}.cnf", self._folder / f"{name}.csr"
        config.write_text(_CONFIG.format(name=name, names=names or "DNS:nobody"), encoding="ascii")
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(made.key)]
        self._openssl("req", "-new", "-config", str(config), *key, "-out", str(request))
        signer = ["-CA", str(by.path), "-CAkey", str(by.key)] if by else ["-signkey", str(made.key)]
        how = ["-extfile", str(config), "-extensions", extensions, "-set_serial", str(len(name) + days)]
        where = ["-in", str(request), "-out", str(made.path)]
        self._openssl("x509", "-req", *where, "-days", str(days), *how, *signer)
        return made

    @staticmethod
    def _openssl(*arguments: str) -> str:
        program = openssl()
        assert program, "the openssl program is not here"
        return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout
