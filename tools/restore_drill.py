"""Restore a backup of a small demo after people were erased, erase them again by the ledger, and look in every store.

    python -m tools.restore_drill --people 60

The stores are the demo's SQL databases, in a folder of their own. Erased are three people; a fourth is erased and the
erasure is undone; one of the erased signs up again. Then one store is restored alone, after it all of them, each time
followed by `manage.py replay_erasures`, and every table is compared, row by row and past the portal, with what it held
before the backup came back. Prints how many rows were resurrected and how many lost; exits 0 only if none were.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
from django.core.management import call_command

from examples.macrosora import cast
from examples.macrosora.platform.accounts import SMALLEST

if TYPE_CHECKING:
    from accounts.models import Tenant

_TENANT = "drill"
_DEMO = Path(cast.__file__).parent
_MAPS = {"app": _DEMO / "datamap" / "app.yml", "notes": _DEMO / "nordlicht" / "datamap" / "notes.yml"}
_ERASED = {"R-ADA": cast.ORDINARY.email, "R-MAREN": cast.MOVED.email, "R-OLU": cast.TEMPLATE_OWNER.email}
_UNDONE = ("R-TOMAS", cast.TWO_ORGANISATIONS.email)
#: A ticket that a colleague wrote names the row of Ada's account: in the demo's database it cannot go.
_RULES = {
    "erasure: {action: delete, since: created_at}\n          choices:": (
        "erasure: {action: mask, since: created_at, fields: {email: hmac, full_name: {strategy: fixed, value: erased}, "
        "company: null, phone: null, birth_date: null}}\n          choices:"
    )
}
#: What a mask has made is another text in each erasure.
_MADE = "erased-"

#: (dataset, table, a row's values as texts) -> how often.
Rows = Counter[tuple[str, str, tuple[str, ...]]]


@dataclass
class Stores:
    """The databases behind the datasets, and their backups."""

    folder: Path

    def path(self, dataset: str) -> Path:
        return self.folder / f"{dataset}.sqlite3"

    def back_up(self) -> None:
        """Copy each database as it is at one moment, also while somebody writes to it."""
        for dataset in _MAPS:
            source, target = sqlite3.connect(self.path(dataset)), sqlite3.connect(self._backup(dataset))
            with closing(source), closing(target):
                source.backup(target)

    def restore(self, datasets: Iterable[str]) -> None:
        for dataset in datasets:
            for file in self.folder.glob(f"{self.path(dataset).name}*"):
                file.unlink()
            shutil.copy(self._backup(dataset), self.path(dataset))

    def change(self, dataset: str, statement: str, values: Sequence[Any]) -> None:
        with closing(sqlite3.connect(self.path(dataset))) as database, database:
            database.execute(statement, values)

    def rows(self) -> Rows:
        """Read every row of every table, past the portal."""
        found: Rows = Counter()
        for dataset in _MAPS:
            with closing(sqlite3.connect(self.path(dataset))) as database:
                database.text_factory = bytes
                names = [
                    name.decode() for (name,) in database.execute("select name from sqlite_schema where type = 'table'")
                ]
                for name in names:
                    for row in database.execute(f'select * from "{name}"'):  # noqa: S608 - the demo's own table
                        found[dataset, name, tuple(map(_told, row))] += 1
        return found

    def _backup(self, dataset: str) -> Path:
        return self.folder / f"{dataset}.backup"


def _told(value: Any) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else repr(value)
    return _MADE if text.startswith(_MADE) else text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=60)
    people = parser.parse_args().people
    if people < SMALLEST:
        parser.error(f"the demo needs at least {SMALLEST} people")
    with tempfile.TemporaryDirectory(prefix="restore-drill-") as folder:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "portal.settings", "PORTAL_VAR": folder}
        for name in ("DATABASE_URL", "STORAGE_URL", "TENANTS_DIR", "DSAR_ERASURE_LEDGER", "DSAR_RESTORATION_KEYS"):
            os.environ.pop(name, None)
        django.setup()
        call_command("migrate", verbosity=0)
        return _drill(Path(folder), people)


def _drill(folder: Path, people: int) -> int:
    stores = Stores(folder / "stores")
    _seed(stores, people)
    tenant = _make_tenant(folder, stores)
    before = stores.rows()
    stores.back_up()
    drill = Drill(stores, taken_at=datetime.now(UTC))
    for reference, email in _ERASED.items():
        print(f"erased {reference}: {_erase(tenant, reference, email)} rows", flush=True)
    clean = stores.rows()
    if not before - clean:
        print("PROBLEM nothing was erased: this drill would prove nothing")
        return 1
    print(f"erased {_UNDONE[0]}: {_erase(tenant, *_UNDONE)} rows", flush=True)
    drill.run("an erasure undone", clean, "restore_erasure", _UNDONE[0], "--tenant", _TENANT)
    _sign_up_again(stores, cast.ORDINARY.email)
    with_new = stores.rows()

    stores.restore(["notes"])
    drill.replay("one store restored alone, and all of them replayed", with_new)
    stores.restore(["notes"])
    drill.replay("one store restored alone, and replayed alone", with_new, "--dataset", "notes")
    stores.restore(_MAPS)
    drill.replay("all stores restored", clean)
    stores.restore(_MAPS)
    restored = stores.rows()
    # The restored row has the address still, and it is unique.
    _sign_up_again(stores, cast.ORDINARY.email.upper())
    drill.replay("all stores restored, and served before they were replayed", clean + (stores.rows() - restored))
    print(f"resurrected: {drill.resurrected}" + (f", lost: {drill.lost}" if drill.lost else ""))
    return int(drill.failed)


@dataclass
class Drill:
    """Runs commands and compares every table with what it should hold afterwards."""

    stores: Stores
    taken_at: datetime
    resurrected: int = 0
    lost: int = 0
    failed: bool = False

    def replay(self, what: str, expected: Rows, *more: str) -> None:
        moment = self.taken_at.isoformat()
        self.run(what, expected, "replay_erasures", "--backup-taken-at", moment, "--tenant", _TENANT, *more)

    def run(self, what: str, expected: Rows, *arguments: str) -> None:
        differ = (self.stores.rows() - expected).total() + (expected - self.stores.rows()).total()
        status = _command(*arguments)
        found = self.stores.rows()
        resurrected, lost = found - expected, expected - found
        for problem, rows in (("is there and should not be", resurrected), ("is gone", lost)):
            for (dataset, table, _), count in rows.items():
                print(f"PROBLEM {dataset}:{table}: {count} times a row {problem}")
        if status:
            print(f"PROBLEM {arguments[0]} ended with {status}")
        print(f"{what}: {differ} rows differed, {resurrected.total() + lost.total()} do now", flush=True)
        self.resurrected += resurrected.total()
        self.lost += lost.total()
        self.failed |= bool(status or resurrected or lost or not differ)


def _seed(stores: Stores, people: int) -> None:
    from examples.macrosora.nordlicht import seed_second_tenant
    from examples.macrosora.platform.accounts import populate
    from examples.macrosora.platform.database import sqlite_url, write_database

    now = datetime.now(UTC)
    stores.folder.mkdir()
    population = populate(size=people, seed=2024, now=now)
    write_database(database_url=sqlite_url(stores.path("app")), population=population)
    seed_second_tenant(folder=stores.folder / "nordlicht", now=now)
    shutil.move(stores.folder / "nordlicht" / "app.sqlite3", stores.path("notes"))


def _make_tenant(folder: Path, stores: Stores) -> Tenant:
    """Make a tenant whose map is that of the demo's databases."""
    from accounts.models import Tenant

    (folder / "tenants" / _TENANT / "datamap").mkdir(parents=True)
    texts = {file.name: file.read_text(encoding="utf-8") for file in _MAPS.values()}
    for said, instead in _RULES.items():
        if not any(said in text for text in texts.values()):
            raise LookupError(f"no map says any more: {said}")
        texts = {name: text.replace(said, instead) for name, text in texts.items()}
    for name, text in texts.items():
        (folder / "tenants" / _TENANT / "datamap" / name).write_text(text, encoding="utf-8")
    addresses = "".join(f"{dataset}: sqlite:///{stores.path(dataset)}\n" for dataset in _MAPS)
    (folder / "tenants" / _TENANT / "stores.yml").write_text(addresses, encoding="utf-8")
    return Tenant.objects.create(slug=_TENANT, name="Drill", contact_email="privacy@drill.example")


