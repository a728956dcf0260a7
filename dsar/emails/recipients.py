"""The messages about those whom data had been passed to, one function each, as in dsar.emails; three templates each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts import languages
from accounts.models import OutgoingEmail
from accounts.tenancy import tenant_url
from dsar.models import NoticeKind, SubjectRequest
from dsar.sending import send, send_to_team

_MOST = 20  # places told in one message


def recipient_untold(subject_request: SubjectRequest, *, kind: NoticeKind, name: str, why: str, now: datetime) -> None:
    """Tell the team that a recipient of the data could not be told of what became of it, and why."""
    context = {"kind": str(kind), "name": name, "why": why}
    send_to_team(subject_request, "recipient_untold", now=now, context=context)


def recipient_notice(
    subject_request: SubjectRequest,
    *,
    to: str,
    receipt_path: str,
    erased: Sequence[str],
    identifier: str = "",
    erased_at: datetime,
    now: datetime,
) -> OutgoingEmail:
    """Tell a recipient of the data that it is erased (GDPR Article 19), in the tenant's language; return the message.

    `erased` are categories or collections in words. `identifier` is what the recipient knows the person by, where the
    data map says so, and the only value of the person's in it. `receipt_path` is a page of this tenant's at which they
    confirm it. `to` and who answers there are the caller's to know.
    """
    context = {**_first(erased, "erased"), "identifier": identifier, "erased_at": erased_at}
    return _to_recipient(subject_request, "recipient_notice", to, receipt_path, context, now=now)


def recipient_corrected(
    subject_request: SubjectRequest,
    *,
    to: str,
    receipt_path: str,
    corrected: Sequence[str],
    identifier: str = "",
    is_known_by_it: bool = False,
    corrected_at: datetime,
    now: datetime,
) -> OutgoingEmail:
    """Tell a recipient of the data that it is corrected (GDPR Article 19); return the message. It holds no new value.

    `corrected` are fields in words. `identifier` is what the recipient knows the person by, as it was before, where
    the data map says so; `is_known_by_it`: that was corrected, too. The rest is as in `recipient_notice`.
    """
    context = {
        **_first(corrected, "corrected"),
        "identifier": identifier,
        "is_known_by_it": is_known_by_it,
        "corrected_at": corrected_at,
    }
    return _to_recipient(subject_request, "recipient_corrected", to, receipt_path, context, now=now)


def recipient_undone(
    subject_request: SubjectRequest, *, to: str, receipt_path: str, undone_at: datetime, now: datetime
) -> OutgoingEmail:
    """Tell whoever was told of an erasure that it was undone; return the message. Whose it was, nobody knows by now."""
    return _to_recipient(subject_request, "recipient_undone", to, receipt_path, {"undone_at": undone_at}, now=now)


def recipient_restricted(
    subject_request: SubjectRequest,
    *,
    to: str,
    receipt_path: str,
    stopped: Sequence[str],
    identifier: str = "",
    since: datetime,
    now: datetime,
) -> OutgoingEmail:
    """Tell a recipient of the data that it is kept and not used (GDPR Articles 18, 19); return the message.

    `stopped` are uses in words. The rest is as in `recipient_notice`.
    """
    context = {**_first(stopped, "stopped"), "identifier": identifier, "since": since}
    return _to_recipient(subject_request, "recipient_restricted", to, receipt_path, context, now=now)


def recipient_unrestricted(
    subject_request: SubjectRequest,
    *,
    to: str,
    receipt_path: str,
    lifted: Sequence[str],
    still: Sequence[str] = (),
    identifier: str = "",
    lifted_at: datetime,
    now: datetime,
) -> OutgoingEmail:
    """Tell whoever was told of a stop that it has ended; return the message. `still` is what stops all the same."""
    context = {**_first(lifted, "lifted"), "still": still, "identifier": identifier, "lifted_at": lifted_at}
    return _to_recipient(subject_request, "recipient_unrestricted", to, receipt_path, context, now=now)


def _first(names: Sequence[str], name: str) -> dict[str, Any]:
    return {name: names[:_MOST], "more": max(0, len(names) - _MOST)}


def _to_recipient(
    subject_request: SubjectRequest, name: str, to: str, receipt_path: str, context: dict[str, Any], *, now: datetime
) -> OutgoingEmail:
    tenant = subject_request.tenant
    link = tenant_url(tenant, receipt_path)
    return send(subject_request, name, to=to, language=languages.default(tenant), link=link, now=now, context=context)
