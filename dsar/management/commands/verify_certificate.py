"""Check the certificate of an erasure: the JSON, or the PDF that holds it.

Exit status 0 if it is whole and signed with a key that is trusted, 1 if something is wrong, 2 for bad input. What is
certified is not judged: an erasure that is not complete is told as such, and its certificate may well be genuine.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from dsar.bundle.display import clip
from dsar.certificate.verify import CertificateReport, claimed_key_id, verify_certificate
from dsar.management import verifying
from dsar.management.asking import BadInputError
from dsar.values import on_one_line


class Command(BaseCommand):
    help = "Check the certificate of an erasure (JSON or PDF): its signature, its form, its sums."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.epilog = "exit status: 0 whole, and signed with a trusted key; 1 something is wrong; 2 bad input"
        verifying.add_arguments(parser)

    def handle(self, *, file: Path, public_key: str | None = None, **options: Any) -> None:
        try:
            with verifying.opened(file) as certificate:
                key = (
                    verifying.given_key(public_key)
                    if public_key
                    else verifying.known_key(claimed_key_id(certificate), stderr=self.stderr)
                )
                report = verify_certificate(file=certificate, public_key=key)
        except BadInputError as error:
            self.stderr.write(str(error))
            sys.exit(2)
        for line in (*map(verifying.line_of, report.checks), *_said(report.certified), _verdict(report)):
            self.stdout.write(on_one_line(line))
        if not (report.passed and report.trusted):
            sys.exit(1)


def _said(certified: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is certified, for whoever holds a PDF: its pages are compared with nothing but this."""
    if not certified:
        return
    totals, moments = certified["totals"], certified["moments"]
    again = f"read again at {moments['read_again_at']}" if moments["read_again_at"] else "not read again"
    yield f"says   {clip(certified['tenant'], 80)} erased at {moments['erased_at']}, {again}"
    yield (
        f"says   {totals['deleted']} deleted, {totals['masked']} masked, {totals['kept'] + totals['flagged']} stay, "
        f"{totals['left']} left, in {totals['collections']} collections of {totals['stores']} stores"
    )
    if not certified["proven"]:
        unread = totals["not_read_again"]
        yield f"says   the erasure is NOT COMPLETE: {totals['left']} rows left, {unread} collections not read again"


def _verdict(report: CertificateReport) -> str:
    if not report.passed:
        return f"NOT GENUINE: {len(report.failures)} of {len(report.checks)} checks found something wrong"
    if not report.trusted:
        return "NOT TRUSTED: whole, but the signer is nobody whose key is known here; name it by --public-key"
    return f"Genuine: request {clip(report.reference, 60)}, signed with the trusted key {report.key_id}"
