"""Keeps a worker's lease while it works: a store may think for minutes before its first row."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import DatabaseError, connection

from dsar.actions.fulfilment.leases import Hold, LeaseLostError, lease

logger = logging.getLogger(__name__)


@contextmanager
def kept(holds: Sequence[Hold], *, clock: Callable[[], datetime]) -> Iterator[None]:
    """Renew the leases from a thread of its own; it dies with the process, and then they run out."""
    done = threading.Event()
    thread = threading.Thread(target=_keep, args=(holds, clock, done), name="leases", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _keep(holds: Sequence[Hold], clock: Callable[[], datetime], done: threading.Event) -> None:
    try:
        while not done.wait(lease().total_seconds() / 3):
            holds = [hold for hold in holds if _renewed(hold, clock)]
            if not holds:
                return
    finally:
        connection.close()


def _renewed(hold: Hold, clock: Callable[[], datetime]) -> bool:
    """Return whether to go on: not once the step is another's, or finished."""
    try:
        hold.renew(now=clock())
    except LeaseLostError:
        return False
    except DatabaseError as error:  # it may be well again before the lease has run out
        logger.warning("step %s: its lease could not be renewed: %s", hold.step.pk, type(error).__name__)
    return True
