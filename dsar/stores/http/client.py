"""Questions to one service: with our credentials, tried again where that can help, never to another host."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    wait_exponential_jitter,
)

from dsar.stores.base import StoreError
from dsar.stores.http.exchange import Answer, Exchange, TryAgainError
from dsar.stores.http.options import HttpOptions
from dsar.stores.http.paging import same_origin
from dsar.stores.http.tokens import Tokens

#: A service that wants a longer pause (seconds) is left to a later attempt of the whole step.
LONGEST_PAUSE = 60
_MOST_REDIRECTS = 5
_backoff = wait_exponential_jitter(multiplier=0.1, max=20, jitter=0.2)


class HttpClient:
    """Asks one service. Safe to use from several threads."""

    def __init__(self, options: HttpOptions) -> None:
        self._options = options
        self._exchange = Exchange(options)
        client = options.auth.client
        self._tokens = Tokens(client, self._exchange) if client else None

    def get(self, url: httpx.URL, doing: str) -> Answer:
        """Return the answer to a GET, 200 in JSON or 404; `doing` names dataset, collection and path.

        Raises StoreError.
        """
        retrying = Retrying(
            retry=retry_if_exception_type(TryAgainError),
            stop=self._is_last,
            wait=_wait,
            reraise=True,
        )
        try:
            answer: Answer = retrying(self._follow, url, doing)
        except TryAgainError as error:
            raise StoreError(f"{doing}: {error.reason}", retry=True) from error
        return answer

    def close(self) -> None:
        self._exchange.close()

    def _is_last(self, state: RetryCallState) -> bool:
        return state.attempt_number >= self._options.attempts or (_asked_pause(state) or 0) > LONGEST_PAUSE

    def _follow(self, url: httpx.URL, doing: str) -> Answer:
        """Follow redirects within the service; one to another host would carry credentials and values there."""
        for _ in range(_MOST_REDIRECTS):
            answer = self._ask(url, doing)
            if not 300 <= answer.status < 400:
                return _checked(answer, doing)
            target = url.join(answer.headers.get("Location", ""))
            if not same_origin(target, url):
                raise StoreError(f"{doing}: redirected to another host, which is not followed", retry=False)
            url = target
        raise StoreError(f"{doing}: redirected without end", retry=False)

    def _ask(self, url: httpx.URL, doing: str) -> Answer:
        """Send the request; a token that is refused is fetched anew once."""
        if self._tokens is None:
            return self._send(url, self._options.auth.headers, doing)
        token = self._tokens.current(doing)
        answer = self._send(url, {"Authorization": f"Bearer {token}"}, doing)
        if answer.status == 401:
            self._tokens.forget(token)
            answer = self._send(url, {"Authorization": f"Bearer {self._tokens.current(doing)}"}, doing)
        return answer

    def _send(self, url: httpx.URL, credentials: Mapping[str, str], doing: str) -> Answer:
        headers = {"Accept": "application/json", **credentials}
        return self._exchange.send("GET", _with_key(url, self._options.auth.query), headers, doing)


def _checked(answer: Answer, doing: str) -> Answer:
    status = answer.status
    if status == 404:
        return answer
    if status in (401, 403):
        what = "the service refuses our credentials; check auth in stores.yml"
        raise StoreError(f"{doing}: {status}: {what}", retry=False)
    if status != 200:
        raise StoreError(f"{doing}: the service answers {status}", retry=False)
    if not _may_be_json(answer.headers.get("Content-Type", "")):
        raise StoreError(f"{doing}: the service does not answer in JSON, by its Content-Type", retry=False)
    return answer


def _may_be_json(content_type: str) -> bool:
    """Return whether that is JSON (RFC 8259, RFC 6839's +json), or says nothing: no type, or plain text."""
    name = content_type.partition(";")[0].strip().lower()
    return name in ("", "text/plain", "text/json") or name.endswith(("/json", "+json"))


def _with_key(url: httpx.URL, key: tuple[str, str] | None) -> httpx.URL:
    """Return the address with our key in its query, unless a link of the service's own has it already."""
    if key is None or key[0] in url.params:
        return url
    name, value = key
    joint = b"&" if url.query else b"?"
    pair = f"{quote(name, safe='')}={quote(value, safe='')}".encode("ascii")
    return url.copy_with(raw_path=url.raw_path.rstrip(b"?") + joint + pair)


def _wait(state: RetryCallState) -> float:
    """Wait as long as the service asks, else exponentially longer, with jitter so that workers spread out."""
    pause = _asked_pause(state)
    return _backoff(state) if pause is None else pause


def _asked_pause(state: RetryCallState) -> float | None:
    error = state.outcome.exception() if state.outcome else None
    return error.pause if isinstance(error, TryAgainError) else None
