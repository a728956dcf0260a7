"""Measure, print the table, exit 1 if an aim is missed by half again: python -m tools.bench [--quick] [--only NAME]."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import version

import django

from tools.bench import engine, erasing, lake, planning, portal, queue, retention
from tools.bench.rows import Measured
from tools.bench.shop import DATAMAP, running_shop

_QUICK, _WHOLE = 100_000, 1_000_000
_KEYS = 1_000_000
_AT_ONCE = 100
_FEW = 2_000


#: Rows by the name of what they measure.
Parts = Mapping[str, Callable[[], Iterable[Measured]]]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{_QUICK:,} rows instead of {_WHOLE:,}")
    parser.add_argument("--many", type=int, metavar="ROWS", help="rows of the person with very many")
    names = tuple(dict.fromkeys((*quick(_QUICK), *whole(_WHOLE))))
    parser.add_argument("--only", action="append", choices=names, help="measure this alone; may be given again")
    given = parser.parse_args(arguments)
    many = given.many or (_QUICK if given.quick else _WHOLE)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    print(conditions(), flush=True)
    found = []
    for name, rows in (quick(many) if given.quick else whole(many)).items():
        for row in rows() if not given.only or name in given.only else ():
            found.append(row)
            told = f"aim {row.aim:8.2f}  {row.verdict}: {row.told}"
            print(f"{row.work:34} {row.value:10.2f} {row.unit:6} {told}", flush=True)
    return int(any(row.is_missed_by_half for row in found))


def quick(many: int) -> Parts:
    return {
        "planning": planning.rows,
        "collecting": lambda: _collecting(people=2_000, many=many),
        "retention": lambda: retention.rows(many),
        "erasing": lambda: erasures(people=2_000, rows=many // 10, turns=1),
        "queue": lambda: queue.rows(many),
    }


def whole(many: int) -> Parts:
    return {
        "planning": planning.rows,
        "collecting": lambda: _collecting_more(many),
        "lake": lambda: [lake.row()],
        "retention": lambda: retention.rows(many),
        "erasing": _erasures_of_all_sizes,
        "queue": lambda: queue.rows(many),
    }


def _collecting(*, people: int, many: int) -> Iterator[Measured]:
    with running_shop(people=people, many=many) as url:
        yield engine.ordinary(url)
        yield from engine.many(url, many)


def _collecting_more(many: int) -> Iterator[Measured]:
    keys = min(many, _KEYS)
    with running_shop(people=10_000, many=many, keys=keys) as url:
        yield engine.ordinary(url)
        yield from engine.many(url, many)
        yield engine.keys(url, keys)
        yield from engine.report(url, many)
        for pdf, aim in ((True, 1 / 2), (False, 1 / 15)):
            found = portal.run(datamap=DATAMAP, shop_url=url, admin_url=url, people=_AT_ONCE, pdf=pdf)
            name = f"{_AT_ONCE} requests {'with' if pdf else 'without'} PDF"
            each = found.last / found.requests
            yield Measured(f"{name}, each", each, aim, "s", f"{1 / each:.1f} a second")
            yield Measured(f"{name}, the first", found.first, 2, "s", "from the first POST")
            yield Measured(f"{name}, statements each", found.statements, 60, "", "to our own database")


def _erasures_of_all_sizes() -> Iterator[Measured]:
    yield from erasures(people=10_000, rows=_QUICK, turns=3)
    yield from erasures(people=0, rows=_WHOLE, turns=3)


def erasures(*, people: int, rows: int, turns: int) -> Iterator[Measured]:
    """Yield rows of a shop with so many ordinary people, and at least the few that are erased before others."""
    with running_shop(people=max(people, _FEW), many=rows) as url:
        erasing.settle(url)
        yield from erasing.many(url, rows, turns=turns)
        if people:
            yield erasing.ordinary(url)


def conditions() -> str:
    """Return what the figures depend on."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("sqlalchemy", "psycopg", "orjson"))
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    return f"{os.cpu_count()} cores, load {load}, {platform.system()}, Python {platform.python_version()}, {packages}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
