"""How far the tenants' stores are with what people switched on and off."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import Tenant
from dsar.actions.choosing.due import again_for_all
from dsar.management.asking import BadInputError
from dsar.management.tenants import read_tenant
from dsar.models import ChoiceWriting


class Command(BaseCommand):
    help = (
        "Count the choices that are written into tenants' stores, that wait for one, and whose address nobody could "
        "find by its hash. Exit status 0: all are written; 1: some are not; 2: bad input."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="one of them alone")
        parser.add_argument(
            "--again", action="store_true", help="have all of the tenant's written again, as after a store was restored"
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
        unwritten = ChoiceWriting.objects.filter(tenant__in=tenants).exclude(done_at__isnull=False, error="")
        if unwritten.exists():
            sys.exit(1)

    def _again(self, slug: str | None) -> None:
        if slug is None:
            raise BadInputError("--again needs --tenant: it is for one whose store was restored")
        count = again_for_all(read_tenant(slug), now=timezone.now())
        self.stdout.write(f"{slug}: {count} are written again")


def _lines(tenant: Tenant) -> Iterator[str]:
    own = ChoiceWriting.objects.filter(tenant=tenant)
    done = own.filter(done_at__isnull=False)
    written, unfound = done.filter(error="").count(), done.exclude(error="").count()
    yield f"{written} written, {own.filter(done_at=None).count()} waiting, {unfound} not found"
    reasons: Counter[str] = Counter()
    for error in own.exclude(error="").values_list("error", flat=True):
        reasons.update(error.splitlines())
    for reason, count in sorted(reasons.items()):
        yield f"{count} times: {reason}"
