"""The only place that enqueues. The broker wakes workers; which step they take, the database says."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from accounts import waking
from dsar import tasks

#: More wakes than this at once would only find nothing to do.
MOST_WAKES = 50


def wake_workers(count: int = 1) -> None:
    """Wake so many workers once the transaction commits."""
    transaction.on_commit(partial(_wake, min(count, MOST_WAKES)))


def wake_for_choices() -> None:
    """Wake a worker for what somebody has switched on or off, once the transaction commits."""
    transaction.on_commit(partial(waking.wake, partial(tasks.write_choices.apply_async, retry=False), what="workers"))


def wake_for_stops() -> None:
    """Wake a worker for what somebody had stopped, once the transaction commits."""
    transaction.on_commit(partial(waking.wake, partial(tasks.write_stops.apply_async, retry=False), what="workers"))


def wake_for_suspensions() -> None:
    """Wake a worker for accounts that are to be hidden or shown, once the transaction commits."""
    send = partial(tasks.write_suspensions.apply_async, retry=False)
    transaction.on_commit(partial(waking.wake, send, what="workers"))


def wake_teller() -> None:
    """Wake a worker for recipients that are to be told, once the transaction commits; else beat does."""
    transaction.on_commit(_wake_teller)


def _wake_teller() -> None:
    waking.wake(_send_teller, what="the teller")


def _send_teller() -> None:
    tasks.tell_recipients.apply_async(retry=False)


def wake_purger() -> None:
    """Wake a worker for the purges whose turn it is, once the transaction commits; else beat does within the hour."""
    transaction.on_commit(partial(waking.wake, partial(tasks.purge.apply_async, retry=False), what="the purger"))


def wake_checker() -> None:
    """Wake a worker for checks that somebody has asked for, once the transaction commits; else beat does."""
    transaction.on_commit(partial(waking.wake, partial(tasks.run_checks.apply_async, retry=False), what="the checker"))


def _wake(count: int) -> None:
    """Without a broker the steps wait for the sweep: the rows are the truth, and nobody's page fails for it."""
    waking.wake(partial(_send, count), what="workers")


def _send(count: int) -> None:
    for _ in range(count):
        tasks.run_step.apply_async(retry=False)
