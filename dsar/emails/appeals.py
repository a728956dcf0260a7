"""What is written about appeals; three templates each."""

from __future__ import annotations

from datetime import datetime

from accounts.tenancy import tenant_url
from dsar.models import Outcome, SubjectRequest
from dsar.sending import send


def appealed(subject_request: SubjectRequest, *, anew: SubjectRequest | None, now: datetime) -> None:
    """What became of an appeal and why; where to complain in any case. `anew` is what was filed again."""
    shown = anew or subject_request
    send(
        subject_request,
        "appealed",
        to=subject_request.email,
        language=subject_request.reads,
        link=tenant_url(subject_request.tenant, f"/requests/{shown.reference}/"),
        now=now,
        context={
            "is_granted": subject_request.outcome == Outcome.GRANTED,
            "answer": subject_request.answer,
            "old": subject_request.appeal_of,
            "anew": anew,
        },
    )
