"""Collect a person's data over a data map into a bundle, with the engine alone: no database of the portal, no broker.

Exit status 0 if everything was read, 1 if a store failed (the bundle names it) or no bundle could be written, 2 for bad
input, 130 where it was interrupted.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.core.management.base import BaseCommand

from dsar.bundle.archive import BundleError
from dsar.bundle.article15 import missing_facts
from dsar.bundle.sealing import SealError, check_recipient, seal_stream
from dsar.bundle.signing import Signer
from dsar.fulfilment.collect import Asked, Collected, collect
from dsar.management.asking import BadInputError, read_asked
from dsar.management.output import INTERRUPTED, ended_tidily, written_whole
from dsar.management.progress import Progress
from dsar.values import on_one_line

#: So many undeclared collections and fields are named on the screen.
_NAMED = 5
_EPILOG = (
    "exit status: 0 everything was read; 1 a store failed, and the bundle says which, or no bundle could be written; "
    "2 bad input; 130 interrupted"
)


class Command(BaseCommand):
    help = "Collect a person's data over a data map into a bundle, with the engine alone."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.epilog = _EPILOG
        parser.add_argument(
            "--datamap", type=Path, required=True, metavar="DIR", help="a folder of Fideslang manifests"
        )
        parser.add_argument(
            "--stores", type=Path, required=True, metavar="FILE", help="YAML: each dataset's fides_key and its address"
        )
        parser.add_argument(
            "--identity",
            action="append",
            required=True,
            metavar="KIND=VALUE",
            help="email=…, user_id=…; may be repeated",
        )
        parser.add_argument(
            "--parameter", action="append", default=[], metavar="NAME=VALUE", help="fills a {NAME} in the map's `only`"
        )
        parser.add_argument("--out", type=Path, required=True, metavar="FILE.zip", help="where the bundle is written")
        parser.add_argument("--recipient", metavar="KEY", help="an age or SSH public key that the bundle is sealed for")
        parser.add_argument(
            "--portability",
            action="store_true",
            help="write an export (GDPR Article 20): without what was inferred, each file of rows with its JSON Schema",
        )
        parser.add_argument("--no-pdf", action="store_true", help="leave out report.pdf, which takes the longest")

    def handle(self, **options: Any) -> None:
        try:
            with ended_tidily():
                collected = self._collect(options)
        except BadInputError as error:
            self.stderr.write(str(error))
            sys.exit(2)
        except (BundleError, SealError) as error:
            self.stderr.write(f"no bundle is written: {error}")
            sys.exit(1)
        except OSError as error:  # a full disk: what a store's own errors are, the engine has told of that store
            self.stderr.write(f"no bundle is written: {error.strerror or error}")
            sys.exit(1)
        except KeyboardInterrupt:
            self.stderr.write("interrupted: no bundle is written")
            sys.exit(INTERRUPTED)
        self._tell(collected, options["out"])
        if collected.failures:
            sys.exit(1)

    def _collect(self, options: dict[str, Any]) -> Collected:
        asked = read_asked(options["datamap"], options["stores"], options["identity"], options["parameter"])
        asked = replace(asked, is_export=options["portability"])
        recipient, signer = _recipient(options["recipient"]), Signer.generate()
        report = not options["no_pdf"] and self._has_facts(asked)
        with written_whole(options["out"]) as out, Progress(self.stderr) as progress:
            if recipient is None:
                return collect(asked, out=out, now=datetime.now(UTC), signer=signer, progress=progress, report=report)
            with tempfile.TemporaryFile(dir=options["out"].parent) as plain:
                collected = collect(
                    asked, out=plain, now=datetime.now(UTC), signer=signer, progress=progress, report=report
                )
                plain.seek(0)
                seal_stream(source=cast(BinaryIO, plain), target=out, recipient=recipient)
                return collected

    def _has_facts(self, asked: Asked) -> bool:
        missing = missing_facts(asked.data_map)
        if missing:
            self.stderr.write(f"report.pdf is left out: the map does not say what Article 15 wants told: {missing[0]}")
        return not missing

    def _tell(self, collected: Collected, out: Path) -> None:
        totals = collected.manifest.document["totals"]
        for dataset, reason in sorted(collected.failures.items()):
            self.stderr.write(on_one_line(f"FAILED {dataset}: {reason}"))
        if missed := _undeclared(collected.manifest.document):
            more = f" and {len(missed) - _NAMED} more" if len(missed) > _NAMED else ""
            named = on_one_line(", ".join(missed[:_NAMED]))
            self.stderr.write(f"not in the map, and so not read: {named}{more}: see manifest.json")
        self.stdout.write(
            f"{out}: {totals['rows']} rows of {totals['collections']} collections, {totals['withheld']} withheld"
        )


def _undeclared(document: Mapping[str, Any]) -> list[str]:
    """Return what the stores hold and the map does not declare."""
    collections = [(store["dataset"], name) for store in document["stores"] for name in store["undeclared_collections"]]
    fields = [
        (store["dataset"], f"{collection['name']}.{name}")
        for store in document["stores"]
        for collection in store["collections"]
        for name in collection["undeclared_fields"]
    ]
    return [f"{dataset}:{name}" for dataset, name in (*collections, *fields)]


def _recipient(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        check_recipient(text)
    except SealError as error:
        raise BadInputError(f"--recipient: {error}") from error
    return text
