"""When the mail service refuses: a rate limit, and an odd 429 or 503 that comes in a fixed order."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus

_TOO_MANY_EVERY = 13
_UNAVAILABLE_EVERY = 19
RETRY_AFTER_SECONDS = 1


@dataclass
class Manners:
    """Counts requests, from any thread. `per_second` may also come at once as a burst."""

    per_second: float
    hiccups: bool
    _served: int = 0
    _left: float = field(init=False)
    _filled_at: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._left = self.per_second

    def refuse(self) -> HTTPStatus | None:
        """Count one request and return the status to refuse it with, or None to serve it."""
        with self._lock:
            self._served += 1
            if self._over_the_limit():
                return HTTPStatus.TOO_MANY_REQUESTS
            return self._hiccup() if self.hiccups else None

    def _over_the_limit(self) -> bool:
        now = time.monotonic()
        self._left = min(self.per_second, self._left + (now - self._filled_at) * self.per_second)
        self._filled_at = now
        if self._left < 1:
            return True
        self._left -= 1
        return False

    def _hiccup(self) -> HTTPStatus | None:
        if self._served % _TOO_MANY_EVERY == 0:
            return HTTPStatus.TOO_MANY_REQUESTS
        if self._served % _UNAVAILABLE_EVERY == 0:
            return HTTPStatus.SERVICE_UNAVAILABLE
        return None
