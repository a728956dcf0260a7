"""Writing invented requests as actions would have left them: rows, clocks, decisions, and the trail of all of it.

Every one is marked: its filing token begins with MARK, its address is of the domain history.example, its texts say so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from accounts.audit import together
from accounts.models import Tenant, User
from dsar.actions.figures.keeping import keep
from dsar.actions.intake import new_reference
from dsar.deadlines import BY_RESIDENCE, HOUSE_PROMISE
from dsar.models import (
    Bundle,
    ClockPause,
    ClockWarning,
    CorrectionOrder,
    Decision,
    DecisionKind,
    ErasureOrder,
    Identity,
    Outcome,
    RequestType,
    Status,
    Step,
    StepKind,
    StepState,
    SubjectRequest,
)
from dsar.models.choices import UNWALKED_TYPES
from examples.macrosora.history.invented import Past, invented
from examples.macrosora.history.trail import record_all

MARK = "demo-history-"
MADE_UP = "Made up for the demo."
_SEED = 2024
#: Seconds that a store takes, and rows that it gives, on average.
_STORES = {
    "app": (0.4, 60),
    "usage": (1.9, 420),
    "archive": (1.2, 260),
    "documents": (0.8, 24),
    "cache": (0.1, 3),
    "mail": (2.6, 14),
    "portal": (0.1, 9),
}
_CHANGING = {RequestType.ERASURE: StepKind.ERASE, RequestType.RECTIFICATION: StepKind.CORRECT}


def has_history(tenant: Tenant) -> bool:
    return SubjectRequest.objects.filter(tenant=tenant, filing_token__startswith=MARK).exists()


def write_history(tenant: Tenant, *, reviewer: User, now: datetime) -> int:
    """Write the invented requests of the last weeks with all that hangs on them; return how many."""
    pasts = invented(now=now, seed=_SEED)
    with transaction.atomic(), together():
        rows = SubjectRequest.objects.bulk_create(_request(tenant, past) for past in pasts)
        pairs = list(zip(rows, pasts, strict=True))
        chance = Random(f"{_SEED}:steps")
        ClockPause.objects.bulk_create(_pause(row, past) for row, past in pairs if past.received_at != past.verified_at)
        Identity.objects.bulk_create(_identity(row, past) for row, past in pairs if past.verified_at and past.email)
        Decision.objects.bulk_create(item for row, past in pairs for item in _decisions(row, past, reviewer))
        Step.objects.bulk_create(step for row, past in pairs for step in _steps(row, past, chance))
        Bundle.objects.bulk_create(_bundle(row, past, chance, now) for row, past in pairs if _is_delivered(past))
        ErasureOrder.objects.bulk_create(_erasure(row, past) for row, past in pairs if _has(past, RequestType.ERASURE))
        CorrectionOrder.objects.bulk_create(
            CorrectionOrder(subject_request=row, proposed_at=past.verified_at)
            for row, past in pairs
            if _has(past, RequestType.RECTIFICATION)
        )
        ClockWarning.objects.bulk_create(warning for row, past in pairs for warning in _warnings(row, past, now))
        record_all(pairs, by=reviewer)
    keep(tenant, now=now, anew=True)
    return len(pairs)


def _request(tenant: Tenant, past: Past) -> SubjectRequest:
    waited = (past.verified_at or past.received_at) - past.received_at
    is_forgotten = not past.email
    is_question, is_answered = past.type == RequestType.ENQUIRY, past.outcome and past.type == RequestType.ENQUIRY
    return SubjectRequest(
        reference=new_reference(),
        tenant=tenant,
        email=past.email,
        type=past.type,
        status=past.status,
        outcome=past.outcome,
        denial_reason=past.denial_reason,
        explanation=MADE_UP if past.denial_reason and past.verified_at else "",
        question=f"How long do you keep my logs? {MADE_UP}" if is_question else "",
        answer=f"89 days. {MADE_UP}" if is_answered else "",
        residence="" if is_forgotten else past.residence,
        regime=BY_RESIDENCE[past.residence] or "gdpr",
        filing_token=f"{MARK}{past.number}",
        received_at=past.received_at,
        verified_at=past.verified_at,
        due_at=past.received_at + HOUSE_PROMISE + waited,
        expected_at=past.received_at + timedelta(hours=24),
        closed_at=past.closed_at,
        texts_deleted_at=past.closed_at if is_forgotten else None,
    )


def _has(past: Past, kind: RequestType) -> bool:
    return past.type == kind and past.verified_at is not None


def _pause(row: SubjectRequest, past: Past) -> ClockPause:
    ended_at = past.verified_at or past.closed_at
    reason = "waiting for the code that was mailed"
    return ClockPause(subject_request=row, reason=reason, started_at=past.received_at, ended_at=ended_at)


def _identity(row: SubjectRequest, past: Past) -> Identity:
    proven = {"proven_by": "a code mailed to the address", "proven_at": past.verified_at}
    return Identity(subject_request=row, kind="email", value=past.email, **proven)


def _decisions(row: SubjectRequest, past: Past, reviewer: User) -> list[Decision]:
    if not past.is_decided or past.closed_at is None:
        return []
    kind = {RequestType.ACCESS: DecisionKind.RELEASE, RequestType.ENQUIRY: DecisionKind.ANSWER}.get(
        past.type, DecisionKind.APPROVE
    )
    if past.status == Status.DENIED:
        kind = DecisionKind.DENY
    reason = MADE_UP if kind == DecisionKind.DENY else ""
    made = [Decision(subject_request=row, kind=kind, by=reviewer, at=past.closed_at, reason=reason)]
    if past.without:
        at, why = past.closed_at - timedelta(minutes=3), f"It was away for a day. {MADE_UP}"
        exception = DecisionKind.EXCEPTION
        made.insert(
            0, Decision(subject_request=row, kind=exception, by=reviewer, at=at, reason=why, dataset=past.without)
        )
    return made


def _steps(row: SubjectRequest, past: Past, chance: Random) -> list[Step]:
    """Return what workers left in each store; of what was erased the steps went with the person."""
    if past.type in UNWALKED_TYPES or past.verified_at is None or past.closed_at is None:
        return []
    kind = _CHANGING.get(past.type, StepKind.COLLECT)
    begin = (
        past.verified_at if kind is StepKind.COLLECT else max(past.verified_at, past.closed_at - timedelta(minutes=2))
    )
    if past.status != Status.FULFILLED:
        return []
    return [
        _step(row, past, kind, dataset, begin, chance)
        for dataset in _STORES
        if kind is StepKind.COLLECT or dataset != "portal"
    ]


def _step(row: SubjectRequest, past: Past, kind: StepKind, dataset: str, begin: datetime, chance: Random) -> Step:
    seconds, rows = _STORES[dataset]
    has_failed = dataset == past.without
    began_at = begin + timedelta(seconds=chance.uniform(0.2, 2))
    ended_at = began_at + timedelta(seconds=seconds * chance.lognormvariate(0, 0.35))
    return Step(
        subject_request=row,
        kind=kind,
        dataset=dataset,
        stage=1,
        state=StepState.FAILED if has_failed else StepState.DONE,
        attempts=5 if has_failed else 1 + (chance.random() < 0.03),
        not_before=begin,
        rows=0 if has_failed or past.outcome == Outcome.NONE else round(rows * chance.lognormvariate(0, 0.5)),
        report={} if has_failed else {"collections": {}},
        error="the mail service did not answer within 30 s" if has_failed else "",
        started_at=began_at,
        finished_at=ended_at,
    )


def _is_delivered(past: Past) -> bool:
    return past.type in (RequestType.ACCESS, RequestType.PORTABILITY) and past.status == Status.FULFILLED


def _bundle(row: SubjectRequest, past: Past, chance: Random, now: datetime) -> Bundle:
    """Return the bundle that is gone by now: there were never any bytes."""
    made_at = past.closed_at or now
    return Bundle(
        subject_request=row,
        path=f"bundles/{row.reference}/made-up.zip.age",
        bytes=chance.randrange(40_000, 900_000),
        sha256=hashlib.sha256(row.reference.encode()).hexdigest(),
        summary={"rows": 0, "withheld": 0, "failed": int(bool(past.without)), "undeclared": 0, "files": 9},
        made_at=made_at,
        expires_at=made_at + timedelta(days=7),
        purged_at=min(now, made_at + timedelta(days=7)),
    )


def _erasure(row: SubjectRequest, past: Past) -> ErasureOrder:
    undo_until = (past.verified_at or past.received_at) + timedelta(hours=24)
    if past.status != Status.FULFILLED:
        return ErasureOrder(subject_request=row, undo_until=undo_until)
    return ErasureOrder(
        subject_request=row,
        undo_until=undo_until,
        approved=hashlib.sha256(row.reference.encode()).hexdigest(),
        approved_stage=1,
        approved_at=past.closed_at,
        begun_at=past.closed_at,
        keeps_copy=False,
    )


def _warnings(row: SubjectRequest, past: Past, now: datetime) -> Sequence[ClockWarning]:
    """Return the warnings that an open one's clock has given, so that nobody is mailed of them as the demo starts."""
    if past.closed_at is not None or past.verified_at is None:
        return ()
    used = (now - past.verified_at) / HOUSE_PROMISE
    return [
        ClockWarning(subject_request=row, clock="house", percent=percent, given_at=now)
        for percent in (50, 75, 90)
        if used * 100 >= percent
    ]
