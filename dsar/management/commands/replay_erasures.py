"""Erase again, in stores restored from a backup, everybody who was erased since it was taken; and their opt-outs.

To be run before what was restored is served. Without --dataset all stores count as restored. Exit status 0 if nothing
of them is left; 1 if something stands in the way, has failed or is left; 2 for bad input; 130 where it was interrupted.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.keyring import KeyringError
from accounts.models import Tenant
from dsar.actions.replaying import replay_preferences, rewrite_choices
from dsar.datamap.problems import DataMapError, did_you_mean
from dsar.fulfilment.engine import Work
from dsar.fulfilment.erasing.fate import TO_DO
from dsar.fulfilment.ledger.chain import DamagedError
from dsar.fulfilment.replaying.due import read_due
from dsar.fulfilment.replaying.replay import Replay, Replayed
from dsar.fulfilment.scope import Scope
from dsar.ledgers import erasure_ledger, ledger_hashes
from dsar.management.asking import BadInputError
from dsar.management.output import INTERRUPTED, ended_tidily
from dsar.management.tenants import read_tenant
from dsar.stores.base import StoreConfigError
from dsar.tenantmap import OWN_DATASET, TenantMap, tenant_map
from dsar.values import on_one_line

_EPILOG = (
    "exit status: 0 nothing is left of who was erased; 1 something stands in the way, has failed or is left; 2 bad "
    "input; 130 interrupted"
)


class Command(BaseCommand):
    help = "Erase again what a restored backup has brought back, by the ledger of erasures."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.epilog = _EPILOG
        parser.add_argument(
            "--backup-taken-at", required=True, metavar="ISO", help="when it began; with its zone, or UTC"
        )
        parser.add_argument("--tenant", action="append", default=[], metavar="SLUG", help="only this; may be repeated")
        parser.add_argument("--dataset", action="append", default=[], metavar="NAME", help="only this; may be repeated")
        parser.add_argument("--dry-run", action="store_true", help="find and try everything, keep no change")

    def handle(self, **options: Any) -> None:
        try:
            with ended_tidily():
                status = self._replay_all(options)
        except BadInputError as error:
            self.stderr.write(str(error))
            status = 2
        except (DamagedError, KeyringError, OSError) as error:
            self.stderr.write(on_one_line(f"FAILED {error}"))
            status = 1
        except KeyboardInterrupt:
            self.stderr.write("interrupted: the store at hand is as it was; the same command goes on")
            status = INTERRUPTED
        sys.exit(status)

    def _replay_all(self, options: dict[str, Any]) -> int:
        taken_at = _moment(options["backup_taken_at"])
        tenants = [read_tenant(slug) for slug in options["tenant"]] or list(Tenant.objects.order_by("slug"))
        maps = [(tenant, _map(tenant)) for tenant in tenants]
        _check_datasets(options["dataset"], maps)
        is_clean = True
        for tenant, found in maps:
            wanted = [name for name in options["dataset"] if name in _names(found)] or (
                [] if options["dataset"] else _names(found)
            )
            is_clean &= self._replay(tenant, found, taken_at, wanted, commits=not options["dry_run"])
            if OWN_DATASET in wanted:
                count = replay_preferences(
                    tenant, taken_at=taken_at, now=timezone.now(), commits=not options["dry_run"]
                )
                self.stdout.write(f"{tenant.slug}: {count} choices of people (opt-outs and opt-ins) made since")
            if set(wanted) - {OWN_DATASET}:
                is_clean &= self._rewrite(tenant, taken_at, commits=not options["dry_run"])
        if options["dry_run"]:
            self.stdout.write("nothing was changed: without --dry-run this is done")
        self._tell_unknown(tenants, everybody=not options["tenant"])
        return 0 if is_clean else 1

    def _replay(
        self, tenant: Tenant, found: TenantMap, taken_at: datetime, datasets: Sequence[str], *, commits: bool
    ) -> bool:
        """Replay one tenant's erasures; return whether nothing is left of them."""
        hashes, ledger = ledger_hashes(tenant), erasure_ledger()
        due = read_due(
            ledger,
            tenant=tenant.slug,
            taken_at=taken_at,
            datasets=datasets,
            data_map=found.data_map,
            key_id=hashes.key_id,
        )
        work = Work(
            found.data_map, found.graph, {}, found.store, Scope(found.data_map), parameters={"tenant": tenant.pk}
        )
        replay = Replay(work, due, ledger=ledger, hashes=hashes, clock=timezone.now)
        problems = list(due.problems)
        matched = replay.find(problems)
        is_clean = not self._warn(tenant, problems)
        self.stdout.write(
            f"{tenant.slug}: {len(due.cases())} erasures since, {len(matched)} of them with rows found again"
        )
        for done in replay.run(matched, commits=commits):
            is_clean &= self._tell(tenant, done)
        return is_clean

    def _rewrite(self, tenant: Tenant, taken_at: datetime, *, commits: bool) -> bool:
        """Write people's choices into the stores again; return whether all are."""
        done = rewrite_choices(tenant, taken_at=taken_at, clock=timezone.now, commits=commits)
        verb = "written into the stores again" if commits else "to write into the stores again"
        self.stdout.write(f"{tenant.slug}: {done.choices} choices {verb}")
        return not self._warn(tenant, done.problems)

    def _warn(self, tenant: Tenant, problems: Iterable[str]) -> bool:
        told = [on_one_line(f"IN THE WAY {tenant.slug}: {problem}") for problem in problems]
        for line in told:
            self.stderr.write(line)
        return bool(told)

    def _tell(self, tenant: Tenant, done: Replayed) -> bool:
        """Tell what became of one erasure; return whether nothing is left of it."""
        who, verb = f"{tenant.slug} {done.case.reference}", "to erase" if done.left is None else "erased"
        for key in {**done.matched.rows, **done.preview.parts}:
            told = [f"{done.matched.rows[key]} matched"]
            part = done.preview.parts.get(key)
            if part and (count := part.to_do) and not done.problems:
                told.append(f"{count} {verb}")
            if part:
                told += [
                    f"{count} left: {why or 'masked already'}"
                    for (fate, why), count in sorted(part.rows.items())
                    if fate not in TO_DO
                ]
            if done.matched.later[key]:
                told.append(f"{done.matched.later[key]} left: they came after the erasure")
            if key in done.doubtful():
                told.append(f"{done.doubtful()[key]} LEFT: the person came back, and nobody can tell when these came")
            self.stdout.write(on_one_line(f"{who}: {':'.join(key)}: {', '.join(told)}"))
        failed = self._warn(tenant, (f"{done.case.reference}: {problem}" for problem in done.problems))
        for place in done.unknown:
            self.stderr.write(on_one_line(f"{who}: LOOK AT {place}"))
        if done.left:
            self.stderr.write(f"{who}: read again: {done.left} rows LEFT to erase")
        return not (failed or done.left or done.doubtful() or done.unknown)

    def _tell_unknown(self, tenants: Sequence[Tenant], *, everybody: bool) -> None:
        """Name the tenants of the ledger that this portal has not: its own database may be older than they are."""
        known = {tenant.slug for tenant in tenants}
        for slug in sorted({str(line["tenant"]) for line in erasure_ledger().lines() if "tenant" in line} - known):
            if everybody:
                self.stderr.write(f"the ledger names a tenant '{slug}' that this portal has not")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInputError(f"--backup-taken-at: '{text}' is no moment; write 2026-03-02T10:00:00Z") from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    if moment > timezone.now():
        raise BadInputError(f"--backup-taken-at: {text} is still to come")
    return moment


def _map(tenant: Tenant) -> TenantMap:
    try:
        return tenant_map(tenant)
    except (DataMapError, StoreConfigError) as error:
        raise BadInputError(f"{tenant.slug}: {error}") from error


def _names(found: TenantMap) -> list[str]:
    return [dataset.key for dataset in found.data_map.datasets]


def _check_datasets(wanted: Sequence[str], maps: Iterable[tuple[Tenant, TenantMap]]) -> None:
    known = {name for _, found in maps for name in _names(found)}
    for name in wanted:
        if name not in known:
            raise BadInputError(f"--dataset: no map has a dataset '{name}'{did_you_mean(name, known)}")
