"""The HTTP session of one resource. It switches off what `requests` must not do with a production key."""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3.util import Retry, Timeout

from cvaction.customvision.connections import POOLS
from cvaction.customvision.errors import CustomVisionError, Kind

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    from urllib3.connectionpool import HTTPConnectionPool
    from urllib3.response import BaseHTTPResponse

    from cvaction.customvision.straight import Reply, Sent, Straight

__all__ = ["Session", "Sessions", "new_session"]


class _Adapter(HTTPAdapter):
    """Sends each request once (max_retries is 0), because a second import request would make a second project."""

    _trusting: ssl.SSLContext | None = None  # one for all connections, because it is part of a pool's key

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:  # noqa: ANN401 - requests' own signature
        proxy = str(select_proxy(request.url, proxies) or "").strip().lower()
        if proxy.startswith("socks"):
            raise CustomVisionError(Kind.SOCKS, f"{_socks_variables()} a SOCKS proxy, and nothing was sent")
        return super().get_connection_with_tls_context(request, verify, proxies, cert)

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:  # noqa: ANN401 - requests' own signature
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if isinstance(verify, str) and host["scheme"] == "https":
            if self._trusting is None:
                from cvaction.customvision.bundle import trusting  # noqa: PLC0415 - most runs name no bundle

                self._trusting = trusting(verify)
            pool["ssl_context"] = self._trusting
        return host, pool

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - requests' own signature
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - requests' own signature
        if self._trusting is not None:
            kwargs["proxy_ssl_context"] = self._trusting
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = POOLS
        return manager


def _socks_variables() -> str:
    """The names of the variables that name a SOCKS proxy. Their values may contain a password."""
    names = sorted(
        name
        for name, value in os.environ.items()
        if name.lower() in {"http_proxy", "https_proxy", "all_proxy"} and value.strip().lower().startswith("socks")
    )
    return f"{' and '.join(names)} name{'s' if len(names) == 1 else ''}" if names else "The environment names"


class _Pool(NamedTuple):
    """Connections to an origin. `absolute`: requests contain the complete URL, as a proxy requires.

    `straight` is None if there is a proxy.
    """

    connections: HTTPConnectionPool
    absolute: bool
    straight: Straight | None


_ONCE = Retry(0, read=False)  # as requests has it


class Session(requests.Session):
    """A session that does not even look where a redirect leads.

    requests does, even with `allow_redirects=False`: it then reads the whole body, whatever its size, and the `.netrc`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pools: dict[str, _Pool] = {}  # by origin

    def fetch(
        self, method: str, url: str, headers: Mapping[str, str], timeout: tuple[float, float]
    ) -> Reply | BaseHTTPResponse:
        """Send one request without a body, for many small files: it takes much less work than `request`.

        No header is added. Proxies and certificates are those of `request`. The body is not read yet. Raises errors of
        urllib3 and of http.client, OSError, and errors that requests raises before anything is sent.
        """
        sent = self.ask(method, url, headers, timeout)
        if sent:
            return sent.reply()
        (pool, absolute, _), path = self._way(url)
        return pool.urlopen(
            method,
            url if absolute else path,
            headers=headers,
            timeout=Timeout(*timeout),
            retries=_ONCE,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
        )

    def ask(self, method: str, url: str, headers: Mapping[str, str], timeout: tuple[float, float]) -> Sent | None:
        """Send such a request, and read the answer later. None, and nothing is sent, if there is a proxy or an odd address."""
        (_, _, straight), path = self._way(url)
        return straight.send(method, path, headers, timeout) if straight and straight.takes(path) else None

    def asks(self, url: str) -> bool:
        """Whether `ask` would send a request to this address."""
        (_, _, straight), path = self._way(url)
        return straight is not None and straight.takes(path)

    def _way(self, url: str) -> tuple[_Pool, str]:
        """The connections for an address, and its path."""
        origin = "/".join(url.split("/", 3)[:3])
        if origin not in self._pools:
            self._pools[origin] = self._pool(url)
        return self._pools[origin], url[len(origin) :] or "/"

    def _pool(self, url: str) -> _Pool:
        """The connections to an origin, with the settings that `request` would use."""
        from cvaction.customvision.straight import Straight  # noqa: PLC0415 - most commands download nothing

        settings: Any = self.merge_environment_settings(url, {}, stream=True, verify=None, cert=None)
        verify, cert, proxies = (settings[name] for name in ("verify", "cert", "proxies"))
        adapter: Any = self.get_adapter(url)
        request = self.prepare_request(requests.Request("GET", url))
        pool = adapter.get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
        adapter.cert_verify(pool, url, verify, cert)
        return _Pool(
            pool,
            absolute=not adapter.request_url(request, proxies).startswith("/"),
            straight=None if select_proxy(url, proxies) else Straight(pool),
        )

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: a 3xx is an answer like any other."""
        del resp


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def new_session() -> Session:
    """A session with proxies and CA bundle from the environment, but no `.netrc` and no resending."""
    session = Session()
    # With an auth of its own, requests does not look into .netrc; trust_env=False would lose the proxies too.
    session.auth = _no_auth
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter())
    return session


class Sessions:
    """The sessions of one origin. One thread uses a session at a time. The next one gets it with its open connection."""

    def __init__(self, new: Callable[[], requests.Session]) -> None:
        self._new = new
        self._free: deque[requests.Session] = deque()

    def take(self) -> requests.Session:
        """A session that no other thread uses. If it is not given back (the request was abandoned), it is not reused."""
        try:
            return self._free.pop()  # the last one that was given back, because its connection is the youngest
        except IndexError:
            return self._new()

    def give_back(self, session: requests.Session) -> None:
        """Give a session back after its request has ended."""
        self._free.append(session)
