"""How far the tenants' stores are with what people had stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from accounts.models import Tenant
from dsar.actions.restricting.effects import again_for_all
from dsar.management.writings import WritingsCommand
from dsar.models import StopWriting


class Command(WritingsCommand):
    help = (
        "Count the people whose stops are marked in their tenants' stores, and those that wait for one. Exit status 0: "
        "all are written; 1: some are not; 2: bad input."
    )
    again_help = "have all of the tenant's marked again, as after a store was restored"

    def lines(self, tenant: Tenant) -> Iterator[str]:
        own = StopWriting.objects.filter(subject_request__tenant=tenant)
        waiting = own.filter(done_at=None)
        yield f"{own.filter(done_at__isnull=False).count()} written, {waiting.count()} waiting"
        reasons: Counter[str] = Counter()
        for report in waiting.values_list("report", flat=True):
            reasons.update(report.get("problems", {}).values())
        for reason, count in sorted(reasons.items()):
            yield f"{count} times: {reason}"

    def is_left(self, tenant: Tenant) -> bool:
        return StopWriting.objects.filter(subject_request__tenant=tenant, done_at=None).exists()

    def write_again(self, tenant: Tenant, *, now: datetime) -> int:
        return again_for_all(tenant, now=now)
