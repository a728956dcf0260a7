"""Set and lift legal holds. Exit status 0 when it is done, 2 for bad input, which changes nothing."""

import argparse
import sys
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.emails import normal_email
from accounts.models import User
from dsar import queries
from dsar.actions.holding import HoldError, lift_holds, set_hold
from dsar.deadlines.days import end_of
from dsar.models import LegalHold, SubjectRequest


class Command(BaseCommand):
    help = (
        "Keep everything of a request whatever its time, because of a dispute or an authority's order, or let it go "
        "again. A hold is for texts, bundles and the register alike, and for what the stores hold of whoever asked. "
        "What was deleted before does not come back."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="set|lift|list")
        for verb, what in (("set", "keep a request"), ("lift", "end every hold on whoever asked now")):
            one = verbs.add_parser(verb, help=what)
            one.add_argument("reference", metavar="R-…")
            one.add_argument("--by", required=True, metavar="EMAIL", help="the member of the team who decided it")
            one.add_argument("--why", required=True, metavar="TEXT", help="for the team alone")
            if verb == "set":
                one.add_argument("--until", metavar="YYYY-MM-DD", help="its last day; left out, until it is lifted")
        verbs.add_parser("list", help="what is under hold now").add_argument("--tenant", metavar="SLUG")

    def handle(self, *, verb: str, **options: Any) -> None:
        now = timezone.now()
        try:
            if verb == "list":
                self._list(options["tenant"], now)
                return
            subject_request, by = _request(options["reference"]), _account(options["by"])
            if verb == "set":
                until = _last_moment(options["until"], subject_request.tenant.time_zone)
                set_hold(subject_request, reason=options["why"], until=until, by=by, now=now)
            else:
                lift_holds(subject_request, reason=options["why"], by=by, now=now)
        except HoldError as error:
            self.stderr.write(str(error))
            sys.exit(2)
        self.stdout.write("Done.")

    def _list(self, tenant: str | None, now: datetime) -> None:
        held = queries.holds(now=now).select_related("subject_request__tenant", "by")
        for hold in held.filter(subject_request__tenant__slug=tenant) if tenant else held:
            self.stdout.write(_line(hold))


def _line(hold: LegalHold) -> str:
    until = f"until {hold.until:%Y-%m-%d}" if hold.until else "until it is lifted"
    request = hold.subject_request
    return (
        f"{request.tenant}  {request.reference}  since {hold.since:%Y-%m-%d}  {until}  {hold.by.email}  {hold.reason}"
    )


def _request(reference: str) -> SubjectRequest:
    found = SubjectRequest.objects.filter(reference=reference).select_related("tenant").first()
    if found is None:
        raise HoldError(f"there is no request {reference}")
    return found


def _account(email: str) -> User:
    found = User.objects.filter(email=normal_email(email)).first()
    if found is None:
        raise HoldError("nobody has an account with this address")
    return found


def _last_moment(day: str | None, zone: str) -> datetime | None:
    if day is None:
        return None
    try:
        return end_of(date.fromisoformat(day), zone)
    except ValueError as error:
        raise HoldError(f"{day!r} is no date: write it as 2027-12-31") from error
