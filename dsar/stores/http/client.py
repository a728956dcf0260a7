"""Questions to one service: with our credentials, tried again where that can help, never to another host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    wait_exponential_jitter,
)

from dsar.stores.base import ForbiddenError, StoreError
from dsar.stores.http.exchange import Answer, Exchange, TryAgainError, pause_of
from dsar.stores.http.options import HttpOptions
from dsar.stores.http.paging import same_origin
from dsar.stores.http.tokens import Tokens

#: A service that wants a longer pause (seconds) is left to a later attempt of the whole step.
LONGEST_PAUSE = 60
_MOST_REDIRECTS = 5
_backoff = wait_exponential_jitter(multiplier=0.1, max=20, jitter=0.2)


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent, but for our credentials. Not to be shown: addresses and bodies hold personal values."""

    method: str
    url: httpx.URL = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)


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
        return self._tried(lambda: self._follow(url, doing), doing)

    def change(self, request: Request, doing: str) -> None:
        """Send a request that changes something, the same again where no answer came; what is not there is gone.

        Raises ForbiddenError for what the service's own rules forbid (409, 422), StoreError.
        """
        _check_changed(self._tried(lambda: self._change_once(request, doing), doing), doing)

    def create(self, request: Request, doing: str) -> None:
        """Send a request that makes something. Raises as `change`, and StoreError where there is no such resource."""
        answer = self._tried(lambda: self._change_once(request, doing), doing)
        if answer.status in (404, 410):
            raise StoreError(f"{doing}: {answer.status}: there is no such resource", retry=False)
        _check_changed(answer, doing)

    def close(self) -> None:
        self._exchange.close()

    def _is_last(self, state: RetryCallState) -> bool:
        return state.attempt_number >= self._options.attempts or (_asked_pause(state) or 0) > LONGEST_PAUSE

    def _tried(self, ask: Callable[[], Answer], doing: str) -> Answer:
        """Return the first answer that is none of those that say: later. Raises StoreError after the last attempt."""
        retrying = Retrying(retry=retry_if_exception_type(TryAgainError), stop=self._is_last, wait=_wait, reraise=True)
        try:
            return retrying(ask)
        except TryAgainError as error:
            raise StoreError(f"{doing}: {error.reason}", retry=True) from error

    def _change_once(self, request: Request, doing: str) -> Answer:
        answer = self._ask(request, doing)
        pause = pause_of(answer.headers) if answer.status == 409 else None
        if pause is not None:
            # So draft-ietf-httpapi-idempotency-key-header: the first request with this key is still under way.
            raise TryAgainError("the service answers 409", pause)
        return answer

    def _follow(self, url: httpx.URL, doing: str) -> Answer:
        """Follow redirects within the service; one to another host would carry credentials and values there."""
        for _ in range(_MOST_REDIRECTS):
            answer = self._ask(Request("GET", url), doing)
            if not 300 <= answer.status < 400:
                return _checked(answer, doing)
            target = url.join(answer.headers.get("Location", ""))
            if not same_origin(target, url):
                raise StoreError(f"{doing}: redirected to another host, which is not followed", retry=False)
            url = target
        raise StoreError(f"{doing}: redirected without end", retry=False)

    def _ask(self, request: Request, doing: str) -> Answer:
        """Send the request; a token that is refused is fetched anew once."""
        if self._tokens is None:
            return self._send(request, self._options.auth.headers, doing)
        token = self._tokens.current(doing)
        answer = self._send(request, {"Authorization": f"Bearer {token}"}, doing)
        if answer.status == 401:
            self._tokens.forget(token)
            answer = self._send(request, {"Authorization": f"Bearer {self._tokens.current(doing)}"}, doing)
        return answer

    def _send(self, request: Request, credentials: Mapping[str, str], doing: str) -> Answer:
        headers = {"Accept": "application/json", **request.headers, **credentials}
        url = _with_key(request.url, self._options.auth.query)
        return self._exchange.send(request.method, url, headers, doing, request.content)


def _checked(answer: Answer, doing: str) -> Answer:
    status = answer.status
    if status == 404:
        return answer
    _check_access(status, doing)
    if status != 200:
        raise StoreError(f"{doing}: the service answers {status}", retry=False)
    if not _may_be_json(answer.headers.get("Content-Type", "")):
        raise StoreError(f"{doing}: the service does not answer in JSON, by its Content-Type", retry=False)
    return answer


def _check_changed(answer: Answer, doing: str) -> None:
    status = answer.status
    if 200 <= status < 300 or status in (404, 410):
        return
    _check_access(status, doing)
    if status in (409, 422):
        raise ForbiddenError(f"{doing}: {status}: the service does not allow it")
    if 300 <= status < 400:
        # Where it leads, the method may be another one (RFC 9110, section 15.4).
        raise StoreError(f"{doing}: redirected, which is not followed where something is changed", retry=False)
    raise StoreError(f"{doing}: the service answers {status}", retry=False)


def _check_access(status: int, doing: str) -> None:
    if status in (401, 403):
        what = "the service refuses our credentials; check auth in stores.yml"
        raise StoreError(f"{doing}: {status}: {what}", retry=False)


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
