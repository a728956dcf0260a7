"""What the team looks at leaves a trace: opening a case, reading a sample of its rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import orjson
from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from dsar import payloads
from dsar.actions.fulfilment.rowfiles import RowFiles
from dsar.actions.trail import note
from dsar.models import CaseViewer, Step, StepKind, StepState, SubjectRequest

#: Rows of a collection that a reviewer sees; the bundle itself is for the person.
SAMPLE_ROWS = 10
#: A page that is open says so every half minute (desk.js); what has said nothing for so long is closed.
LOOKS_FOR = timedelta(seconds=90)


class NoSampleError(Exception):
    """There is no such collection among what was collected, or its rows were purged."""


def opened(subject_request: SubjectRequest, *, by: User, now: datetime) -> None:
    """Record that a member of the team opened the case."""
    with transaction.atomic():
        note(subject_request, "request.opened", by=by, at=now)
        still_open(subject_request, by=by, now=now)


def still_open(subject_request: SubjectRequest, *, by: User, now: datetime) -> None:
    """Let others see that somebody has the case open. No event: that it was opened is recorded already."""
    CaseViewer.objects.filter(seen_at__lt=now - LOOKS_FOR).delete()
    CaseViewer.objects.update_or_create(subject_request=subject_request, account=by, defaults={"seen_at": now})


def who_looks(requests: Iterable[int], *, but: int, now: datetime) -> dict[int, list[User]]:
    """Return by request who has it open now, but for one account: whoever asks."""
    seen = CaseViewer.objects.filter(subject_request__in=requests, seen_at__gte=now - LOOKS_FOR)
    found: dict[int, list[User]] = {}
    for viewer in seen.exclude(account=but).select_related("account").order_by("account"):
        found.setdefault(viewer.subject_request_id, []).append(viewer.account)
    return found


def read_correction(subject_request: SubjectRequest, *, by: User, now: datetime) -> None:
    """Record that a member of the team read the values of a correction."""
    with transaction.atomic():
        note(subject_request, "correction.looked_at", by=by, at=now)


def read_redaction(subject_request: SubjectRequest, *, by: User, now: datetime) -> None:
    """Record that a member of the team read values that may be of other people."""
    with transaction.atomic():
        note(subject_request, "redaction.looked_at", by=by, at=now)


def sample(
    subject_request: SubjectRequest, *, dataset: str, collection: str, by: User, now: datetime
) -> list[dict[str, Any]]:
    """Return the first rows collected of a collection, and record that they were read. Raises NoSampleError."""
    steps = subject_request.steps.filter(kind=StepKind.COLLECT, state=StepState.DONE, dataset=dataset)
    found = [step for step in steps if step.report["collections"].get(collection, {}).get("rows")]
    if not found or subject_request.sealed_key is None:
        raise NoSampleError(gettext("These rows are not kept any more, or never were."))
    with transaction.atomic():
        note(subject_request, "bundle.sampled", by=by, at=now, dataset=dataset, collection=collection)
    return _rows(subject_request, found, collection)


def _rows(subject_request: SubjectRequest, steps: list[Step], collection: str) -> list[dict[str, Any]]:
    key = payloads.open_key(subject_request.sealed_key)
    rows: list[dict[str, Any]] = []
    for step in steps:
        with RowFiles.of(step, key=key).lines(collection) as lines:
            rows += [orjson.loads(line) for line in islice(lines, SAMPLE_ROWS - len(rows))]
        if len(rows) == SAMPLE_ROWS:
            break
    return rows
