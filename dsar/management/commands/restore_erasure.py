"""Undo an erasure while what it took is kept: an error in a data map must not cost anybody their data.

Every store is tried before one is changed; a store is changed all or not at all. Exit status 0 if everything is as it
was; 1 if something stands in the way, has failed, or was written by others since; 2 for bad input; 3 if nothing is kept
(any more); 130 where it was interrupted.
"""

import argparse
import sys
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.keyring import KeyringError
from accounts.models import Tenant
from dsar.actions.telling.undoing import tell_undone
from dsar.datamap.problems import DataMapError, did_you_mean
from dsar.fulfilment.ledger.chain import DamagedError
from dsar.fulfilment.ledger.ledger import Case
from dsar.fulfilment.restoring.restore import NotRestorableError, Restoration, Restored
from dsar.ledgers import erasure_ledger
from dsar.management.asking import BadInputError
from dsar.management.output import INTERRUPTED, ended_tidily
from dsar.management.tenants import read_tenant
from dsar.models import Suspension
from dsar.restorations import RestorationGoneError, kept_restoration_log
from dsar.stores.base import StoreConfigError
from dsar.tenantmap import tenant_map
from dsar.values import on_one_line

_EPILOG = (
    "exit status: 0 everything is as it was; 1 something stands in the way, has failed, or was written by others "
    "since; 2 bad input; 3 nothing is kept (any more); 130 interrupted"
)


class Command(BaseCommand):
    help = "Put back what an erasure deleted or masked, from its restoration log."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.epilog = _EPILOG
        parser.add_argument("reference", metavar="REFERENCE", help="of the erasure's request")
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--dataset", action="append", default=[], metavar="NAME", help="only this; may be repeated")
        parser.add_argument("--dry-run", action="store_true", help="try it in every store and keep no change")

    def handle(self, **options: Any) -> None:
        try:
            with ended_tidily():
                status = self._restore(options)
        except KeyboardInterrupt:
            self.stderr.write("interrupted: the store at hand is as it was; the same command goes on")
            status = INTERRUPTED
        sys.exit(status)

    def _restore(self, options: dict[str, Any]) -> int:
        try:
            tenant = read_tenant(options["tenant"])
            restoration = _restoration(tenant, options["reference"])
            datasets = _chosen(restoration.datasets(), options["dataset"])
        except (BadInputError, DataMapError, StoreConfigError) as error:
            self.stderr.write(str(error))
            return 2
        except RestorationGoneError as error:
            self.stderr.write(str(error))
            return 3
        except (KeyringError, DamagedError, OSError) as error:
            self.stderr.write(f"nothing is restored: {error}")
            return 1
        if not datasets:
            self.stderr.write("nothing is restored: everything that was kept is restored already")
            self._tell_recipients(tenant, options["reference"], None)  # where it was killed before it could
            return 3
        tell = partial(self._tell_recipients, tenant, options["reference"])
        status = self._do(restoration, datasets, tell, tries=options["dry_run"])
        self._tell_hidden(tenant, options["reference"], datasets)
        return status

    def _do(
        self, restoration: Restoration, datasets: Sequence[str], tell: Callable[[Collection[str]], None], *, tries: bool
    ) -> int:
        try:
            done = restoration.preview(datasets) if tries else restoration.execute(datasets, clock=timezone.now)
        except (NotRestorableError, OSError) as error:
            for line in str(error).splitlines():
                self.stderr.write(on_one_line(f"nothing is restored: {line}"))
            return 1
        self._tell(done)
        if done.failure:
            self.stderr.write(on_one_line(f"FAILED half-way: {done.failure}"))
        if tries:
            self.stdout.write("nothing was changed: without --dry-run this is done")
        else:
            tell({dataset for dataset, _ in (*done.rows, *done.there, *done.fields)})
        return int(bool(done.failure or done.left.total() or done.taken.total()))

    def _tell_recipients(self, tenant: Tenant, reference: str, datasets: Collection[str] | None) -> None:
        for item in tell_undone(tenant, reference, datasets=datasets, now=timezone.now()):
            self.stdout.write(on_one_line(f"{item.recipient.name}: told that the erasure is undone"))

    def _tell(self, done: Restored) -> None:
        for key in sorted({*done.rows, *done.fields}):
            told = [
                f"{done.rows[key]} rows put back" if done.rows[key] else "",
                f"{done.there[key]} rows there already" if done.there[key] else "",
                f"{done.taken[key]} rows LEFT: others stand in their place by now" if done.taken[key] else "",
                f"{done.fields[key]} fields written back" if done.fields[key] else "",
                f"{done.left[key]} fields LEFT: written by others since, or their row is gone"
                if done.left[key]
                else "",
            ]
            self.stdout.write(on_one_line(f"{':'.join(key)}: {', '.join(filter(None, told)) or 'nothing'}"))

    def _tell_hidden(self, tenant: Tenant, reference: str, datasets: Sequence[str]) -> None:
        """Name the rows that were hidden when they were taken: nobody knows any more what had stood in them."""
        own = Suspension.objects.filter(subject_request__tenant=tenant, subject_request__reference=reference)
        for report in own.values_list("report", flat=True):
            for dataset, name, rows, _since in report.get("hidden", ()):
                if dataset in datasets:
                    told = f"{rows} rows are hidden, as they were when they were taken: show them in the store"
                    self.stdout.write(on_one_line(f"{dataset}:{name}: {told}"))


def _restoration(tenant: Tenant, reference: str) -> Restoration:
    found = tenant_map(tenant)
    return Restoration(
        kept_restoration_log(tenant, reference, now=timezone.now()),
        Case(tenant.slug, reference),
        data_map=found.data_map,
        open_store=found.store,
        ledger=erasure_ledger(),
    )


def _chosen(found: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Return the wanted datasets, or all. Raises BadInputError."""
    for name in wanted:
        if name not in found:
            raise BadInputError(f"--dataset: nothing is to be put back in '{name}'{did_you_mean(name, found)}")
    return list(wanted or found)
