"""Erasures in the shop beside the same done by hand: set-based SQL in one transaction, and read again afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tools.bench.rows import Measured
from tools.bench.shop import DATAMAP, MANY
from tools.bench.spending import Meter, Spent

if TYPE_CHECKING:
    from dsar.fulfilment.erasing.erase import Erasure
    from dsar.fulfilment.erasing.keeper import Keeper
    from dsar.fulfilment.erasing.preview import Preview

Connect = Callable[[], AbstractContextManager[psycopg.Connection[Any]]]

_TIMES = 15
_IN_TURNS = 3
#: People that a process has erased before the one who is measured: a worker lives long, and its server knows by then
#: what it is asked. Imports are start-up, too.
_BEFORE = 6
EXECUTION = "execution"
PHASES = ("preview", EXECUTION, "verification")
#: Tables, and the condition that finds a person's rows in them, children first.
_DELETED = {
    "payment_card": "customer_id = %(id)s",
    "login": "customer_id = %(id)s",
    "visit": "email = %(email)s",
}
_MASKED = {
    "service_request": "email = %(email)s or alt_email = %(email)s",
    "customer": "id = %(id)s",
}
_MASKS = {
    "service_request": "email = 'erased', alt_email = 'erased'",
    "customer": "email = 'erased', name = 'erased'",
}
_KEPT = {
    "orders": "customer_id = %(id)s",
    "order_item": "order_id = any(select id from orders where customer_id = %(id)s)",
    "employee": "email = %(email)s",
    "report": "email = %(email)s",
}
_FOUND = {**_DELETED, **_MASKED, **_KEPT}


def settle(url: str) -> None:
    """Let the server do now what it would do at some time: the first who reads rows pays for it otherwise."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum (freeze, analyze)")
        connection.execute("checkpoint")


def ordinary(url: str) -> Measured:
    """Erase one ordinary person after another, by the engine and by hand in turns: all have 168 rows.

    By hand each phase connects, as a script does. What its statements take over a connection that is kept open, as the
    engine's is, is told besides, and the execution with a restoration log, to which nothing by hand compares.
    """
    meter, ours, logged, theirs, kept = Meter.of(url), [], [], [], []
    for number in range(1, _BEFORE + 1):
        _erase(url, _ordinary(number), meter)
    with psycopg.connect(url) as connection:
        for number in range(_BEFORE + 1, _BEFORE + 4 * _TIMES, 4):
            ours.append(_erase(url, _ordinary(number), meter))
            theirs.append(_by_hand(url, _ordinary(number + 1), meter))
            kept.append(_by_hand(url, _ordinary(number + 2), meter, connection))
            logged.append(_erase(url, _ordinary(number + 3), meter, logs=True))
    found = _compared("an ordinary person, erased", ours, theirs, aim=3)
    quickest = min(_sum(turn).clock for turn in kept)
    return replace(found, told=f"{found.told}; by hand over a connection kept open {_seconds(quickest)}{_log(logged)}")


def many(url: str, rows: int, *, turns: int = _IN_TURNS) -> list[Measured]:
    """Erase the person with very many rows, in turns, each from a copy of its own of the database."""
    ours, logged, theirs = list[dict[str, Spent]](), list[dict[str, Spent]](), list[dict[str, Spent]]()
    peaks: list[float] = []
    for _ in range(turns):
        for found, logs in ((ours, False), (logged, True)):
            with _copied(url) as copy:
                spent, peak = _in_a_process(copy, MANY, logs=logs)
            found.append(spent)
            peaks.append(peak)
        with _copied(url) as copy:
            _by_hand(copy, _ordinary(1), Meter.of(copy))
            theirs.append(_by_hand(copy, MANY, Meter.of(copy)))
    compared = _compared(f"{rows:,} rows, erased", ours, theirs, aim=2)
    return [
        replace(compared, told=compared.told + _log(logged)),
        Measured(f"{rows:,} rows, erased, peak memory", max(peaks), 256, "MiB", "of the whole process"),
    ]


def _compared(
    work: str, ours: Sequence[Mapping[str, Spent]], theirs: Sequence[Mapping[str, Spent]], *, aim: float
) -> Measured:
    """Compare the fastest of the turns: the sum of all phases."""
    our, their = (min(turns, key=lambda turn: _sum(turn).clock) for turns in (ours, theirs))
    parts = ", ".join(f"{name} {_seconds(spent.clock)}" for name, spent in our.items())
    by_hand = ", ".join(f"{name} {_seconds(spent.clock)}" for name, spent in their.items())
    processor = [min(_sum(turn).processor for turn in turns) for turns in (ours, theirs)]
    if min(processor) < 0.2:  # the server's clock ticks a hundred times a second: of short turns the mean tells more
        processor = [sum(_sum(turn).processor for turn in turns) / len(turns) for turns in (ours, theirs)]
    told = (
        f"{parts} against {by_hand} by hand; of the processor {_seconds(processor[0])} against "
        f"{_seconds(processor[1])}, {processor[0] / processor[1]:.1f} times"
    )
    return Measured(work, _sum(our).clock / _sum(their).clock, aim, "times", told)


def _log(turns: Sequence[Mapping[str, Spent]]) -> str:
    """Return what is said of erasures that keep what they take: their execution, the quickest of them."""
    return f"; execution with a restoration log {_seconds(min(turn[EXECUTION].clock for turn in turns))}"


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.1f} ms"


def _sum(turn: Mapping[str, Spent]) -> Spent:
    return sum(turn.values(), Spent())


def _ordinary(number: int) -> str:
    return f"customer{number}@example.com"


