"""Who is told of an erasure, as the team sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dsar.models import RecipientNotice, SubjectRequest


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """One recipient; `kind` and `icon` are of the tag with the word for how far it is."""

    notice: RecipientNotice
    kind: str
    icon: str
    label: str | Promise


def recipient_rows(subject_request: SubjectRequest) -> Sequence[RecipientRow]:
    """Return whom the case lists, in the order of the data map."""
    return [RecipientRow(notice, *_look(notice)) for notice in subject_request.recipient_notices.all()]


def _look(notice: RecipientNotice) -> tuple[str, str, str | Promise]:
    if notice.receipt_at:
        return "good", "check", _("Confirmed")
    if notice.given_up_at:
        return "bad", "alert-triangle", _("Not told")
    if notice.told_at:
        return "note", "mail", _("Told, not confirmed yet")
    return "warn", "clock", _("Being told")
