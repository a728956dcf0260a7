"""Check the audit trail. Exit status 0 if every chain holds, 1 if one does not."""

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand

from accounts.audit.verify import Verdict, verify_all, verify_tenant


class Command(BaseCommand):
    help = "Check the hash chains of the audit trail and their signed checkpoints; name the first broken link."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="this tenant only")

    def handle(self, *, tenant: str | None = None, **options: Any) -> None:
        verdicts = [verify_tenant(tenant)] if tenant else verify_all()
        for verdict in verdicts:
            self.stdout.write(_line(verdict))
        if not all(verdict.holds for verdict in verdicts):
            sys.exit(1)


def _line(verdict: Verdict) -> str:
    if verdict.holds:
        cut = f" after a signed cut of {verdict.cut_events} on {verdict.cut_at:%Y-%m-%d}" if verdict.cut_at else ""
        return f"{verdict.tenant}: {verdict.events} events{cut}, {verdict.checkpoints} checkpoints: the chain holds"
    where = f" at event {verdict.broken_at}" if verdict.broken_at else ""
    return f"{verdict.tenant}: BROKEN{where}: {verdict.problem}"
