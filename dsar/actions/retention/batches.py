"""Many requests, some at a time: a short transaction each, so that a kill loses one batch and nobody waits long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from dsar import restrictions
from dsar.models import SubjectRequest

#: Requests in a transaction; with the ten rows or so that hang on each, a few thousand rows.
BATCH = 500


def in_batches(requests: QuerySet[SubjectRequest], *, size: int) -> Iterator[list[int]]:
    """Yield the keys of requests, so many at a time; each batch is read when the one before it is done."""
    last = 0
    while keys := list(requests.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:size]):
        yield keys
        last = keys[-1]


def lock(requests: QuerySet[SubjectRequest], *, now: datetime) -> list[int]:
    """Lock requests in the caller's transaction and return the keys of those that nothing keeps.

    Holds and restrictions are asked for after the lock, which whoever sets a hold takes too: none is overlooked.
    """
    locked = list(requests.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    kept = SubjectRequest.objects.filter(restrictions.is_kept(now=now), pk__in=locked)
    held = set(kept.values_list("pk", flat=True))
    return [key for key in locked if key not in held]
