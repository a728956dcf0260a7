"""Load an export into the stores of a platform that holds nothing of the person yet, and prove that nothing was lost.

The bundle is checked first; then every store takes its rows, or none does; then the platform is exported again and the
two are compared. Exit status 0 if they are equal; 1 if a store did not take its rows or the two differ; 2 for bad
input, a bundle that is not whole among it; 3 if the platform holds rows of the person already; 130 where it was
interrupted.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from dsar.bundle.export import Export, NoExportError, opened_export
from dsar.fulfilment.importing.load import Import, NotEmptyError, NotFittingError, NotLoadedError
from dsar.management import verifying
from dsar.management.asking import BadInputError
from dsar.management.importing import read_import
from dsar.management.output import INTERRUPTED, ended_tidily
from dsar.stores.base import MadeUp
from dsar.values import on_one_line

_EPILOG = (
    "exit status: 0 loaded, and a new export equals this one; 1 a store did not take its rows, or the two differ; "
    "2 bad input; 3 the platform holds rows of this person already; 130 interrupted"
)


class Command(BaseCommand):
    help = "Load an export into the stores of a platform that holds nothing of the person yet."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.epilog = _EPILOG
        parser.add_argument("file", type=Path, metavar="FILE", help="the ZIP as it was downloaded, unsealed")
        parser.add_argument("--datamap", type=Path, required=True, metavar="DIR", help="a folder of manifests")
        parser.add_argument("--stores", type=Path, required=True, metavar="FILE", help="YAML: each dataset's address")
        parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE")
        parser.add_argument(
            "--leave-out", action="append", default=[], metavar="DATASET", help="load nothing of it; may be repeated"
        )
        parser.add_argument("--public-key", metavar="KEY", help="the signer's key in base64, or a file of it")

    def handle(self, **options: Any) -> None:
        try:
            with ended_tidily():
                status = self._run(options)
        except (BadInputError, NoExportError, NotFittingError) as error:
            self.stderr.write(on_lines(error))
            status = 2
        except NotEmptyError as error:
            self.stderr.write(f"nothing was loaded: {on_lines(error)}")
            status = 3
        except NotLoadedError as error:
            self.stderr.write(on_lines(error))
            status = 1
        except KeyboardInterrupt:
            self.stderr.write("interrupted: what no store had committed is taken back")
            status = INTERRUPTED
        if status:
            sys.exit(status)

    def _run(self, options: dict[str, Any]) -> int:
        key = verifying.given_key(options["public_key"]) if options["public_key"] else None
        with verifying.opened(options["file"]) as file, opened_export(file=file, public_key=key) as export:
            self._tell_signer(export)
            loaded = read_import(
                export,
                datamap=options["datamap"],
                stores=options["stores"],
                parameters=options["parameter"],
                left_out=options["leave_out"],
            )
            loaded.check()
            loaded.check_empty()
            made_up = loaded.load()
            for key_, rows in loaded.rows.items():
                self.stdout.write(f"{':'.join(key_)}: {rows} rows")
            for dataset, items in made_up.items():
                self._tell_made_up(dataset, items)
            return self._compare(loaded)

    def _tell_signer(self, export: Export) -> None:
        if not export.report.trusted:
            self.stderr.write(
                f"whole, but nobody says here whose key {export.report.key_id} is; name it by --public-key"
            )
        for key, why in export.failures.items():
            self.stderr.write(on_one_line(f"not in this export: {':'.join(key)}: {why}"))

    def _tell_made_up(self, dataset: str, items: Sequence[MadeUp]) -> None:
        for item in items:
            place = f"{dataset}:{item.place}"
            if item.column:
                self.stdout.write(f"made up: {place}.{item.column} in {item.count} rows, since no export holds it")
            else:
                self.stdout.write(f"made up: {item.count} rows of {place}, which the export names and does not hold")

    def _compare(self, loaded: Import) -> int:
        differences = loaded.differences()
        for item in differences:
            self.stderr.write(f"DIFFERS {':'.join(item.key)}: {item.before} rows here, {item.after} exported again")
        if not differences:
            self.stdout.write(f"exported again: equal, {sum(loaded.rows.values())} rows")
        return int(bool(differences))


def on_lines(error: Exception) -> str:
    return "\n".join(on_one_line(line) for line in str(error).split("\n"))
