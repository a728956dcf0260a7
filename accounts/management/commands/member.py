"""Give and take roles in a tenant's team. Exit status 0 when it is done, 2 for bad input, which changes nothing."""

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts import team
from accounts.audit import SYSTEM
from accounts.models import Membership, Role, Tenant


class Command(BaseCommand):
    help = "Give or take a role in a tenant's team, or list who has which."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="add|remove|list")
        for verb, what in (("add", "give a role"), ("remove", "take a role")):
            one = verbs.add_parser(verb, help=what)
            one.add_argument("email")
            one.add_argument("tenant", metavar="SLUG")
            one.add_argument("role", choices=Role.values)
        verbs.add_parser("list", help="who has which role").add_argument("tenant", metavar="SLUG")

    def handle(self, *, verb: str, **options: Any) -> None:
        try:
            tenant = _tenant(options["tenant"])
            if verb == "list":
                self._list(tenant)
                return
            change = team.add_member if verb == "add" else team.remove_member
            change(tenant=tenant, email=options["email"], role=Role(options["role"]), by=SYSTEM, at=timezone.now())
        except team.TeamError as error:
            self.stderr.write(str(error))
            sys.exit(2)
        self.stdout.write("Done." if verb == "remove" else "Done. They sign in by a mailed code and set up an app.")

    def _list(self, tenant: Tenant) -> None:
        for member in Membership.objects.filter(tenant=tenant).select_related("user").order_by("role", "user__email"):
            self.stdout.write(f"{member.role:<14} {member.user.email}")


def _tenant(slug: str) -> Tenant:
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        known = ", ".join(Tenant.objects.order_by("slug").values_list("slug", flat=True))
        raise team.TeamError(f"there is no tenant {slug!r}; known: {known or 'none, make one by manage.py tenant add'}")
    return tenant
