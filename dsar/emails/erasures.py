"""The messages that an erasure alone sends, one function each, as in dsar.emails; three templates each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from accounts.tenancy import tenant_url
from dsar.models import SubjectRequest
from dsar.sending import send, send_to_team

_MOST = 20  # places told in one message


def erasure_reappeared(subject_request: SubjectRequest, *, places: Sequence[tuple[str, int]], now: datetime) -> None:
    """Tell the team that rows are back that were erased: by collection, as the data map calls it, how many."""
    context = {
        "places": places[:_MOST],
        "more": max(0, len(places) - _MOST),
        "rows": sum(rows for _, rows in places),
    }
    send_to_team(subject_request, "erasure_reappeared", now=now, context=context)


def erasure_done(
    subject_request: SubjectRequest,
    *,
    to: str,
    certificate_path: str,
    secret: str,
    fetchable_until: datetime,
    restorable_until: datetime | None,
    uncopied: Sequence[str] = (),
    account_ends: bool = True,
    recipients: Sequence[str] = (),
    now: datetime,
) -> None:
    """Tell the person for the last time: it is done and proven, and how the certificate is fetched.

    `account_ends`: the account is gone too, as it is unless there is none, or it is needed still. The message's row in
    the outbox holds the address and the secret: it must not outlive its sending. `restorable_until` is the end of the
    window for undoing an error, None if there is none; `uncopied` are the stores for which there is none all the same.
    `recipients` are the names of those who are told.
    """
    context = {
        "secret": secret,
        "fetchable_until": fetchable_until,
        "restorable_until": restorable_until,
        "uncopied": uncopied[:_MOST],
        "more_uncopied": max(0, len(uncopied) - _MOST),
        "account_ends": account_ends,
        "recipients": recipients[:_MOST],
        "more": max(0, len(recipients) - _MOST),
    }
    link = tenant_url(subject_request.tenant, certificate_path)
    send(
        subject_request,
        "erasure_done",
        to=to,
        language=subject_request.reads,
        link=link,
        now=now,
        context=context,
    )
