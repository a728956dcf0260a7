"""The whole portal: access requests of ordinary persons filed at once through HTTP, until all are fulfilled."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tools.bench.portal_cast import HOST as PORTAL_HOST
from tools.bench.portal_cast import SLUG
from tools.site import HOST, ROOT, Site, new_site, running

_PATIENCE = 300.0  # seconds for all requests
_WARMING = 8  # requests done before any is measured: a portal that has just started imports and connects first
_CSRF = "c" * 32
ROLE = "portal_bench"


@dataclass(frozen=True)
class Outcome:
    """Seconds from the first POST; `statements` of a request to our own database, BEGIN and pings counted apart."""

    requests: int
    filed: float
    first: float
    last: float
    statements: float
    transaction_control: float

    def __str__(self) -> str:
        return (
            f"{self.requests} requests, {self.requests / self.last:.1f} a second: all filed after {self.filed:.1f} s,"
            f" the first done after {self.first:.1f} s, the last after {self.last:.1f} s;"
            f" {self.statements:.0f} statements a request, and {self.transaction_control:.0f} that begin, end or ping"
        )


@contextmanager
def portal(datamap: Path, shop_url: str, database_url: str, *, pdf: bool) -> Iterator[Site]:
    """Run a portal whose one interesting tenant has the shop as its store."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        settings = {"MACROSORA_SIZE": "40", "REPORT_PDF": str(pdf), "LOG_LEVEL": "WARNING"}
        site = new_site(Path(folder), os.environ | settings | {"DATABASE_URL": database_url})
        theirs = site.var / "tenants" / SLUG
        shutil.copytree(datamap, theirs / "datamap")
        (theirs / "stores.yml").write_text(f"shop: {shop_url}\n", encoding="utf-8")
        with running(site):
            yield site


def measure(site: Site, people: int, database_url: str) -> Outcome:
    """File one request for each person at once; return when all are fulfilled."""
    cast = subprocess.run(
        [sys.executable, "-m", "tools.bench.portal_cast", str(people + _WARMING)],
        cwd=ROOT,
        env=site.environment(),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    everybody, port = json.loads(cast.stdout), site.ports["web"]
    _warm(site)
    with psycopg.connect(database_url, autocommit=True) as own:
        began = time.time()
        _file_all(port, everybody[people:])
        _wait(own, _WARMING, began)
        time.sleep(3)
        own.execute("select pg_stat_statements_reset()")
        started = time.time()
        filed = _file_all(port, everybody[:people]) - started
        first, last = _wait(own, people, started)
        time.sleep(1)
        statements, control = _statements(own)
    return Outcome(people, filed, first, last, statements / people, control / people)


def _warm(site: Site) -> None:
    """Ask every thread of the web server for a page, so that no import is measured."""
    for _ in range(16):
        connection = http.client.HTTPConnection(HOST, site.ports["web"], timeout=30)
        connection.request("GET", "/", headers={"Host": PORTAL_HOST})
        connection.getresponse().read()
        connection.close()


def _file_all(port: int, cast: Sequence[dict[str, str]]) -> float:
    """File everything; return when the last answer came (Unix time)."""
    barrier, failures = threading.Barrier(len(cast)), list[str]()
    threads = [threading.Thread(target=_file, args=(port, person, barrier, failures)) for person in cast]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(f"{len(failures)} requests were not filed: {failures[0]}")
    return time.time()


def _file(port: int, person: dict[str, str], barrier: threading.Barrier, failures: list[str]) -> None:
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    headers = {
        "Host": PORTAL_HOST,
        "Cookie": f"sessionid={person['session']}; csrftoken={_CSRF}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    barrier.wait()
    try:
        connection.request(
            "POST", "/requests/new/check/", f"csrfmiddlewaretoken={_CSRF}&token={person['token']}", headers
        )
        answer = connection.getresponse()
        answer.read()
        if answer.status != 302 or "R-" not in (answer.getheader("Location") or ""):
            failures.append(f"{answer.status} {answer.getheader('Location')}")
    except OSError as error:
        failures.append(type(error).__name__)
    finally:
        connection.close()


def _wait(own: psycopg.Connection, people: int, started: float) -> tuple[float, float]:
    query = (
        "select count(*) filter (where status = 'fulfilled'), count(*) filter (where status = 'awaiting_release'),"
        " extract(epoch from min(closed_at)) from dsar_subjectrequest where received_at >= to_timestamp(%s)"
    )
    while time.time() < started + _PATIENCE:
        done, stuck, first = own.execute(query, [started]).fetchone() or (0, 0, 0)
        if stuck:
            raise RuntimeError(f"{stuck} requests wait for a reviewer")
        if done == people:
            return float(first) - started, time.time() - started
        time.sleep(0.05)
    raise TimeoutError(f"only {done} of {people} requests were fulfilled in {_PATIENCE:.0f} s")


def _statements(own: psycopg.Connection) -> tuple[int, int]:
    """Return how many statements the portal sent, and how many only begin, end or ping."""
    found = own.execute(_COUNTED, [ROLE]).fetchone()
    return (int(found[0]), int(found[1])) if found else (0, 0)


# The server's own checks of foreign keys, at a commit, are no statements of ours.
_COUNTED = r"""
    select coalesce(sum(calls) filter (where not control), 0), coalesce(sum(calls) filter (where control), 0)
    from (
        select calls, query ~* '^(begin|commit|rollback|savepoint|release|select \$1$)' as control
        from pg_stat_statements join pg_roles on pg_roles.oid = userid
        where rolname = %s and query !~ 'FOR KEY SHARE OF x'
        and dbid = (select oid from pg_database where datname = current_database())
    ) as counted
"""


def own_database(admin_url: str) -> str:
    """Make an empty database for the portal, of a role of its own whose statements are counted; return its address.

    The server must have been started with `shared_preload_libraries=pg_stat_statements`; `admin_url` is a superuser's.
    """
    with psycopg.connect(admin_url, autocommit=True) as server:
        server.execute(f"drop database if exists {ROLE} with (force)")
        server.execute(f"drop role if exists {ROLE}")
        server.execute(f"create role {ROLE} login superuser")  # the portal's trigger functions and the demo's own
        server.execute(f"create database {ROLE} owner {ROLE}")
    own = _at(admin_url, database=ROLE)
    with psycopg.connect(own, autocommit=True) as database:
        database.execute("create extension pg_stat_statements")
    return own


def _at(url: str, *, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def run(*, datamap: Path, shop_url: str, admin_url: str, people: int, pdf: bool) -> Outcome:
    """Measure once, on a database made for it."""
    own = own_database(admin_url)
    parts = urlsplit(own)
    theirs = parts._replace(netloc=f"{ROLE}@{parts.hostname}:{parts.port}").geturl()
    with portal(datamap, shop_url, theirs, pdf=pdf) as site:
        return measure(site, people, own)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datamap", type=Path, required=True, help="folder with the shop's data map")
    parser.add_argument("--shop", required=True, help="address of the shop's database")
    parser.add_argument("--admin", required=True, help="a superuser's address of the server for the portal's database")
    parser.add_argument("--people", type=int, default=100)
    arguments = parser.parse_args()
    places = {"datamap": arguments.datamap, "shop_url": arguments.shop, "admin_url": arguments.admin}
    for pdf in (False, True):
        found = run(**places, people=arguments.people, pdf=pdf)
        print(f"{'with' if pdf else 'without'} the PDF: {found}", flush=True)


if __name__ == "__main__":
    main()
