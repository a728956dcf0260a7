"""Report what is past its time in a tenant's stores; approve the map that says so; set days; delete.

Without an option nothing is deleted. Exit status 0 if everything could be counted, or done; 1 if something could not;
2 for bad input, which changes nothing; 3 if nobody has approved the map as it is now, or another run is under way.
"""

import argparse
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.audit import SYSTEM
from accounts.models import Tenant, User
from dsar.actions.purging import choosing, running
from dsar.actions.purging.approving import NotApprovableError, approve, is_approved
from dsar.datamap.problems import DataMapError
from dsar.management.asking import BadInputError
from dsar.management.purging import tell
from dsar.stores.base import StoreConfigError
from dsar.tenantmap import tenant_map

_EPILOG = (
    "exit status: 0 everything was counted, or done; 1 something could not be; 2 bad input, nothing was changed; "
    "3 nobody has approved the data map as it is now, or another run is under way"
)


class Command(BaseCommand):
    help = "Report what is past its time in a tenant's stores, or, where the map was approved, delete it."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.epilog = _EPILOG
        parser.add_argument("tenant", metavar="SLUG")
        doing = parser.add_mutually_exclusive_group()
        doing.add_argument("--approve", metavar="FINGERPRINT", help="let purges run by the map that was reported")
        doing.add_argument("--delete", action="store_true", help="delete now what the hourly run would")
        doing.add_argument("--set", metavar="CATEGORY=DAYS", help="1 to 90 days for whoever has chosen none")
        doing.add_argument("--leave-open", metavar="CATEGORY", help="as the data map says again")
        parser.add_argument("--by", metavar="EMAIL", help="with --approve: the member of the team who does")

    def handle(self, **options: Any) -> None:
        try:
            status = self._handle(**options)
        except (BadInputError, DataMapError, StoreConfigError, NotApprovableError) as error:
            self.stderr.write(str(error))
            status = 2
        sys.exit(status)

    def _handle(self, **options: Any) -> int:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise BadInputError(f"there is no tenant '{options['tenant']}'")
        if options["approve"] is not None:
            return self._approve(tenant, options["approve"], options["by"])
        if options["set"] is not None or options["leave_open"] is not None:
            return self._choose(tenant, options["set"], options["leave_open"])
        return self._run(tenant, deletes=options["delete"])

    def _approve(self, tenant: Tenant, fingerprint: str, email: str | None) -> int:
        by = User.objects.filter(email=email).first()
        if by is None:
            raise BadInputError("--by EMAIL names the member of the team who approves")
        approve(tenant=tenant, fingerprint=fingerprint, by=by, now=timezone.now())
        self.stdout.write(f"{tenant.slug}: approved; what is past its time is deleted from now on")
        return 0

    def _choose(self, tenant: Tenant, said: str | None, left_open: str | None) -> int:
        category, days = _category_and_days(said) if said is not None else (left_open or "", None)
        try:
            choosing.choose(tenant=tenant, account=None, category=category, days=days, by=SYSTEM, now=timezone.now())
        except choosing.UnknownCategoryError as error:
            raise BadInputError(f"the data map of {tenant.slug} has no category '{category}'") from error
        except ValidationError as error:
            raise BadInputError("\n".join(error.messages)) from error
        self.stdout.write(f"{category}: {f'{days} days' if days else 'as the data map says'}")
        return 0

    def _run(self, tenant: Tenant, *, deletes: bool) -> int:
        fingerprint = tenant_map(tenant).platform.data_map.fingerprint
        approved = is_approved(tenant, fingerprint)
        if deletes and not approved:
            self.stderr.write(f"nobody has approved the data map of {tenant.slug} as it is now; nothing was deleted")
            return 3
        clock = timezone.now
        run = running.run(tenant, clock=clock, at_once=True) if deletes else running.report(tenant, clock=clock)
        if run is None:
            self.stderr.write("another run is under way")
            return 3
        status = tell(run, self.stdout, self.stderr)
        if not approved:
            self.stdout.write(f"to have this deleted, every hour from now on: --approve {fingerprint} --by EMAIL")
        return status


def _category_and_days(said: str) -> tuple[str, int]:
    category, _, days = said.rpartition("=")
    if not days.isascii() or not days.isdigit():
        raise BadInputError(f"--set takes CATEGORY=DAYS, DAYS from 1 to 90, not '{said}'")
    return category, int(days)
