"""Whether somebody has a file open for writing, and keeping others from opening it so: Linux' leases (fcntl(2)).

Who opens a file for writing while a lease is held waits until it is given back, or for 45 seconds
(/proc/sys/fs/lease-break-time). Only its owner, or who has CAP_LEASE, may have a lease of a file.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from dsar.stores.base import StoreError

#: Where no lease can be had, a file that was written to so many seconds ago or less counts as open for writing.
QUIET_SECONDS = 600
_POLL_SECONDS = 0.001
#: No lease of this kind of file system, of another's file, or of this system at all.
_NO_LEASES = frozenset({errno.EACCES, errno.EINVAL, errno.ENOLCK, errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP})


@contextmanager
def unwritten(handle: int, name: str, *, seconds: float) -> Iterator[None]:
    """Hold a file (open to be read) that nobody has open for writing, and let nobody begin to.

    Waits for writers so long. Raises StoreError (for retry) if they stay.
    """
    deadline = time.monotonic() + seconds
    while not (is_leased := _lease(handle, name)):
        if is_leased is None:
            break
        if time.monotonic() > deadline:
            raise StoreError(f"{name}: is open for writing elsewhere; wait until it is closed", retry=True)
        time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        if is_leased:
            fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)


def _lease(handle: int, name: str) -> bool | None:
    """Return whether the lease was had; None where there are none and the file is old enough. Raises StoreError."""
    try:
        # The signal that tells of others: by default SIGIO, which ends the process; this one is ignored.
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except (OSError, AttributeError) as error:
        if getattr(error, "errno", None) == errno.EAGAIN:
            return False
        if isinstance(error, OSError) and error.errno not in _NO_LEASES:
            raise
        if time.time() - os.fstat(handle).st_mtime < QUIET_SECONDS:
            told = f"was written to in the last {QUIET_SECONDS // 60} minutes, and whether it still is cannot be told"
            raise StoreError(f"{name}: {told}; wait until it is left alone", retry=True) from None
        return None
    return True
