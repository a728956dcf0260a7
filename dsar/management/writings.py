"""What the commands share that tell how far writings into the tenants' stores are (dsar.models.writing)."""

from __future__ import annotations

import argparse
import sys
from abc import abstractmethod
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import Tenant
from dsar.management.asking import BadInputError
from dsar.management.tenants import read_tenant


class WritingsCommand(BaseCommand):
    """Exit status 0: all are written; 1: some are not; 2: bad input."""

    #: What `--again` does, for its help.
    again_help = ""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="one of them alone")
        parser.add_argument("--again", action="store_true", help=self.again_help)

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
            for line in self.lines(each):
                self.stdout.write(f"{each.slug}: {line}")
        if any(map(self.is_left, tenants)):
            sys.exit(1)

    def _again(self, slug: str | None) -> None:
        if slug is None:
            raise BadInputError("--again needs --tenant: it is for one whose store was restored")
        count = self.write_again(read_tenant(slug), now=timezone.now())
        self.stdout.write(f"{slug}: {count} are written again")

    @abstractmethod
    def lines(self, tenant: Tenant) -> Iterator[str]:
        """Yield what is told of a tenant."""

    @abstractmethod
    def is_left(self, tenant: Tenant) -> bool:
        """Return whether something of the tenant's is not written."""

    @abstractmethod
    def write_again(self, tenant: Tenant, *, now: datetime) -> int:
        """Have all of the tenant's written again; return how many that are."""
