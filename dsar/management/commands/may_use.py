"""What a service that uses data asks first. Anything that goes wrong is no permission: only 0 means yes."""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import Tenant
from dsar import restrictions
from dsar.actions.restricting.purposes import uses
from dsar.datamap.problems import DataMapError
from dsar.management.addresses import read_address
from dsar.management.asking import BadInputError
from dsar.management.tenants import read_tenant
from dsar.models import Purpose


class Command(BaseCommand):
    help = (
        "Ask whether data of whoever has an address may be used for a purpose now: that nobody had it stopped, and, of "
        "what is switched on and off, that it is on. A purpose is one of those, or a data_use that the data map bases "
        "on legitimate or public interests. Exit status 0: yes; 1: no; 2: bad input. With - for the address, addresses "
        "are read from standard input, one a line, and those that may be used are written."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL|-")
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--purpose", required=True)

    def handle(self, *, email: str, tenant: str, purpose: str, **options: Any) -> None:
        try:
            asked = read_tenant(tenant)
            _check(purpose, asked)
            if email == "-":
                self._many(asked, purpose)
                return
            may = restrictions.may_act(tenant=asked, email=read_address(email), purpose=purpose)
        except BadInputError as error:
            self.stderr.write(str(error))
            sys.exit(2)
        if not may:
            sys.exit(1)

    def _many(self, tenant: Tenant, purpose: str) -> None:
        for address in _addresses():
            if restrictions.may_act(tenant=tenant, email=address, purpose=purpose):
                self.stdout.write(json.dumps({"email": address}, ensure_ascii=False))


def _addresses() -> Iterator[str]:
    return (read_address(line) for line in sys.stdin if line.strip())


def _check(purpose: str, tenant: Tenant) -> None:
    """Raise BadInputError for a purpose that nobody can have stopped: a mistyped one must be no yes."""
    try:
        known = {*Purpose.values, *(use.key for use in uses(tenant))}
    except DataMapError as error:
        raise BadInputError(str(error)) from error
    if purpose not in known:
        raise BadInputError(f"--purpose: there is no purpose {purpose!r}; known: {', '.join(sorted(known))}")
