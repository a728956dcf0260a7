"""A transport whose every read ends by a moment: a service that sends a byte now and then is not waited for.

A timeout holds for each read; a byte a second passes any. The moment holds for a whole answer, its headers too.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import local
from typing import Any

import httpcore
import httpx

_this_thread = local()


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Within the block, reads of this thread end in so many seconds from now."""
    _this_thread.ends_at = time.monotonic() + seconds
    try:
        yield
    finally:
        del _this_thread.ends_at


def is_over() -> bool:
    """Return whether this thread's moment has passed."""
    return _left(None) == 0


def make_transport() -> httpx.HTTPTransport:
    """Return a transport that keeps deadlines."""
    transport = httpx.HTTPTransport(verify=_ssl_context())
    # httpx has no parameter for it; the pool is the one it makes itself, but for its way to the network.
    transport._pool = httpcore.ConnectionPool(
        ssl_context=_ssl_context(),
        max_connections=100,
        max_keepalive_connections=20,
        keepalive_expiry=5.0,
        network_backend=_Backend(),
    )
    return transport


@cache
def _ssl_context() -> ssl.SSLContext:
    """Made once a process: reading all certificates of the authorities takes some 30 ms."""
    return httpx.create_ssl_context()


def _left(timeout: float | None) -> float:
    """Return the seconds that a read may take: the timeout, or what is left until the moment."""
    ends_at = getattr(_this_thread, "ends_at", None)
    left = float("inf") if ends_at is None else max(0.0, ends_at - time.monotonic())
    return left if timeout is None else min(timeout, left)


class _Backend(httpcore.SyncBackend):
    def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        return _Stream(super().connect_tcp(*args, **kwargs))


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        seconds = _left(timeout)
        if seconds == 0:
            raise httpcore.ReadTimeout
        return self._stream.read(max_bytes, None if seconds == float("inf") else seconds)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
