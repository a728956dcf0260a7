"""Check a bundle: every hash, the signature, the data package.

Exit status 0 if all of it holds under a key that is trusted, 1 if something does not, 2 for bad input.
"""

import argparse
import base64
import binascii
import sys
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from accounts.keyring import KeyringError
from dsar.actions.delivery.signing import published_keys
from dsar.bundle.signing import PUBLIC_KEY_BYTES
from dsar.bundle.verify import VerificationReport, claimed_key_id, verify_bundle


class BadInputError(Exception):
    """The command cannot start; the message says what to write."""


class Command(BaseCommand):
    help = "Check a bundle (the ZIP as it was downloaded): signature, every file's hash, rows, data package."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--public-key",
            metavar="KEY",
            help="the key that is trusted: 32 bytes in base64, or a file of that; else those of this portal's tenants",
        )

    def handle(self, *, file: Path, public_key: str | None = None, **options: Any) -> None:
        try:
            with _opened(file) as bundle:
                key = _given(public_key) if public_key else self._known(bundle)
                report = verify_bundle(file=bundle, public_key=key)
        except BadInputError as error:
            self.stderr.write(str(error))
            sys.exit(2)
        for check in report.checks:
            self.stdout.write(f"{'ok    ' if check.passed else 'WRONG '} {check.name}: {check.message}")
        self.stdout.write(_verdict(report))
        if not (report.passed and report.trusted):
            sys.exit(1)

    def _known(self, bundle: BinaryIO) -> bytes | None:
        """Return the key of the tenant that the bundle names, if it is one of this portal's.

        Where there is no portal (whoever got a bundle may have but this clone), all but whose key it is can be checked.
        """
        claimed = claimed_key_id(bundle)
        try:
            _slug, key = published_keys().get(claimed, ("", None))
        except (DatabaseError, KeyringError):
            self.stderr.write("this portal's own keys cannot be read: no key is trusted but one named by --public-key")
            return None
        return key


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise BadInputError(f"{file}: cannot be read: {error.strerror}") from error


def _given(text: str) -> bytes:
    """Read the key from a file, or the argument itself. Raises BadInputError."""
    try:
        key = base64.b64decode(_text_of(text).strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInputError("--public-key: write the key in base64, or the name of a file with it") from error
    if len(key) != PUBLIC_KEY_BYTES:
        raise BadInputError(f"--public-key: an Ed25519 key has {PUBLIC_KEY_BYTES} bytes, this has {len(key)}")
    return key


def _text_of(argument: str) -> str:
    path = Path(argument)
    return path.read_text(encoding="ascii") if len(argument) < 256 and path.is_file() else argument


def _verdict(report: VerificationReport) -> str:
    if not report.passed:
        return f"NOT WHOLE: {len(report.failures)} of {len(report.checks)} checks found something wrong"
    if not report.trusted:
        return "NOT TRUSTED: whole, but the signer is nobody whose key is known here; name it by --public-key"
    return f"Whole: request {report.reference}, signed with the trusted key {report.key_id}"
