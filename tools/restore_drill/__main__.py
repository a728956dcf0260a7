"""Restore a backup of a small demo after people were erased, erase them again by the ledger, and look in every store.

    python -m tools.restore_drill --people 60

The stores are the demo's databases, files and keys, in a folder and on a server of their own. Erased are three people;
a fourth is erased and that is undone; two say that they want no news, one of whom is forgotten afterwards; one of
the erased signs up again. Then one store is restored alone, after it all of them, each time followed by `manage.py
replay_erasures`, and everything is compared, row by row and past the portal, with what was there before the backup came
back. Prints how many rows were resurrected and how many lost; exits 0 only if none were.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import django
import orjson
from django.core.management import call_command

from examples.macrosora import cast
from examples.macrosora.platform.accounts import SMALLEST
from tools import processes
from tools.restore_drill.stores import PARTS, Rows, Stores
from tools.valkey import valkey_command

if TYPE_CHECKING:
    from accounts.models import Tenant

_TENANT = "drill"
_DEMO = Path(cast.__file__).parent
_MAPS = (
    *(_DEMO / "datamap" / f"{name}.yml" for name in ("app", "usage", "archive", "documents", "cache")),
    _DEMO / "nordlicht" / "datamap" / "notes.yml",
)
_ERASED = {"R-ADA": cast.ORDINARY.email, "R-MAREN": cast.MOVED.email, "R-OLU": cast.TEMPLATE_OWNER.email}
_UNDONE = ("R-TOMAS", cast.TWO_ORGANISATIONS.email)
#: Days of files that are kept of each kind: more of them show nothing else.
_DAYS = 4
_HEAVY_CALLS = 400
#: The number of who has signed up again.
_NEW = 900_001


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=60)
    people = parser.parse_args().people
    if people < SMALLEST:
        parser.error(f"the demo needs at least {SMALLEST} people")
    with tempfile.TemporaryDirectory(prefix="restore-drill-") as folder, _redis(Path(folder)) as redis_url:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "portal.settings", "PORTAL_VAR": folder}
        for name in ("DATABASE_URL", "STORAGE_URL", "TENANTS_DIR", "DSAR_ERASURE_LEDGER", "DSAR_RESTORATION_KEYS"):
            os.environ.pop(name, None)
        django.setup()
        call_command("migrate", verbosity=0)
        return _drill(Stores(Path(folder) / "stores", redis_url), Path(folder), people)


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """Run a server of our own as long as the drill lasts."""
    port = processes.free_port()
    server = processes.start(valkey_command(port=port, folder=folder / "redis"), output=subprocess.DEVNULL)
    try:
        processes.wait_until(lambda: processes.answers(port), seconds=10, what="Valkey")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        processes.stop(server)


def _drill(stores: Stores, folder: Path, people: int) -> int:
    _seed(stores, people)
    tenant = _make_tenant(folder, stores)
    before = stores.rows()
    stores.back_up()
    drill = Drill(stores, taken_at=datetime.now(UTC))
    for reference, email in _ERASED.items():
        print(f"erased {reference}: {_erase(tenant, reference, email)} rows", flush=True)
    print(f"opted out: {_opt_out(tenant, stores)} addresses", flush=True)
    clean = stores.rows()
    if unchanged := [part for part in PARTS if not any(row[0] == part for row in before - clean)]:
        print(f"PROBLEM nothing was erased from {', '.join(unchanged)}: this drill would prove nothing")
        return 1
    print(f"erased {_UNDONE[0]}: {_erase(tenant, *_UNDONE)} rows", flush=True)
    drill.run("an erasure undone", clean, "restore_erasure", _UNDONE[0], "--tenant", _TENANT)
    _sign_up_again(stores, cast.ORDINARY.email)
    with_new = stores.rows()

    stores.restore(["notes"])
    drill.replay("one store restored alone, and all of them replayed", with_new)
    for parts in (("notes",), ("files", "cache")):
        stores.restore(parts)
        only = [word for part in parts for dataset in PARTS[part] for word in ("--dataset", dataset)]
        what = f"{' and '.join(parts)} restored alone, and replayed alone"
        drill.replay(what, _with(parts, with_new, clean), *only)
    stores.restore(PARTS)
    drill.replay("all stores restored", clean)
    stores.restore(PARTS)
    restored = stores.rows()
    # The restored row has the address still, and it is unique.
    _sign_up_again(stores, cast.ORDINARY.email.upper())
    drill.replay("all stores restored, and served before they were replayed", clean + (stores.rows() - restored))
    print(f"resurrected: {drill.resurrected}" + (f", lost: {drill.lost}" if drill.lost else ""))
    return int(drill.failed)


def _with(parts: Sequence[str], others: Rows, restored: Rows) -> Rows:
    """Return what is expected where some parts were restored, which know nothing of what came since."""
    return Rows({row: count for row, count in others.items() if row[0] not in parts}) + Rows(
        {row: count for row, count in restored.items() if row[0] in parts}
    )


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
        before = self.stores.rows()
        differ = (before - expected).total() + (expected - before).total()
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
    from examples.macrosora.platform import seed_platform

    now = datetime.now(UTC)
    stores.folder.mkdir()
    seed_platform(folder=stores.folder, redis_url=stores.redis_url, size=people, now=now, heavy_calls=_HEAVY_CALLS)
    for kind in ("usage/api_calls", "usage/page_views", "usage/errors", "archive/api_calls"):
        for folder in sorted((stores.files / kind).glob("date=*"))[:-_DAYS]:
            shutil.rmtree(folder)
    seed_second_tenant(folder=stores.folder / "nordlicht", now=now)
    shutil.move(stores.folder / "nordlicht" / "app.sqlite3", stores.database("notes"))


def _make_tenant(folder: Path, stores: Stores) -> Tenant:
    """Make a tenant whose map is that of the demo's stores."""
    from accounts.models import Tenant

    (folder / "tenants" / _TENANT / "datamap").mkdir(parents=True)
    for file in _MAPS:
        shutil.copy(file, folder / "tenants" / _TENANT / "datamap" / file.name)
    addresses = "".join(f"{dataset}: {url}\n" for dataset, url in stores.addresses().items())
    (folder / "tenants" / _TENANT / "stores.yml").write_text(addresses, encoding="utf-8")
    return Tenant.objects.create(slug=_TENANT, name="Drill", contact_email="privacy@drill.example")


