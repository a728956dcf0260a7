"""The engine over the shop: an ordinary person, and one with very many rows."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from statistics import median

import psycopg

from tools import programs
from tools.bench.rows import Measured
from tools.bench.shop import DATAMAP, KEYS, MANY, ORDINARY

_TIMES = 15
_IN_TURNS = 3
_BY_HAND = (
    "select id, email, name, created, address_id from customer where email = 'customer7@example.com'",
    "select id, house, street, city, state, zip from address where id in (13, 14)",
    "select id, email, name, address_id from employee where email = 'customer7@example.com'",
    "select id, name, ccn, code, preferred, customer_id, billing_address_id from payment_card where customer_id = 7",
    "select id, customer_id, shipping_address_id, payment_card_id from orders where customer_id = 7",
    "select id, order_id, item_no, product_id, quantity from order_item"
    " where order_id = any(select id from orders where customer_id = 7)",
    "select id, name, description, price from product where id = any("
    "select product_id from order_item where order_id = any(select id from orders where customer_id = 7))",
    "select id, customer_id, time from login where customer_id = 7",
    "select id, email, last_visit from visit where email = 'customer7@example.com'",
    "select id, email, alt_email, opened, closed, employee_id from service_request"
    " where email = 'customer7@example.com' or alt_email = 'customer7@example.com'",
    "select id, email, name, year, month, total_visits from report where email = 'customer7@example.com'",
)

_JOINED = (
    "copy (select * from orders where customer_id = 2000000001) to stdout",
    "copy (select item.* from order_item item join orders on orders.id = item.order_id"
    " where orders.customer_id = 2000000001) to stdout",
)


def ordinary(url: str) -> Measured:
    """Compare `collect` for an ordinary person, without start-up and PDF, with the same queries and bytes by hand."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "bundle.zip"
        collect = _collector(url, ORDINARY, out)
        collect()
        ours = median(_seconds(collect) for _ in range(_TIMES))
        with zipfile.ZipFile(out) as archive:
            files = [archive.read(name) for name in archive.namelist()]
        theirs = median(_seconds(lambda: _by_hand(url, files, Path(folder) / "hand")) for _ in range(_TIMES))
    told = f"{ours * 1000:.1f} ms against {theirs * 1000:.1f} ms by hand; aim 2 times + 30 ms"
    return Measured("an ordinary person, collected", ours * 1000, (2 * theirs + 0.03) * 1000, "ms", told)


def many(url: str, rows: int) -> list[Measured]:
    """Compare the bundle of a person with very many rows with COPY and gzip -6 over as many bytes; and its memory.

    Both are done in turns, _IN_TURNS times up to a million rows, and the fastest of each counts.
    """
    with tempfile.TemporaryDirectory() as folder:
        out, plain = Path(folder) / "bundle.zip", Path(folder) / "plain"
        ours, theirs, peaks = [], [], []
        for _ in range(_IN_TURNS if rows <= 1_000_000 else 1):
            seconds, peak = _in_a_process(url, MANY, out)
            _unpacked(out, plain)
            ours.append(seconds)
            peaks.append(peak)
            theirs.append(_seconds(lambda: _copy_and_gzip(url, plain)))
        size = plain.stat().st_size / 1e6
    told = f"{min(ours):.1f} s against {min(theirs):.1f} s for COPY and gzip -6 of {size:.0f} MB"
    return [
        Measured(f"{rows:,} rows, bundle written", min(ours) / min(theirs), 2, "times", told),
        Measured(f"{rows:,} rows, peak memory", max(peaks), 256, "MiB", "of the whole process"),
    ]


def keys(url: str, number: int) -> Measured:
    """Return the peak of memory for a person whose orders are as many join keys, beside the time of a join in SQL."""
    with tempfile.TemporaryDirectory() as folder:
        ours, peak = _in_a_process(url, KEYS, Path(folder) / "bundle.zip")
    theirs = _seconds(lambda: _psql(url, *_JOINED))
    told = f"of the whole process; bundle written in {ours:.1f} s against {theirs:.1f} s for the rows alone by a join"
    return Measured(f"{number:,} join keys, peak memory", peak, 256, "MiB", told)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def report(url: str, rows: int) -> list[Measured]:
    """Return what report.pdf adds for a person with very many rows: seconds, and the peak of the whole process."""
    with tempfile.TemporaryDirectory() as folder:
        without, _ = _in_a_process(url, MANY, Path(folder) / "bundle.zip")
        with_it, peak = _in_a_process(url, MANY, Path(folder) / "report.zip", "report")
    told = f"bundle {without:.1f} s, with it {with_it:.1f} s"
    return [
        Measured(f"report.pdf over {rows:,} rows", with_it - without, 10, "s", told),
        Measured("report.pdf, peak memory", peak, 300, "MiB", "of the whole process"),
    ]


def _collector(url: str, email: str, out: Path, *, pdf: bool = False) -> Callable[[], object]:
    from datetime import UTC, datetime

    from dsar.bundle.signing import Signer
    from dsar.datamap.load import load
    from dsar.fulfilment.collect import Asked, collect
    from dsar.stores.registry import StoreConfig

    asked = Asked(load(DATAMAP), {"shop": StoreConfig(url)}, {"email": frozenset({email})})

    def run() -> None:
        with out.open("wb") as file:
            done = collect(
                asked,
                out=file,
                now=datetime.now(UTC),
                signer=Signer.generate(),
                progress=lambda _dataset, _collection, _rows: None,
                report=pdf,
            )
        assert not done.failures, done.failures  # noqa: S101 - a bench of a failure would look fast

    return run


def _by_hand(url: str, files: list[bytes], out: Path) -> None:
    with psycopg.connect(url) as connection:
        for query in _BY_HAND:
            connection.execute(query).fetchall()
    with out.open("wb") as file:
        for content in files:
            file.write(zlib.compress(content))


def _in_a_process(url: str, email: str, out: Path, *more: str) -> tuple[float, float]:
    """Return seconds without start-up and the peak of memory in MiB, of a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench.engine", url, email, str(out), *more],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    seconds, peak = done.stdout.split()
    return float(seconds), float(peak)


def _unpacked(bundle: Path, plain: Path) -> None:
    with zipfile.ZipFile(bundle) as archive, plain.open("wb") as file:
        for name in archive.namelist():
            with archive.open(name) as entry:
                while part := entry.read(1 << 20):
                    file.write(part)


def _copy_and_gzip(url: str, plain: Path) -> None:
    _psql(url, "copy (select id, customer_id, time from login where customer_id = 2000000000) to stdout")
    with plain.with_suffix(".gz").open("wb") as out:
        subprocess.run(["gzip", "-6", "-c", str(plain)], check=True, stdout=out)


def _psql(url: str, *queries: str) -> None:
    psql = [f"{programs.postgres_folder()}/psql", url, "-q", *(part for query in queries for part in ("-c", query))]
    subprocess.run(psql, check=True, stdout=subprocess.DEVNULL)


def _main(url: str, email: str, out: str, *more: str) -> None:
    _collector(url, ORDINARY, Path(out), pdf=bool(more))()  # what is imported when first used is start-up, too
    run = _collector(url, email, Path(out), pdf=bool(more))
    seconds = _seconds(run)
    # Not ru_maxrss: that one begins with what the parent held.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
    sys.stdout.write(f"{seconds} {peak / 1024}\n")


if __name__ == "__main__":
    _main(*sys.argv[1:])