def _erase(tenant: Tenant, reference: str, email: str) -> int:
    """Erase as a worker does, with all that is kept of it; return how many rows that were."""
    from django.utils import timezone

    from dsar.fulfilment.engine import Work
    from dsar.fulfilment.erasing.erase import Erasure
    from dsar.fulfilment.erasing.keeper import Together
    from dsar.fulfilment.ledger.ledger import Case
    from dsar.fulfilment.ledger.recording import Recorder
    from dsar.fulfilment.scope import Scope
    from dsar.ledgers import erasure_ledger, ledger_hashes
    from dsar.restorations import new_restoration_log
    from dsar.tenantmap import tenant_map

    found = tenant_map(tenant)
    log, _ends_at = new_restoration_log(tenant, reference, now=timezone.now())
    recorder = Recorder(
        erasure_ledger(),
        Case(tenant.slug, reference),
        data_map=found.data_map,
        hashes=ledger_hashes(tenant),
        clock=timezone.now,
    )
    identities = {"email": frozenset({email})}
    work = Work(found.data_map, found.graph, identities, found.store, Scope(found.data_map), {"tenant": tenant.pk})
    erasure = Erasure(work, keeper=Together([log, recorder]))
    preview = erasure.preview()
    erased = erasure.execute(fingerprint=preview.fingerprint)
    if erased.failure:
        raise RuntimeError(erased.failure)
    return preview.to_do


def _sign_up_again(stores: Stores, email: str) -> None:
    """Open an account anew, with a new number, and do something with it."""
    at = (datetime.now(UTC) + timedelta(seconds=1)).replace(tzinfo=None).isoformat(" ")
    with closing(sqlite3.connect(stores.path("app"))) as database:
        columns = [name for _, name, *_ in database.execute("pragma table_info(people)")]
        example = dict(zip(columns, database.execute("select * from people limit 1").fetchone(), strict=True))
    new = {**example, "id": 900_001, "email": email, "created_at": at, "deleted_at": None}
    marks = ", ".join("?" * len(new))
    stores.change("app", f"insert into people values ({marks})", list(new.values()))  # noqa: S608
    stores.change("app", "insert into memberships values (?, 1, 'member', ?)", [900_001, at[:10]])


def _command(*arguments: str) -> int:
    """Run a command of manage.py; return its exit status, and show what it told if that is not 0."""
    told = io.StringIO()
    try:
        call_command(*arguments, stdout=told, stderr=told)
    except SystemExit as ended:
        if ended.code:
            print(told.getvalue())
        return int(ended.code or 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
