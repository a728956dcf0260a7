"""How far the tenants' stores are with what people switched on and off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from accounts.models import Tenant
from dsar.actions.choosing.due import again_for_all
from dsar.management.writings import WritingsCommand
from dsar.models import ChoiceWriting


class Command(WritingsCommand):
    help = (
        "Count the choices that are written into tenants' stores, that wait for one, and whose address nobody could "
        "find by its hash. Exit status 0: all are written; 1: some are not; 2: bad input."
    )
    again_help = "have all of the tenant's written again, as after a store was restored"

    def lines(self, tenant: Tenant) -> Iterator[str]:
        own = ChoiceWriting.objects.filter(tenant=tenant)
        done = own.filter(done_at__isnull=False)
        written, unfound = done.filter(error="").count(), done.exclude(error="").count()
        yield f"{written} written, {own.filter(done_at=None).count()} waiting, {unfound} not found"
        reasons: Counter[str] = Counter()
        for error in own.exclude(error="").values_list("error", flat=True):
            reasons.update(error.splitlines())
        for reason, count in sorted(reasons.items()):
            yield f"{count} times: {reason}"

    def is_left(self, tenant: Tenant) -> bool:
        return ChoiceWriting.objects.filter(tenant=tenant).exclude(done_at__isnull=False, error="").exists()

    def write_again(self, tenant: Tenant, *, now: datetime) -> int:
        return again_for_all(tenant, now=now)