def _erase(url: str, email: str, meter: Meter, *, logs: bool = False) -> dict[str, Spent]:
    """Return what each phase costs by the engine, as the portal's steps do it; reading the data map is left out.

    `logs`: what is taken is kept in a restoration log.
    """

    with _keeper() if logs else nullcontext() as keeper:
        erasure = _erasure(url, email, keeper)
        preview, previewing = meter.spent(erasure.preview)
        assert not preview.problems, preview.problems  # noqa: S101 - a bench of a failure would look fast
        _, executing = meter.spent(lambda: _execute(erasure, preview))
        proof, verifying = meter.spent(erasure.verify)
    assert not proof.problems, proof.problems  # noqa: S101
    assert not proof.to_do, proof  # noqa: S101
    return dict(zip(PHASES, (previewing, executing, verifying), strict=True))


def _execute(erasure: Erasure, preview: Preview) -> None:
    for dataset in preview.changed_datasets():
        erasure.change(dataset, preview.of(dataset))


@contextmanager
def _keeper() -> Iterator[Keeper]:
    """Yield a restoration log in a folder of its own."""
    from dsar.bundle.sealing import new_key
    from dsar.fulfilment.restoring.log import RestorationLog
    from dsar.storage import open_storage

    with tempfile.TemporaryDirectory() as folder:
        yield RestorationLog(open_storage(f"file://{folder}"), "restoration/R-1", key=new_key())


def _erasure(url: str, email: str, keeper: Keeper | None) -> Erasure:
    from dsar.datamap.load import load
    from dsar.fulfilment.collect import Asked
    from dsar.fulfilment.erasing.erase import Erasure
    from dsar.stores.registry import StoreConfig

    asked = Asked(load(DATAMAP), {"shop": StoreConfig(url)}, {"email": frozenset({email})})
    return Erasure(asked.work(), keeper=keeper)


def _by_hand(url: str, email: str, meter: Meter, kept: psycopg.Connection[Any] | None = None) -> dict[str, Spent]:
    """Return what each phase costs by hand: look, change as many rows as were seen or none, look again.

    Each phase connects, or uses the connection that is `kept` open.
    """
    connect = partial(_connected, url, kept)
    person: dict[str, object] = {"email": email}
    found, finding = meter.spent(lambda: _look(connect, person))
    _, changing = meter.spent(lambda: _change(connect, person, found))
    left, looking = meter.spent(lambda: _look_again(connect, person))
    assert sum(found[table] for table in _DELETED), found  # noqa: S101
    assert not left, left  # noqa: S101
    return dict(zip(PHASES, (finding, changing, looking), strict=True))


@contextmanager
def _connected(url: str, kept: psycopg.Connection[Any] | None) -> Iterator[psycopg.Connection[Any]]:
    """Yield a connection for one transaction."""
    if kept is None:
        with psycopg.connect(url) as connection:
            yield connection
    else:
        yield kept
        kept.commit()


def _look(connect: Connect, person: dict[str, object]) -> dict[str, int]:
    """Find the person and count their rows."""
    with connect() as connection:
        (person["id"],) = _row(connection, "select id from customer where email = %(email)s", person)
        return {
            table: _row(connection, f"select count(*) from {table} where {condition}", person)[0]  # noqa: S608
            for table, condition in _FOUND.items()
        }


def _change(connect: Connect, person: dict[str, object], found: Mapping[str, int]) -> None:
    statements = {table: f"delete from {table} where {condition}" for table, condition in _DELETED.items()}  # noqa: S608
    statements |= {
        table: f"update {table} set {_MASKS[table]} where {condition}"  # noqa: S608
        for table, condition in _MASKED.items()
    }
    with connect() as connection:
        for table, statement in statements.items():
            rows = connection.execute(statement.encode(), person).rowcount
            assert rows == found[table], (table, rows, found)  # noqa: S101


def _look_again(connect: Connect, person: dict[str, object]) -> int:
    """Return how many rows are left that should have been changed."""
    with connect() as connection:
        left = sum(
            _row(connection, f"select count(*) from {table} where {condition}", person)[0]  # noqa: S608
            for table, condition in (_DELETED | {"service_request": _MASKED["service_request"]}).items()
        )
        named = "select count(*) from customer where email = %(email)s or id = %(id)s and name <> 'erased'"
        return int(left + _row(connection, named, person)[0])


def _row(connection: psycopg.Connection[Any], query: str, person: Mapping[str, object]) -> Any:
    return connection.execute(query.encode(), person).fetchone()


def _in_a_process(url: str, email: str, *, logs: bool) -> tuple[dict[str, Spent], float]:
    """Return what each phase costs and the peak of memory in MiB, of a process of its own."""
    command = [sys.executable, "-m", "tools.bench.erasing", url, email, *(["--log"] if logs else [])]
    done = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return {name: Spent(*spent) for name, spent in done["phases"].items()}, done["peak"]


@contextmanager
def _copied(url: str) -> Iterator[str]:
    """Yield the address of a copy of the database, which nobody else may be connected to."""
    parts = urlsplit(url)
    source, copy = parts.path.lstrip("/"), "turn"
    with psycopg.connect(urlunsplit(parts._replace(path="/template1")), autocommit=True) as admin:
        admin.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(copy), sql.Identifier(source)
            )
        )
        try:
            yield urlunsplit(parts._replace(path=f"/{copy}"))
        finally:
            admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(copy)))


def _main(url: str, email: str, *options: str) -> None:
    meter = Meter.of(url)
    for number in range(1, _BEFORE + 1):
        _erase(url, _ordinary(number), meter, logs=bool(options))
    spent = _erase(url, email, meter, logs=bool(options))
    # Not ru_maxrss: that one begins with what the parent held.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
    phases = {name: [each.clock, each.processor] for name, each in spent.items()}
    sys.stdout.write(json.dumps({"phases": phases, "peak": peak / 1024}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
