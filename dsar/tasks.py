"""What workers and beat run: load, call one action. No task takes a personal value, most take nothing.

The actions are imported when a task runs: they import the queue, and the queue these tasks.
"""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from dsar import restorations


@shared_task(name="dsar.run_step")
def run_step() -> None:
    """Take ready steps, of the request that is due first first, and run them."""
    from dsar.actions.fulfilment import running

    running.run_turn(clock=timezone.now)


@shared_task(name="dsar.sweep")
def sweep() -> None:
    """Re-drive whatever is due, stuck or orphaned."""
    from dsar.actions.fulfilment import running

    running.sweep(clock=timezone.now)


@shared_task(name="dsar.write_choices")
def write_choices() -> None:
    """Write what people switched on and off into their tenants' stores."""
    from dsar.actions.choosing import running

    running.run_due(clock=timezone.now)


@shared_task(name="dsar.write_stops")
def write_stops() -> None:
    """Mark in the tenants' stores what people had stopped, and put back what is stopped no more."""
    from dsar.actions.restricting import running

    running.run_due(clock=timezone.now)


@shared_task(name="dsar.write_suspensions")
def write_suspensions() -> None:
    """Hide the accounts of people whose deletion waits, and show those again who took it back."""
    from dsar.actions.suspending import running

    running.run_due(clock=timezone.now)


@shared_task(name="dsar.end_stops")
def end_stops() -> None:
    """End what people had stopped and were told would end by now."""
    from dsar.actions.restricting import ending

    ending.end_due(now=timezone.now())


@shared_task(name="dsar.tell_recipients")
def tell_recipients() -> None:
    """Tell those whom data had been passed to what became of it."""
    from dsar.actions.telling import sending

    sending.tell_due(clock=timezone.now)


@shared_task(name="dsar.clock_warnings")
def clock_warnings() -> None:
    """Warn the team of clocks that have used up 50, 75 and 90 % of their time."""
    from dsar.actions import warnings

    warnings.warn(now=timezone.now())


@shared_task(name="dsar.purge")
def purge() -> None:
    """Delete from every tenant's stores what is past its time, or report what would go until somebody approves."""
    from dsar.actions.purging import running

    running.run_due(clock=timezone.now)


@shared_task(name="dsar.run_checks")
def run_checks() -> None:
    """Hold data maps against their stores, and walk audit trails: on demand, and each once a day."""
    from dsar.actions.checking import running

    running.run_due(clock=timezone.now)


@shared_task(name="dsar.expire")
def expire() -> None:
    """Purge what has expired, close what was never verified or said, and forget to whom last messages went.

    Requests whose person was asked something, and never answered, go on.
    """
    from dsar.actions import expiry, verification
    from dsar.actions.conversation import asking
    from dsar.actions.correcting import lapsing
    from dsar.actions.erasing import forgetting
    from dsar.actions.seconding import standing

    expiry.purge(now=timezone.now())
    verification.lapse(now=timezone.now())
    lapsing.lapse(now=timezone.now())
    asking.lapse(now=timezone.now())
    standing.void_stale(now=timezone.now())
    forgetting.forget_last_messages()


@shared_task(name="dsar.expire_restorations")
def expire_restorations() -> None:
    """Destroy the keys of what erasures took, once its time is over."""
    restorations.expire_restorations(now=timezone.now())


@shared_task(name="dsar.watch_erasures")
def watch_erasures() -> None:
    """Look whether rows that were erased are there again."""
    from dsar.actions.erasing import watching

    watching.watch(clock=timezone.now)


@shared_task(name="dsar.retention")
def retention() -> None:
    """Delete what the portal itself has kept of requests for long enough."""
    from dsar.actions.retention import enforce

    enforce.enforce(now=timezone.now())


@shared_task(name="dsar.keep_figures")
def keep_figures() -> None:
    """Count what happened on the days that are over, and make what tenants publish of it."""
    from dsar.actions.figures import keeping, publishing

    keeping.keep_all(now=timezone.now())
    publishing.publish_all(now=timezone.now())


@shared_task(name="dsar.send_digests")
def send_digests() -> None:
    """Tell those of the team who want it each morning what is at risk today."""
    from dsar.actions.figures import digests

    digests.send_due(now=timezone.now())
