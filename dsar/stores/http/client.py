"""Requests to one service: in its rhythm, tried again where that can help, never longer than allowed.

The transport is used without httpx's client, which would log every address, and addresses hold personal
values. For the same reason no error quotes one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    wait_exponential_jitter,
)

from dsar.stores.base import StoreError
from dsar.stores.http.options import HttpOptions
from dsar.stores.http.paging import same_origin

#: A service that wants a longer pause (seconds) is left to a later attempt of the whole step.
LONGEST_PAUSE = 60
_MOST_REDIRECTS = 5
_backoff = wait_exponential_jitter(multiplier=0.1, max=20, jitter=0.2)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: 200 with its bytes, or 404."""

    status: int
    headers: httpx.Headers
    content: bytes


class _TryAgainError(Exception):
    """The service cannot answer now; `pause` is what it asked for, in seconds."""

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pause = pause


class HttpClient:
    """Asks one service. Safe to use from several threads."""

    def __init__(self, options: HttpOptions) -> None:
        self._options = options
        self._transport = httpx.HTTPTransport()
        self._lock = Lock()
        self._free_at = 0.0

    def get(self, url: httpx.URL, doing: str) -> Answer:
        """Return the answer to a GET; `doing` names dataset, collection and path. Raises StoreError."""
        retrying = Retrying(
            retry=retry_if_exception_type(_TryAgainError),
            stop=self._is_last,
            wait=_wait,
            reraise=True,
        )
        try:
            answer: Answer = retrying(self._follow, url, doing)
        except _TryAgainError as error:
            raise StoreError(f"{doing}: {error.reason}", retry=True) from error
        return answer

    def close(self) -> None:
        self._transport.close()

    def _is_last(self, state: RetryCallState) -> bool:
        return state.attempt_number >= self._options.attempts or (_asked_pause(state) or 0) > LONGEST_PAUSE

    def _follow(self, url: httpx.URL, doing: str) -> Answer:
        """Follow redirects within the service; one to another host would carry credentials and values there."""
        for _ in range(_MOST_REDIRECTS):
            answer = self._send(url, doing)
            if not 300 <= answer.status < 400:
                return self._checked(answer, doing)
            target = url.join(answer.headers.get("Location", ""))
            if not same_origin(target, url):
                raise StoreError(f"{doing}: redirected to another host, which is not followed", retry=False)
            url = target
        raise StoreError(f"{doing}: redirected without end", retry=False)

    def _checked(self, answer: Answer, doing: str) -> Answer:
        status = answer.status
        if status in (200, 404):
            return answer
        if status in (401, 403):
            what = "the service refuses our credentials; check auth in stores.yml"
            raise StoreError(f"{doing}: {status}: {what}", retry=False)
        if status in (408, 425, 429) or status >= 500:
            raise _TryAgainError(f"the service answers {status}", _pause(answer.headers))
        raise StoreError(f"{doing}: the service answers {status}", retry=False)

    def _send(self, url: httpx.URL, doing: str) -> Answer:
        self._wait_for_turn()
        timeout = self._options.timeout
        limits = dict.fromkeys(("connect", "read", "write", "pool"), timeout)
        request = httpx.Request("GET", url, headers=_headers(self._options.headers), extensions={"timeout": limits})
        try:
            response = self._transport.handle_request(request)
            try:
                return Answer(response.status_code, response.headers, self._body(response, doing))
            finally:
                response.close()
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _TryAgainError(type(error).__name__) from error

    def _body(self, response: httpx.Response, doing: str) -> bytes:
        """Return the body. A service that sends without end, or a byte at a time, is given up."""
        content = bytearray()
        started = time.monotonic()
        for piece in response.iter_bytes():
            content += piece
            if len(content) > self._options.max_bytes:
                raise StoreError(f"{doing}: an answer is longer than {self._options.max_bytes} bytes", retry=False)
            if time.monotonic() - started > 10 * self._options.timeout:
                raise _TryAgainError("the answer comes too slowly")
        return bytes(content)

    def _wait_for_turn(self) -> None:
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._free_at)
            self._free_at = turn + 1 / self._options.rate
        time.sleep(turn - now)


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    return {"User-Agent": "rights-portal", "Accept-Encoding": "gzip, deflate", **given}


def _wait(state: RetryCallState) -> float:
    """Wait as long as the service asks, else exponentially longer, with jitter so that workers spread out."""
    pause = _asked_pause(state)
    return _backoff(state) if pause is None else pause


def _asked_pause(state: RetryCallState) -> float | None:
    error = state.outcome.exception() if state.outcome else None
    return error.pause if isinstance(error, _TryAgainError) else None


def _pause(headers: httpx.Headers) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110, 10.2.3: seconds or a date), or None."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
