"""One request and its whole answer: in the service's rhythm, within limits of time and length.

The transport is used without httpx's client, which would log every address, and addresses hold personal
values. For the same reason no error quotes one.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock

import httpx

from dsar.stores.base import StoreError
from dsar.stores.http.deadline import deadline, is_over, make_transport
from dsar.stores.http.options import HttpOptions

#: A whole answer may take so many times the timeout for a piece of it.
_WHOLE = 10
_BUSY = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer of any status but those that say: later."""

    status: int
    headers: httpx.Headers
    content: bytes


class TryAgainError(Exception):
    """The service cannot answer now; `pause` is what it asked for, in seconds."""

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pause = pause


class Exchange:
    """Sends requests. Safe to use from several threads, which share the rate."""

    def __init__(self, options: HttpOptions) -> None:
        self._options = options
        self._transport = make_transport()
        self._lock = Lock()
        self._free_at = 0.0

    def send(self, method: str, url: httpx.URL, headers: dict[str, str], doing: str, content: bytes = b"") -> Answer:
        """Return the answer. Raises TryAgainError where waiting can help, StoreError for one that is too long."""
        self._wait_for_turn()
        limits = dict.fromkeys(("connect", "read", "write", "pool"), self._options.timeout)
        given = {"User-Agent": "rights-portal", "Accept-Encoding": "gzip, deflate", **headers}
        request = httpx.Request(method, url, headers=given, content=content, extensions={"timeout": limits})
        with deadline(_WHOLE * self._options.timeout):
            try:
                answer = self._answer(request, doing)
            except (httpx.TransportError, httpx.DecodingError) as error:
                reason = "the answer comes too slowly" if is_over() else type(error).__name__
                raise TryAgainError(reason) from error
        if answer.status in _BUSY or answer.status >= 500:
            raise TryAgainError(f"the service answers {answer.status}", pause_of(answer.headers))
        return answer

    def close(self) -> None:
        self._transport.close()

    def _answer(self, request: httpx.Request, doing: str) -> Answer:
        response = self._transport.handle_request(request)
        try:
            return Answer(response.status_code, response.headers, self._body(response, doing))
        finally:
            response.close()

    def _body(self, response: httpx.Response, doing: str) -> bytes:
        content = bytearray()
        for piece in response.iter_bytes():
            content += piece
            if len(content) > self._options.max_bytes:
                raise StoreError(f"{doing}: an answer is longer than {self._options.max_bytes} bytes", retry=False)
        return bytes(content)

    def _wait_for_turn(self) -> None:
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._free_at)
            self._free_at = turn + 1 / self._options.rate
        time.sleep(turn - now)


def pause_of(headers: httpx.Headers) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110, 10.2.3: seconds or a date), or None."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until = _moment(text)
    # By the service's own clock, where it tells it: ours may differ by more than the pause.
    now = _moment(headers.get("Date", "")) or datetime.now(UTC)
    return None if until is None else max(0.0, (until - now).total_seconds())


def _moment(text: str) -> datetime | None:
    """Return the moment of an HTTP date, which is always GMT; None if it is none."""
    try:
        return parsedate_to_datetime(text).replace(tzinfo=UTC)
    except (ValueError, TypeError):
        return None
