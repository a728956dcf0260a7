"""Set up a tenant. Exit status 0 when it is done, 2 for bad input, which changes nothing."""

import argparse
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts import team
from accounts.audit import SYSTEM


class Command(BaseCommand):
    help = "Set up a tenant: a company that runs this portal, with its own stores, team and address."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="add")
        add = verbs.add_parser("add", help="make a tenant")
        add.add_argument("slug", help="names its folder below TENANTS_DIR, such as acme")
        add.add_argument("--name", required=True, help="the company, as people know it")
        add.add_argument("--contact", required=True, metavar="EMAIL", help="its privacy team")
        add.add_argument("--host", required=True, action="append", metavar="NAME", help="served there; may be repeated")
        add.add_argument("--time-zone", default="UTC", help="in which the team reads the clock, such as Europe/Berlin")

    def handle(self, **options: Any) -> None:
        try:
            tenant = team.add_tenant(
                slug=options["slug"],
                name=options["name"],
                contact_email=options["contact"],
                hosts=options["host"],
                time_zone=options["time_zone"],
                by=SYSTEM,
                at=timezone.now(),
            )
        except team.TeamError as error:
            self.stderr.write(str(error))
            sys.exit(2)
        self.stdout.write(_next(tenant.slug, options["host"][0]))


def _next(slug: str, host: str) -> str:
    folder = Path(settings.TENANTS_DIR) / slug
    return "\n".join(
        [
            f"{slug} is served at {host}. What is left:",
            f"  its data map in {folder / 'datamap'}, its stores in {folder / 'stores.yml'}",
            f"  manage.py datamap check {slug}",
            f"  manage.py member add EMAIL {slug} reviewer",
        ]
    )
