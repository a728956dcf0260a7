"""How a service knows us: the option `auth` of stores.yml."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from dsar.stores.base import StoreConfigError

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """What an OAuth 2.0 client is known by at a token endpoint (RFC 6749, section 4.4)."""

    token_url: httpx.URL
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Auth:
    """What every request carries: headers, one parameter of the query, or a token that is fetched first."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: tuple[str, str] | None = field(default=None, repr=False)
    client: ClientCredentials | None = field(default=None, repr=False)


def read_auth(auth: Any) -> Auth:
    """Return the checked option; None is no authentication. Raises StoreConfigError, which quotes no value."""
    if auth is None:
        return Auth()
    kind = _KINDS.get(str(auth.get("kind"))) if isinstance(auth, Mapping) else None
    if kind is None or not _has_keys(auth, kind):
        raise StoreConfigError(f"option 'auth' must be one of {'; '.join(map(_written, _KINDS))}")
    values = {key: value for key, value in auth.items() if key != "kind"}
    if any(not value.isascii() or not value.isprintable() for value in values.values()):
        raise StoreConfigError("option 'auth': a header takes printable ASCII only")
    return kind.make(**values)


def basic(username: str, password: str) -> dict[str, str]:
    """Return the header of RFC 7617."""
    return {"Authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")}


@dataclass(frozen=True, slots=True)
class _Kind:
    make: Callable[..., Auth]
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


def _has_keys(auth: Mapping[str, Any], kind: _Kind) -> bool:
    keys = auth.keys() - {"kind"}
    known = set(kind.required) <= keys <= {*kind.required, *kind.optional}
    return known and all(isinstance(auth[key], str) and auth[key] for key in keys)


def _written(name: str) -> str:
    kind = _KINDS[name]
    return f"{{kind: {', '.join((name, *kind.required, *(f'{key} (may be left out)' for key in kind.optional)))}}}"


def _client(token_url: str, client_id: str, client_secret: str, scope: str = "") -> Auth:
    try:
        url = httpx.URL(token_url)
    except httpx.InvalidURL as error:
        raise StoreConfigError("option 'auth': token_url is no address: write https://host/token") from error
    if not url.host or url.userinfo or url.fragment or not (url.scheme == "https" or _is_here(url)):
        # RFC 6749, section 3.2: TLS is required, as credentials are sent in clear text.
        raise StoreConfigError("option 'auth': token_url must be https://host/token, without credentials")
    return Auth(client=ClientCredentials(url, client_id, client_secret, scope))


def _is_here(url: httpx.URL) -> bool:
    return url.scheme == "http" and url.host in _LOOPBACK


_KINDS: Mapping[str, _Kind] = {
    "bearer": _Kind(lambda token: Auth({"Authorization": f"Bearer {token}"}), ("token",)),
    "header": _Kind(lambda name, value: Auth({name: value}), ("name", "value")),
    "query": _Kind(lambda name, value: Auth(query=(name, value)), ("name", "value")),
    "basic": _Kind(lambda username, password: Auth(basic(username, password)), ("username", "password")),
    "oauth2": _Kind(_client, ("token_url", "client_id", "client_secret"), ("scope",)),
}
