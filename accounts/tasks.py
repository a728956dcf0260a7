"""What workers do for accounts. Thin: read the clock, call one function."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from accounts import address_changes, outbox, sessions, waking
from accounts.audit.checkpoints import write_checkpoints


@shared_task(name="accounts.send_outbox", ignore_result=True)
def send_outbox() -> int:
    """Send the messages that are due; return how many left."""
    return outbox.send_due(now=timezone.now())


@shared_task(name="accounts.forget_messages", ignore_result=True)
def forget_messages() -> int:
    """Delete messages that are older than the portal keeps them; return how many."""
    return outbox.forget(now=timezone.now())


@shared_task(name="accounts.forget_sessions", ignore_result=True)
def forget_sessions() -> int:
    """Delete sessions that are over; return how many."""
    return sessions.forget_sessions(now=timezone.now())


@shared_task(name="accounts.forget_address_changes", ignore_result=True)
def forget_address_changes() -> int:
    """Delete old addresses whose change can no longer be stopped; return how many."""
    return address_changes.forget_changes(now=timezone.now())


@shared_task(name="accounts.write_checkpoints", ignore_result=True)
def write_audit_checkpoints() -> int:
    """Write a signed checkpoint of every audit chain that moved; return how many."""
    return write_checkpoints(now=timezone.now())


def wake() -> None:
    """Ask a worker to send now. Without a broker the message waits for the next sweep: the row is the truth."""
    waking.wake(lambda: send_outbox.apply_async(retry=False), what="the email sender")
