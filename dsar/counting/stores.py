"""What steps came to in each store, counted from the steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q, Sum

from accounts.models import Tenant
from dsar.counting.days import day_of, start_of
from dsar.counting.sql import Between
from dsar.models import Step, StepState


class StorePart(NamedTuple):
    """What one store's figure is of."""

    day: date
    dataset: str


@dataclass(slots=True)
class StoreFigure:
    """What dsar.models.DailyStoreFigure says of a day, of as many days as were added."""

    done: int = 0
    failed: int = 0
    tries: int = 0
    milliseconds: int = 0
    slowest: int = 0
    rows: int = 0
    last_done_at: datetime | None = None

    @property
    def mean_seconds(self) -> float | None:
        return self.milliseconds / self.done / 1000 if self.done else None

    @property
    def tried_again(self) -> int:
        """Attempts that did not come to an end of their own: a store was away, or a worker."""
        return max(0, self.tries - self.done - self.failed)

    def add(self, other: StoreFigure) -> None:
        self.done += other.done
        self.failed += other.failed
        self.tries += other.tries
        self.milliseconds += other.milliseconds
        self.slowest = max(self.slowest, other.slowest)
        self.rows += other.rows
        self.last_done_at = max(filter(None, (self.last_done_at, other.last_done_at)), default=None)


def store_days(tenant: Tenant, *, first: date, last: date, zone: ZoneInfo) -> dict[StorePart, StoreFigure]:
    """Return what steps that ended from a day to another, both counted, came to in each store."""
    start, end = start_of(first, zone), start_of(last + timedelta(days=1), zone)
    ended = Step.objects.filter(
        subject_request__tenant=tenant,
        finished_at__gte=start,
        finished_at__lt=end,
        state__in=[StepState.DONE, StepState.FAILED],
    ).exclude(dataset="")
    is_done, is_timed = Q(state=StepState.DONE), Q(state=StepState.DONE, started_at__isnull=False)
    counted = (
        ended.order_by()
        .annotate(
            day=day_of("finished_at", first=first, last=last, zone=zone),
            took=Between("finished_at", "started_at", in_a_second=1000),
        )
        .values("day", "dataset")
        .annotate(
            done=Count("pk", filter=is_done),
            failed=Count("pk", filter=~is_done),
            tried=Sum("attempts"),
            in_all=Sum("took", filter=is_timed, default=0),
            slowest=Max("took", filter=is_timed, default=0),
            rows_read=Sum("rows", filter=is_done, default=0),
            last_done_at=Max("finished_at", filter=is_done),
        )
    )
    return {
        StorePart(row["day"], row["dataset"]): StoreFigure(
            done=row["done"],
            failed=row["failed"],
            tries=row["tried"],
            milliseconds=row["in_all"],
            slowest=row["slowest"],
            rows=row["rows_read"],
            last_done_at=row["last_done_at"],
        )
        for row in counted
    }
