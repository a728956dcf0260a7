"""Count the days of a tenant again from its register. Exit status 0, or 2 for a tenant that is not there."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import Tenant
from dsar.actions.figures import keeping, publishing


class Command(BaseCommand):
    help = "Count again what each day came to, as far as the register remembers; days before stay as they were counted."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("tenant", help="its slug")

    def handle(self, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            self.stderr.write(f"there is no tenant '{options['tenant']}'")
            sys.exit(2)
        now = timezone.now()
        count = keeping.keep(tenant, now=now, anew=True)
        publishing.publish_all(now=now)
        self.stdout.write(f"{count} days counted")
