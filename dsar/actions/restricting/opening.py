"""A stop is asked for; what needs nobody's decision is done at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from accounts.addresses import address_hash
from accounts.audit import Actor
from dsar.actions import preferences
from dsar.actions.restricting.effects import take_effect
from dsar.actions.restricting.purposes import titles
from dsar.actions.trail import note
from dsar.emails import restrictions as restriction_emails
from dsar.models import Ground, Outcome, Purpose, RequestType, Restriction, Status, SubjectRequest
from dsar.models.choices import ASKED_GROUNDS
from dsar.models.transitions import Move, move
from dsar.restrictions import EVERYTHING


class NotAskedError(Exception):
    """What was asked for lacks something; the message says what, for the person."""


def check(*, kind: RequestType, purposes: Sequence[str], ground: str, words: str) -> None:
    """Raise NotAskedError if a filing is not whole. That the purposes are known is looked at when they are written."""
    if not purposes:
        raise NotAskedError(gettext("Choose what you want to stop."))
    if kind == RequestType.OBJECTION:
        if EVERYTHING in purposes:
            raise NotAskedError(gettext("Choose the uses that you object to, one by one."))
        if needs_decision(purposes) and not words:
            raise NotAskedError(gettext("Say what it is about your situation."))
        return
    if ground not in ASKED_GROUNDS:
        raise NotAskedError(gettext("Choose the reason."))
    if not words:
        raise NotAskedError(gettext("Say in your own words what it is about."))


def needs_decision(purposes: Sequence[str]) -> bool:
    """Return whether an objection goes beyond what rests on consent: that ends at once (GDPR 7(3), 21(3))."""
    return any(purpose not in Purpose.values for purpose in purposes)


def ask(
    subject_request: SubjectRequest, *, purposes: Sequence[str], ground: str, by: Actor | None, now: datetime
) -> bool:
    """Write what is to be stopped, in the caller's transaction; return whether something is left to decide.

    What an objection names and rests on consent is switched off here, whoever asks: it takes no proof of who they are
    (CCPA regulations § 7060(b)), and the person is told. Raises NotAskedError, KeyringError.
    """
    known = titles(subject_request.tenant)
    if not set(purposes) <= known.keys():
        raise NotAskedError(gettext("Choose from the list what you want to stop."))
    is_objection = subject_request.type == RequestType.OBJECTION
    at_once = [Purpose(name) for name in purposes if is_objection and name in Purpose.values]
    rest = [EVERYTHING] if EVERYTHING in purposes else [name for name in purposes if name not in at_once]
    _switch_off(subject_request, at_once, now=now)
    hashed = address_hash(subject_request.tenant, subject_request.email)
    for purpose in rest:
        Restriction.objects.create(
            tenant=subject_request.tenant,
            subject_request=subject_request,
            address_hash=hashed,
            purpose=purpose,
            title=known[purpose],
            ground=Ground.OBJECTION if is_objection else ground,
        )
    if not rest:
        _settle(subject_request, by=by, now=now)
    if at_once and (by is None or not rest):
        restriction_emails.restriction_taken(subject_request, stopped=(), now=now)
    return bool(rest)


def begin(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Stop what an objection is against while it is looked at (GDPR Article 18(1)(d)), in the caller's transaction."""
    rows = subject_request.restrictions.filter(since=None, ended_at=None, ground=Ground.OBJECTION)
    stopped = list(rows)
    if rows.update(since=now):
        note(subject_request, "restriction.begun", by=None, at=now, purposes=len(stopped))
        take_effect(stopped, now=now)
        restriction_emails.restriction_taken(subject_request, stopped=stopped, now=now)


def _switch_off(subject_request: SubjectRequest, purposes: Sequence[Purpose], *, now: datetime) -> None:
    for purpose in purposes:
        preferences.object_to(
            tenant=subject_request.tenant,
            email=subject_request.email,
            account=subject_request.account,
            purpose=purpose,
            now=now,
        )
    if purposes:
        with translation.override(subject_request.reads):
            names = ", ".join(str(purpose.label) for purpose in purposes)
            subject_request.answer = _("Switched off at once: %(names)s.") % {"names": names}
        subject_request.save(update_fields=["answer"])


def _settle(subject_request: SubjectRequest, *, by: Actor | None, now: datetime) -> None:
    verified = {"verified_at": now} if by is not None else {}
    move(subject_request, by=Move.SETTLE, to=Status.FULFILLED, outcome=Outcome.FULL, closed_at=now, **verified)
    note(subject_request, "objection.settled", by=by, at=now)
