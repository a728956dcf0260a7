"""Wakes workers through the broker without ever waiting for it: a wake is only a hint, the rows say what is to do."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)
#: A page waits so long for a broker, in seconds; redis-py alone would try again for six, and for a silent one longer.
PATIENCE = 0.4
_overdue: set[threading.Thread] = set()


def wake(send: Callable[[], object], *, what: str) -> bool:
    """Call `send`, which speaks to the broker, for PATIENCE at most; return whether it is known to have worked.

    While an earlier one still hangs nothing is tried. What did not get through is done by the next sweep.
    Raises what `send` raises but for a broker that is away.
    """
    if any(thread.is_alive() for thread in tuple(_overdue)):
        return _missed(what, "the broker does not answer")
    _overdue.clear()
    failures: list[Exception] = []
    thread = threading.Thread(target=_send, args=(send, failures), name=f"wake {what}", daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if thread.is_alive():
        _overdue.add(thread)
        return _missed(what, "the broker does not answer yet")
    if not failures:
        return True
    if not isinstance(failures[0], OperationalError):
        raise failures[0]
    return _missed(what, type(failures[0]).__name__)


def _missed(what: str, reason: str) -> bool:
    logger.warning("%s could not be woken: %s", what, reason)
    return False


def _send(send: Callable[[], object], failures: list[Exception]) -> None:
    try:
        send()
    except Exception as error:  # it would end the thread alone: the caller raises it
        failures.append(error)
