"""How far the redaction of a request is: what is undecided, what is hidden, and whether the bundle shows it so."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsar.actions.redacting.sealed import Keys
from dsar.bundle.contents import BundleContents
from dsar.models import Bundle, HideReason, RedactionValue, RedactionVerdict, Status, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError
from dsar.redaction.applying import Accepted
from dsar.redaction.kinds import Kind
from dsar.redaction.suggesting import Key
from dsar.stores.redacting import folded

#: What a bundle's summary says of redaction: the fingerprint of what was hidden, and what the person is told of it.
FINGERPRINT, TOLD = "redaction", "redacted"
_REASONS = {str(reason.label): reason.value for reason in HideReason}


def open_values(subject_request: SubjectRequest) -> int:
    """Return how many different values nobody has decided on."""
    undecided = subject_request.redaction_values.filter(verdict=RedactionVerdict.OPEN)
    return undecided.values("mark").distinct().order_by().count()


def accepted(subject_request: SubjectRequest) -> tuple[Mapping[Key, list[Accepted]], str]:
    """Return what is to be hidden, by collection, and its fingerprint ("" for nothing)."""
    found = defaultdict[Key, list[Accepted]](list)
    rows = list(_hidden(subject_request))
    if not rows:
        return found, ""
    keys = Keys(subject_request)
    for row in rows:
        reason = str(HideReason(row.reason).label)
        form = folded(keys.open(row).value)
        found[row.dataset, row.collection].append(Accepted(form, Kind(row.kind), reason, row.words))
    return found, _fingerprint(rows)


def is_stale(subject_request: SubjectRequest, bundle: Bundle) -> bool:
    """Tell whether other values are to be hidden than are in the bundle, or for another reason."""
    return bool(bundle.summary.get(FINGERPRINT, "") != _fingerprint(list(_hidden(subject_request))))


def unsettled(subject_request: SubjectRequest, bundle: Bundle) -> str:
    """Return what is to be done about other people's data before a bundle is released; "" for nothing.

    Locks the request, in the caller's transaction: nobody decides otherwise meanwhile.
    """
    SubjectRequest.objects.select_for_update(no_key=True).filter(pk=subject_request.pk).first()
    undecided = open_values(subject_request)
    if undecided:
        return ngettext(
            "%(count)s value may be about somebody else, and nobody has decided on it.",
            "%(count)s values may be about somebody else, and nobody has decided on them.",
            undecided,
        ) % {"count": undecided}
    if is_stale(subject_request, bundle):
        return _("What you decided to hide is not in this bundle yet: pack it anew first.")
    return ""


def told(contents: BundleContents) -> list[dict[str, Any]]:
    """Return what is hidden, by collection, kind and reason, for the person's page: counts and codes, no value."""
    return [
        {
            "title": item.collection.title or item.collection.name,
            "kind": one.kind,
            "reason": _REASONS.get(one.reason, ""),
            "values": one.values,
            "places": one.places,
        }
        for store in contents.stores
        for item in store.collections
        for one in item.redacted
    ]


def hold_for_release(subject_request: SubjectRequest) -> None:
    """Lock a request that waits for its release, in the caller's transaction. Raises ImpossibleMoveError."""
    waiting = SubjectRequest.objects.select_for_update(no_key=True).filter(status=Status.AWAITING_RELEASE)
    if waiting.filter(pk=subject_request.pk).first() is None:
        raise ImpossibleMoveError(_("This request does not wait for its release. Look at it again."))


def _hidden(subject_request: SubjectRequest) -> Any:
    hidden = subject_request.redaction_values.filter(verdict=RedactionVerdict.HIDE)
    return hidden.order_by("mark", "dataset", "collection")


def _fingerprint(rows: list[RedactionValue]) -> str:
    if not rows:
        return ""
    lines = ("\t".join((row.mark, row.dataset, row.collection, row.kind, row.reason, row.words)) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
