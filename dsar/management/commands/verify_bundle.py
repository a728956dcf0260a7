"""Check a bundle: every hash, the signature, the data package.

Exit status 0 if all of it holds under a key that is trusted, 1 if something does not, 2 for bad input.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from dsar.bundle.verify import VerificationReport, claimed_key_id, verify_bundle
from dsar.management import verifying
from dsar.management.asking import BadInputError


class Command(BaseCommand):
    help = "Check a bundle (the ZIP as it was downloaded): signature, every file's hash, rows, data package."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        verifying.add_arguments(parser)

    def handle(self, *, file: Path, public_key: str | None = None, **options: Any) -> None:
        try:
            with verifying.opened(file) as bundle:
                key = (
                    verifying.given_key(public_key)
                    if public_key
                    else verifying.known_key(claimed_key_id(bundle), stderr=self.stderr)
                )
                report = verify_bundle(file=bundle, public_key=key)
        except BadInputError as error:
            self.stderr.write(str(error))
            sys.exit(2)
        for check in report.checks:
            self.stdout.write(verifying.line_of(check))
        self.stdout.write(_verdict(report))
        if not (report.passed and report.trusted):
            sys.exit(1)


def _verdict(report: VerificationReport) -> str:
    if not report.passed:
        return f"NOT WHOLE: {len(report.failures)} of {len(report.checks)} checks found something wrong"
    if not report.trusted:
        return "NOT TRUSTED: whole, but the signer is nobody whose key is known here; name it by --public-key"
    return f"Whole: request {report.reference}, signed with the trusted key {report.key_id}"
