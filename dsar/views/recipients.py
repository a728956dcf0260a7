"""Who is told of what became of data that they had got, as the team and the person see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dsar.models import NoticeKind, RecipientNotice, SubjectRequest

_TITLES: Mapping[NoticeKind, Promise] = {
    NoticeKind.ERASURE: _("Who is told that it is erased"),
    NoticeKind.CORRECTION: _("Who is told that it is corrected"),
    NoticeKind.ERASURE_UNDONE: _("Who is told that it is not erased after all"),
    NoticeKind.RESTRICTION: _("Who is told that it may not be used"),
    NoticeKind.RESTRICTION_LIFTED: _("Who is told that it may be used again"),
}


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """One recipient; `kind` and `icon` are of the tag with the word for how far it is."""

    notice: RecipientNotice
    kind: str
    icon: str
    label: str | Promise


@dataclass(frozen=True, slots=True)
class RecipientTable:
    """Those who are told of one thing."""

    key: str
    title: str | Promise
    rows: Sequence[RecipientRow]


def recipient_tables(subject_request: SubjectRequest) -> Sequence[RecipientTable]:
    """Return whom a request's pages list: by what they are told of, then in the order of the data map."""
    notices = sorted(subject_request.recipient_notices.all(), key=lambda notice: (_place(notice), notice.pk))
    return [
        RecipientTable(kind, _TITLES[NoticeKind(kind)], [RecipientRow(notice, *_look(notice)) for notice in group])
        for kind, group in groupby(notices, key=lambda notice: notice.kind)
    ]


def _place(notice: RecipientNotice) -> int:
    return list(_TITLES).index(NoticeKind(notice.kind))


def _look(notice: RecipientNotice) -> tuple[str, str, str | Promise]:
    if notice.receipt_at:
        return "good", "check", _("Confirmed")
    if notice.given_up_at:
        return "bad", "alert-triangle", _("Not told")
    if notice.told_at:
        return "note", "mail", _("Told, not confirmed yet")
    return "warn", "clock", _("Being told")
