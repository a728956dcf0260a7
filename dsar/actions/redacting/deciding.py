"""What a reviewer decides about other people's values: each by itself, with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from dsar.actions.delivery.releasing import refuse_own
from dsar.actions.fulfilment.planning import advance
from dsar.actions.redacting import state
from dsar.actions.redacting.sealed import Keys
from dsar.actions.trail import note
from dsar.models import HideReason, KeepReason, RedactionValue, RedactionVerdict, Status, StepKind, SubjectRequest
from dsar.models.transitions import Move, move
from dsar.queries import current_bundle
from dsar.stores.redacting import folded, places


class RedactionError(Exception):
    """It cannot be decided so; the message says why, for the reviewer."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of a value in one collection: `verdict` and `reason` "" make it undecided again.

    `was` is what the reviewer saw: another verdict or reason by now is somebody else's, and stays.
    """

    verdict: str
    reason: str
    words: str = ""
    was: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Decided:
    """How many rows were hidden, shown and made undecided; `overtaken` somebody else has decided meanwhile."""

    hidden: int = 0
    shown: int = 0
    reopened: int = 0
    overtaken: int = 0


def decide(subject_request: SubjectRequest, *, choices: Mapping[int, Choice], by: User, now: datetime) -> Decided:
    """Decide about values, by the keys of their rows. Raises RedactionError, OwnRequestError, ImpossibleMoveError."""
    refuse_own(subject_request, by=by)
    for choice in choices.values():
        _check(choice.verdict, choice.reason)
    with transaction.atomic():
        state.hold_for_release(subject_request)
        rows = subject_request.redaction_values.filter(pk__in=choices)
        free = [row for row in rows if (row.verdict, row.reason) == choices[row.pk].was]
        for row in free:
            _set(row, choices[row.pk], by=by, now=now)
        RedactionValue.objects.bulk_update(
            free, ["verdict", "reason", "words", "decided_by", "decided_at"], batch_size=500
        )
        refuse_telling_words(subject_request, [choices[row.pk].words for row in free])
        counts = [sum(row.verdict == verdict for row in free) for verdict in RedactionVerdict.values]
        done = Decided(counts[1], counts[2], counts[0], len(rows) - len(free))
        if free:
            facts = {"hidden": done.hidden, "shown": done.shown, "reopened": done.reopened}
            note(subject_request, "redaction.decided", by=by, at=now, **facts)
    return done


def show_rest(subject_request: SubjectRequest, *, reason: str, by: User, now: datetime) -> int:
    """Say of all that is undecided that it is shown, and why; return of how many rows.

    There is no such thing for hiding: nobody hides what nobody has looked at. Raises RedactionError, OwnRequestError,
    ImpossibleMoveError.
    """
    refuse_own(subject_request, by=by)
    _check(RedactionVerdict.KEEP, reason)
    with transaction.atomic():
        state.hold_for_release(subject_request)
        undecided = subject_request.redaction_values.filter(verdict=RedactionVerdict.OPEN)
        count = undecided.update(verdict=RedactionVerdict.KEEP, reason=reason, decided_by=by, decided_at=now)
        note(subject_request, "redaction.rest_shown", by=by, at=now, values=count)
    return count


def pack_anew(subject_request: SubjectRequest, *, by: User, now: datetime) -> None:
    """Have the bundle packed as was decided. Raises RedactionError, OwnRequestError or ImpossibleMoveError."""
    refuse_own(subject_request, by=by)
    with transaction.atomic():
        state.hold_for_release(subject_request)
        bundle = current_bundle(subject_request)
        if bundle is None or not state.is_stale(subject_request, bundle):
            raise RedactionError(_("The bundle is packed as you decided already."))
        hidden = subject_request.redaction_values.filter(verdict=RedactionVerdict.HIDE).count()
        move(subject_request, by=Move.REWORK, to=Status.FULFILLING)
        subject_request.steps.filter(kind=StepKind.PACK).delete()
        note(subject_request, "redaction.pack_anew", by=by, at=now, hidden=hidden)
        advance(subject_request, now=now)


def _check(verdict: str, reason: str) -> None:
    reasons = {RedactionVerdict.HIDE: HideReason.values, RedactionVerdict.KEEP: KeepReason.values}
    if verdict not in RedactionVerdict.values or reason not in reasons.get(RedactionVerdict(verdict), [""]):
        raise RedactionError(_("Say why: hide it, or show it, with a reason that fits."))


def _set(row: RedactionValue, choice: Choice, *, by: User, now: datetime) -> None:
    row.verdict, row.reason = choice.verdict, choice.reason
    row.words = choice.words.strip() if choice.verdict == RedactionVerdict.HIDE else ""
    row.decided_by, row.decided_at = (by, now) if choice.verdict else (None, None)


def refuse_telling_words(subject_request: SubjectRequest, words: list[str]) -> None:
    """Raise RedactionError if a reason, which the person reads, holds a value that is hidden from them."""
    said = [text for text in words if text.strip()]
    if not said:
        return
    keys = Keys(subject_request)
    hidden = subject_request.redaction_values.filter(verdict=RedactionVerdict.HIDE)
    forms = tuple({folded(keys.open(row).value) for row in hidden})
    if forms and any(True for text in said for _place in places(text, forms)):
        raise RedactionError(_("The person reads your reason: do not write there what you hide."))
