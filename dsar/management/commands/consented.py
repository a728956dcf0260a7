"""What a service that sends or shares asks first. Anything that goes wrong is no consent: only 0 means yes."""

import argparse
import json
import sys
from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import Tenant
from dsar import restrictions
from dsar.actions.unsubscribing import unsubscribe_headers
from dsar.management.addresses import read_address
from dsar.management.asking import BadInputError
from dsar.models import MAILINGS, Purpose


class Command(BaseCommand):
    help = (
        "Ask whether an address has switched a purpose on. Exit status 0: yes; 1: no, it never did, has opted out, or "
        "has had the use of its data stopped; 2: bad input. A yes is a line of JSON with the headers that the message "
        "carries (RFC 8058). With - for the address, addresses are read from standard input, one a line, and those "
        "that said yes are written."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL|-")
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--purpose", required=True, choices=Purpose.values)

    def handle(self, *, email: str, tenant: str, purpose: str, **options: Any) -> None:
        try:
            said_yes = self._answer(email, _tenant(tenant), Purpose(purpose))
        except BadInputError as error:
            self.stderr.write(str(error))
            sys.exit(2)
        if not said_yes:
            sys.exit(1)

    def _answer(self, email: str, tenant: Tenant, purpose: Purpose) -> bool:
        if email != "-":
            return self._one(read_address(email), tenant, purpose)
        for line in filter(str.strip, sys.stdin):
            self._one(read_address(line), tenant, purpose)
        return True

    def _one(self, email: str, tenant: Tenant, purpose: Purpose) -> bool:
        if not restrictions.may_act(tenant=tenant, email=email, purpose=purpose):
            return False
        is_mailing = purpose in MAILINGS
        headers = unsubscribe_headers(tenant=tenant, email=email, purpose=purpose) if is_mailing else {}
        self.stdout.write(json.dumps({"email": email, "headers": headers}, ensure_ascii=False))
        return True


def _tenant(slug: str) -> Tenant:
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        known = ", ".join(Tenant.objects.order_by("slug").values_list("slug", flat=True))
        raise BadInputError(f"there is no tenant {slug!r}; known: {known or 'none'}")
    return tenant
