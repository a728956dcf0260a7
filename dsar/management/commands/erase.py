"""Erase a person's rows over a data map, with the engine alone: first the preview, then, once it is approved, the deed.

Without --approve nothing is changed. Exit status 0 if the preview has no problem, or everything is erased and a second
reading proves it; 1 if something stands in the way, has failed or is left; 2 for bad input; 3 if the rows are no longer
those that were approved; 130 where it was interrupted.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from dsar.fulfilment.erasing.erase import Erasure, NotErasableError, PlanChangedError
from dsar.fulfilment.erasing.fate import Fate
from dsar.fulfilment.erasing.preview import Preview
from dsar.management.asking import BadInputError, read_asked
from dsar.management.output import INTERRUPTED, ended_tidily
from dsar.values import on_one_line

_EPILOG = (
    "exit status: 0 the preview has no problem, or everything is erased and read again; 1 something stands in the way, "
    "has failed or is left; 2 bad input; 3 the rows are no longer those that were approved; 130 interrupted"
)


class Command(BaseCommand):
    help = "Show what an erasure would do, or, with --approve, do what was shown."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.epilog = _EPILOG
        parser.add_argument("--datamap", type=Path, required=True, metavar="DIR", help="a folder of manifests")
        parser.add_argument("--stores", type=Path, required=True, metavar="FILE", help="YAML: each dataset's address")
        parser.add_argument("--identity", action="append", required=True, metavar="KIND=VALUE", help="may be repeated")
        parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE")
        parser.add_argument(
            "--approve", metavar="FINGERPRINT", help="erase what the preview of this fingerprint showed"
        )

    def handle(self, **options: Any) -> None:
        try:
            asked = read_asked(options["datamap"], options["stores"], options["identity"], options["parameter"])
        except BadInputError as error:
            self.stderr.write(str(error))
            sys.exit(2)
        erasure = Erasure(asked.work())
        try:
            with ended_tidily():
                approved = options["approve"]
                status = self._show(erasure.preview()) if approved is None else self._erase(erasure, approved)
        except KeyboardInterrupt:
            self.stderr.write("interrupted: the store at hand is as it was; look at a new preview for what is left")
            status = INTERRUPTED
        sys.exit(status)

    def _show(self, preview: Preview) -> int:
        self._tell(preview)
        for problem in preview.problems:
            self.stderr.write(on_one_line(f"IN THE WAY {problem}"))
        if not preview.problems and preview.to_do:
            self.stdout.write(f"to do this: --approve {preview.fingerprint}")
        elif not preview.problems:
            self.stdout.write("there is nothing to erase")
        return 1 if preview.problems else 0

    def _erase(self, erasure: Erasure, fingerprint: str) -> int:
        try:
            erased = erasure.execute(fingerprint=fingerprint)
        except PlanChangedError as error:
            self.stderr.write(f"nothing is erased: {error}")
            return 3
        except NotErasableError as error:
            self.stderr.write(f"nothing is erased: {error}")
            return 1
        for (dataset, name), part in erased.done.items():
            deleted, masked = part.count(Fate.DELETE), part.count(Fate.MASK)
            redacted = f", {part.redacted} values redacted" if part.redacted else ""
            self.stdout.write(f"{dataset}:{name}: {deleted} deleted, {masked} masked{redacted}")
        if erased.failure:
            self.stderr.write(on_one_line(f"FAILED half-way: {erased.failure}"))
        return self._prove(erasure.verify()) or int(bool(erased.failure))

    def _prove(self, found: Preview) -> int:
        left = found.to_do
        for problem in found.problems:
            self.stderr.write(on_one_line(f"NOT READ AGAIN {problem}"))
        self.stdout.write(f"read again: {left} rows left to erase")
        return int(bool(left or found.problems))

    def _tell(self, preview: Preview) -> None:
        for (dataset, name), part in preview.parts.items():
            for (fate, why), count in sorted(part.rows.items()):
                self.stdout.write(on_one_line(f"{fate:<8} {count:>9}  {dataset}:{name}{f'  {why}' if why else ''}"))
            if part.redacted:
                what = f"{part.redacted:>9}  {dataset}:{name}  values in texts, not rows"
                self.stdout.write(on_one_line(f"{'redact':<8} {what}"))
            if part.short:
                what = f"{part.short:>9}  {dataset}:{name}  values are too short to be looked for in texts"
                self.stdout.write(on_one_line(f"{'short':<8} {what}"))
        for (dataset, name), why in sorted(preview.unreached.items()):
            self.stdout.write(on_one_line(f"{'-':<8} {'-':>9}  {dataset}:{name}  {why}"))
