"""A message that is overtaken by what happened since is not sent any more."""

from __future__ import annotations

from datetime import datetime

from dsar.actions.trail import note
from dsar.models import NoticeChannel, RecipientNotice


def call_off(notice: RecipientNotice, why: str, *, now: datetime) -> bool:
    """Send a webhook nothing of it any more, in the caller's transaction; what was to be sent goes.

    Return whether nobody had tried to send it: else it may have arrived all the same. An email has left for the outbox.
    """
    unsent = RecipientNotice.objects.filter(pk=notice.pk, channel=NoticeChannel.WEBHOOK, told_at=None, given_up_at=None)
    changes = {"body": "", "due_at": None, "given_up_at": now, "error": why}
    is_untried = unsent.filter(attempts=0).update(**changes) == 1
    if is_untried or unsent.update(**changes):
        note(notice.subject_request, "recipient.given_up", by=None, at=now, notice=notice.pk, attempts=notice.attempts)
    return is_untried