def _opt_out(tenant: Tenant, stores: Stores) -> int:
    """Have two people say that they want no news, and one of them forgotten; return how many that were."""
    from django.utils import timezone

    from dsar.actions import preferences
    from dsar.actions.choosing.running import run_due
    from dsar.actions.unsubscribing import read_unsubscribe_token, unsubscribe_token
    from dsar.models import Purpose

    # Of Tomas, who is erased later, and of addresses that an erasure has made, nothing is chosen.
    asked = "select email from people where newsletter and email like '%@%' and email != '{}' order by id limit 2"
    emails = [email for (email,) in stores.ask("app", asked.format(_UNDONE[1]))]
    for email in emails:
        token = unsubscribe_token(tenant=tenant, email=email, purpose=Purpose.PRODUCT_NEWS)
        preferences.unsubscribe(read_unsubscribe_token(token, tenant=tenant), now=timezone.now())
    run_due(clock=timezone.now)
    preferences.forget(tenant=tenant, email=emails[-1], now=timezone.now())
    return len(emails)


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
    columns = [name for _, name, *_ in stores.ask("app", "pragma table_info(people)")]
    example = dict(zip(columns, stores.ask("app", "select * from people limit 1")[0], strict=True))
    new = {**example, "id": _NEW, "email": email, "created_at": at, "deleted_at": None}
    marks = ", ".join("?" * len(new))
    stores.change("app", f"insert into people values ({marks})", list(new.values()))  # noqa: S608
    stores.change("app", "insert into memberships values (?, 1, 'member', ?)", [_NEW, at[:10]])
    _act_again(stores)


def _act_again(stores: Stores) -> None:
    """Look at a page and be signed in, as somebody who has signed up again."""
    at = "2999-01-01T00:00:00Z"
    seen = {"id": "new", "person_id": _NEW, "page": "/", "viewed_at": at}
    failed = {"id": "new", "user_email": cast.ORDINARY.email, "at": at}
    for path, row in (("usage/page_views/date=2999-01-01", seen), ("usage/errors/date=2999-01-01", failed)):
        if not (stores.files / path).exists():
            stores.append(f"{path}/part-0.jsonl", orjson.dumps(row))
    stores.set_key("session:new", {"person_id": str(_NEW), "last_seen_at": at})


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
