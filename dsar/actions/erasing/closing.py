"""The end of an erasure: it is certified and fulfilled, the person is told, and then forgotten here too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from accounts.audit import together
from dsar.actions.erasing.certifying import Made, certify
from dsar.actions.erasing.forgetting import forget_person
from dsar.actions.erasing.result import Result, result_of
from dsar.actions.fulfilment.leases import Hold
from dsar.actions.suspending import due as suspending
from dsar.actions.telling import erasures
from dsar.actions.trail import note
from dsar.emails.erasures import erasure_done
from dsar.models import Outcome, Status, StepState
from dsar.models.transitions import Move, move

Clock = Callable[[], datetime]


def close(hold: Hold, *, clock: Clock) -> None:
    """Fulfil the request with what its steps have done and proven.

    Raises NotProvenError, LeaseLostError, and what `whom_to_tell` and `certify` raise: nothing has changed then.
    """
    subject_request = hold.step.subject_request
    result = result_of(list(subject_request.steps.all()))
    tellings = erasures.whom_to_tell(subject_request, result)
    at = clock()
    made = certify(hold, result, recipients=erasures.as_facts(tellings, now=at), now=at)
    now = clock()
    with transaction.atomic(), together():
        hold.write(
            state=StepState.DONE, finished_at=now, lease_until=None, rows=result.deleted + result.masked, report={}
        )
        made.certificate.save()
        move(subject_request, by=Move.FINISH, to=Status.FULFILLED, outcome=_outcome(result), closed_at=now)
        suspending.end(subject_request, now=now)
        _note(hold, result, made, now=now)
        address = subject_request.email
        ended = forget_person(subject_request, now=now)
        erasure_done(
            subject_request,
            to=address,
            certificate_path=f"/certificate/?reference={subject_request.reference}",
            secret=made.secret,
            fetchable_until=made.certificate.expires_at,
            restorable_until=made.facts.restoration.until,
            uncopied=made.uncopied,
            recipients=tuple(item.recipient.name for item in tellings),
            account_ends=ended,
            now=now,
        )
        # After what is forgotten of messages to the person: a recipient may have the same address.
        erasures.write(subject_request, tellings, erased_at=result.erased_at, now=now)


def _note(hold: Hold, result: Result, made: Made, *, now: datetime) -> None:
    subject_request, certificate = hold.step.subject_request, made.certificate
    counts = {"deleted": result.deleted, "masked": result.masked, "kept": result.kept}
    note(subject_request, "erasure.proven", by=None, at=now, **counts)
    note(subject_request, "certificate.made", by=None, at=now, bytes=certificate.bytes, sha256=certificate.sha256)


def _outcome(result: Result) -> Outcome:
    """Tell it in a word: in part where something of the person's stays."""
    if result.kept:
        return Outcome.PARTIAL
    return Outcome.FULL if result.done else Outcome.NONE
