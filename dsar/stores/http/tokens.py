"""Access tokens by client credentials (RFC 6749, section 4.4). No token or secret is in a log or an error."""

from __future__ import annotations

import time
from collections.abc import Mapping
from threading import Lock
from typing import Any
from urllib.parse import quote, urlencode

from dsar.stores.base import StoreError
from dsar.stores.http.auth import ClientCredentials, basic
from dsar.stores.http.exchange import Answer, Exchange
from dsar.stores.parsing import parse

#: Seconds before its end from which a token is not used any more: it must still hold when it arrives.
_MARGIN = 30.0
#: What a token endpoint says is wrong (RFC 6749, section 5.2).
_ERRORS = frozenset(
    {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"}
    | {"invalid_scope"}
)


class Tokens:
    """Keeps one token and fetches the next when it ends or is refused. Safe to use from several threads."""

    def __init__(self, client: ClientCredentials, exchange: Exchange) -> None:
        self._client = client
        self._exchange = exchange
        self._lock = Lock()
        self._token: str | None = None
        self._ends_at = 0.0

    def current(self, doing: str) -> str:
        """Return a token that holds. Raises TryAgainError or StoreError."""
        with self._lock:
            if self._token is None or time.monotonic() >= self._ends_at:
                self._token, self._ends_at = self._fetch(doing)
            return self._token

    def forget(self, token: str) -> None:
        """Fetch another one next time, unless somebody else already has."""
        with self._lock:
            if self._token == token:
                self._token = None

    def _fetch(self, doing: str) -> tuple[str, float]:
        client, asked_at = self._client, time.monotonic()
        fields = {"grant_type": "client_credentials", **({"scope": client.scope} if client.scope else {})}
        # Section 2.3.1: both are form-encoded before they stand in the header.
        known_by = basic(quote(client.client_id, safe=""), quote(client.client_secret, safe=""))
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded", **known_by}
        content = urlencode(fields).encode()
        answer = self._exchange.send("POST", client.token_url, headers, f"{doing}: token endpoint", content)
        body = _body(answer)
        token, kind = body.get("access_token"), body.get("token_type", "Bearer")
        if answer.status != 200:
            raise _error(doing, f"refuses our client ({_reason(answer, body)}); check auth in stores.yml")
        if not isinstance(token, str) or not token or not (token.isascii() and token.isprintable()):
            raise _error(doing, "gives no access_token")
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise _error(doing, "gives a token that is no bearer token")
        return token, asked_at + _seconds(body.get("expires_in"))


def _body(answer: Answer) -> Mapping[str, Any]:
    try:
        body = parse(answer.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _reason(answer: Answer, body: Mapping[str, Any]) -> str:
    said = body.get("error")
    return said if isinstance(said, str) and said in _ERRORS else str(answer.status)


def _seconds(said: Any) -> float:
    """Return how long to use a token; one without an end is used until it is refused."""
    try:
        seconds = float(said)
    except (TypeError, ValueError):
        return float("inf")
    return max(seconds - _MARGIN, seconds / 2)


def _error(doing: str, what: str) -> StoreError:
    return StoreError(f"{doing}: the token endpoint {what}", retry=False)
