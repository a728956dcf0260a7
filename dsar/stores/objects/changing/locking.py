"""One erasure at a time in a folder, whatever store it belongs to: stores may lie within each other."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dsar.stores.base import StoreError

_WAIT_SECONDS = 10.0
_POLL_SECONDS = 0.05


@contextmanager
def locked(folder: str) -> Iterator[None]:
    """Hold a folder for oneself, and those above together with others. Raises StoreError if it stays held."""
    path = Path(folder).resolve()
    with ExitStack() as stack:
        for above in reversed(path.parents):
            _lock(stack, above, fcntl.LOCK_SH)
        _lock(stack, path, fcntl.LOCK_EX)
        yield


def _lock(stack: ExitStack, folder: Path, how: int) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    stack.callback(os.close, handle)  # which gives the lock back
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise StoreError("another erasure is at work in these files", retry=True) from None
            time.sleep(_POLL_SECONDS)
        else:
            return
