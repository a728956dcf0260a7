"""Check a tenant's data map. Exit status 0 if it can be worked with, 1 if not, 2 for an unknown tenant."""

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import Tenant
from dsar.actions.mapcheck import check_map


class Command(BaseCommand):
    help = "Check a tenant's data map and stores: every mistake with file and line, every store opened once."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="check")
        verbs.add_parser("check", help="load strictly, then open every store").add_argument("tenant", metavar="SLUG")

    def handle(self, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            self.stderr.write(f"there is no tenant {options['tenant']!r}")
            sys.exit(2)
        check = check_map(tenant=tenant)
        for problem in check.problems:
            self.stderr.write(problem)
        for dataset, kind in check.stores:
            self.stdout.write(f"{dataset}: {kind}, answers")
        if check.problems:
            sys.exit(1)
        self.stdout.write(f"{tenant.slug}: {len(check.stores)} stores, nothing to mend")
