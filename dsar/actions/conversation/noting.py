"""Notes of the team to itself: the person never reads them, and no bundle holds them (decision 0031)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.formats import number_format
from django.utils.translation import gettext

from accounts.audit import together
from accounts.models import Membership, User
from accounts.permissions import ROLE_PERMISSIONS, Permission
from dsar.actions.conversation.writing import MOST_CHARACTERS, MessageError, new_token
from dsar.actions.delivery.releasing import refuse_own
from dsar.actions.trail import note
from dsar.emails import conversation as emails
from dsar.models import InternalNote, SubjectRequest

#: "@rita" or "@rita@acme.example"; not the address in "write to ann@example.com".
_MENTION = re.compile(r"(?<![\w@.])@(\w[\w.+-]*(?:@[\w.-]+)?)")
_READERS = [role for role, may in ROLE_PERMISSIONS.items() if Permission.READ_PAYLOADS in may]


@dataclass(frozen=True, slots=True)
class Noted:
    """A note, whom it mentions, and the names in it that nobody on the team has."""

    note: InternalNote
    mentioned: tuple[User, ...]
    unknown: tuple[str, ...]


def colleagues(subject_request: SubjectRequest) -> list[User]:
    """Return who of the team may read this case's notes, by address: not the member whose own request it is."""
    members = Membership.objects.filter(tenant=subject_request.tenant, role__in=_READERS).values("user")
    # Whose request it is, by every address of theirs (queries.is_own).
    own = Q(pk=subject_request.account_id) | Q(email=subject_request.email)
    own |= Q(emailaddress__email__iexact=subject_request.email)
    return list(User.objects.filter(pk__in=members, is_active=True).exclude(own).order_by("email"))


def add_note(subject_request: SubjectRequest, *, text: str, token: str, by: User, now: datetime) -> Noted:
    """Write a note and tell those whom it mentions. Raises OwnRequestError, MessageError.

    A closed case takes notes too, until its texts are deleted.
    """
    refuse_own(subject_request, by=by)
    text = text.strip()
    if not text or len(text) > MOST_CHARACTERS:
        raise MessageError(
            gettext("Write a note, of %(n)s characters at most.")
            % {"n": number_format(MOST_CHARACTERS, force_grouping=True)}
        )
    team = colleagues(subject_request) if "@" in text else []
    mentioned, unknown = _mentions(text, team)
    with transaction.atomic(), together():
        _lock(subject_request)
        before = subject_request.notes.filter(token=token, text=text).first()
        if before is not None:
            return Noted(before, (), ())
        written = InternalNote.objects.create(
            subject_request=subject_request, by=by, text=text, token=_free(subject_request, token), at=now
        )
        written.mentioned.set(mentioned)
        note(subject_request, "note.written", by=by, at=now, mentioned=len(mentioned))
        for member in mentioned:
            if member != by:
                emails.mentioned(subject_request, to=member, now=now)
    return Noted(written, tuple(mentioned), tuple(unknown))


def _lock(subject_request: SubjectRequest) -> None:
    locked = SubjectRequest.objects.select_for_update(no_key=True).filter(pk=subject_request.pk, texts_deleted_at=None)
    if not locked.exists():
        raise MessageError(gettext("The texts of this request are deleted: nothing more is written about it."))


def _free(subject_request: SubjectRequest, token: str) -> str:
    is_used = not token or subject_request.notes.filter(token=token).exists()
    return new_token() if is_used else token


def _mentions(text: str, team: Iterable[User]) -> tuple[list[User], list[str]]:
    """Return who is mentioned, each once, and the names that nobody has. Two of one name are both meant."""
    known: dict[str, list[User]] = {}
    for member in team:
        for name in (member.email, member.email.partition("@")[0]):
            known.setdefault(name.lower(), []).append(member)
    names = dict.fromkeys(name.rstrip(".-").lower() for name in _MENTION.findall(text))
    mentioned = dict.fromkeys(member for name in names for member in known.get(name, ()))
    return list(mentioned), [name for name in names if name not in known]
