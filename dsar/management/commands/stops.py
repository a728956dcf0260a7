"""How far the tenants' stores are with what people had stopped."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import Tenant
from dsar.actions.restricting.effects import again_for_all
from dsar.management.asking import BadInputError
from dsar.management.tenants import read_tenant
from dsar.models import StopWriting


class Command(BaseCommand):
    help = (
        "Count the people whose stops are marked in their tenants' stores, and those that wait for one. Exit status 0: "
        "all are written; 1: some are not; 2: bad input."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="one of them alone")
        parser.add_argument(
            "--again", action="store_true", help="have all of the tenant's marked again, as after a store was restored"
        )

    def handle(self, *, tenant: str | None, again: bool, **options: Any) -> None:
        try:
            if again:
                self._again(tenant)
                return
            tenants = [read_tenant(tenant)] if tenant else list(Tenant.objects.order_by("slug"))
        except BadInputError as error:
            self.stderr.write(str(error))
            sys.exit(2)
        for each in tenants:
            for line in _lines(each):
                self.stdout.write(f"{each.slug}: {line}")
        if StopWriting.objects.filter(subject_request__tenant__in=tenants, done_at=None).exists():
            sys.exit(1)

    def _again(self, slug: str | None) -> None:
        if slug is None:
            raise BadInputError("--again needs --tenant: it is for one whose store was restored")
        count = again_for_all(read_tenant(slug), now=timezone.now())
        self.stdout.write(f"{slug}: {count} are written again")


def _lines(tenant: Tenant) -> Iterator[str]:
    own = StopWriting.objects.filter(subject_request__tenant=tenant)
    waiting = own.filter(done_at=None)
    yield f"{own.filter(done_at__isnull=False).count()} written, {waiting.count()} waiting"
    reasons: Counter[str] = Counter()
    for report in waiting.values_list("report", flat=True):
        reasons.update(report.get("problems", {}).values())
    for reason, count in sorted(reasons.items()):
        yield f"{count} times: {reason}"
