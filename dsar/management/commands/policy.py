"""Show or set a tenant's own rules. Exit status 0, or 2 for bad input, which changes nothing."""

import argparse
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.audit import SYSTEM
from accounts.models import Tenant
from dsar import queries
from dsar.actions import ruling
from dsar.models import Policy

_RULES = {
    "bundle_days": "days for which a released bundle can be fetched, 1 to 90",
    "undo_hours": "hours for which a deletion can be taken back, 0 to 40",
    "lifting_days": "days before its end that a person is told of the lifting of a restriction, 1 to 30",
    "publishes_figures": "1 if anybody may read under /compliance/ how the promise is kept, else 0",
    "two_for_erasure": "whether a deletion of much takes two people, 0 or 1",
    "two_from_rows": "rows from which on a deletion is one of much",
    "two_from_collections": "collections from which on a deletion is one of much",
    "two_for_refusal": "whether a refusal as unfounded or excessive takes two people, 0 or 1",
    "two_for_exception": "whether a release without a store that failed takes two people, 0 or 1",
}


class Command(BaseCommand):
    help = "Show a tenant's rules, or set them."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("tenant", help="its slug")
        for name, words in _RULES.items():
            parser.add_argument(f"--{name.replace('_', '-')}", type=int, metavar="N", help=words)

    def handle(self, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            self.stderr.write(f"there is no tenant '{options['tenant']}'")
            sys.exit(2)
        changes = {name: options[name] for name in _RULES if options[name] is not None}
        try:
            policy = ruling.set_rules(tenant, by=SYSTEM, now=timezone.now(), **changes) if changes else None
        except ValidationError as error:
            self.stderr.write("\n".join(error.messages))
            sys.exit(2)
        self._tell(policy or queries.policy(tenant))

    def _tell(self, policy: Policy) -> None:
        for name, words in _RULES.items():
            self.stdout.write(f"{name.replace('_', '-')} {int(getattr(policy, name))}  ({words})")
