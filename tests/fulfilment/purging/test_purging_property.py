"""Which rows go, against brute force: random rows of random owners, and random wishes of theirs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dsar.fulfilment.purging.people import Group
from tests.fulfilment.purging.shop import SERVERS, TABLES, Shop, ago, email, ids, insert, part, run
from tests.stores.sql_servers import SqlServer, make_server

PEOPLE = {1: "ann@example.org", 2: "bob@example.org", 3: "cy@example.org"}
#: Nobody's, and somebody's whom no row of people describes.
NAMES = [None, 1, 2, 3, 9]
GENERAL = 30


@dataclass(frozen=True)
class Wishes:
    """What a person has chosen: days of visits and of messages, where they have; whether they are held."""

    visits: int | None
    messages: int | None
    is_held: bool

    def group(self, address: str) -> Group:
        chosen = {"Visits": self.visits, "Messages": self.messages}
        return Group(email(address), {name: days for name, days in chosen.items() if days}, self.is_held)


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlServer]:
    with make_server(request, tmp_path) as server:
        run(server, TABLES)
        yield server


def wishes(chance: random.Random) -> dict[int, Wishes]:
    def days() -> int | None:
        return chance.choice([None, 1, 7, 29, 30, 31, 60, 90])

    return {who: Wishes(days(), days(), chance.random() < 0.15) for who in PEOPLE if chance.random() < 0.8}


def stays(owners: list[int | None], age: float | None, said: dict[int, Wishes], kind: str, *, by: int = 0) -> bool:
    """Say by hand whether a row stays; the first `by` of its owners are those who count, if they are somebody."""
    if age is None or age < 0:
        return True
    if any(who in said and said[who].is_held for who in owners if who is not None):
        return True
    counting = [who for who in owners[:by] if who is not None] or [who for who in owners if who is not None]
    days = [(getattr(said[who], kind) if who in said else None) or GENERAL for who in counting] or [GENERAL]
    return age <= max(days)


def rows(chance: random.Random, count: int) -> list[tuple[list[int | None], float | None]]:
    edges = [1, 7, 29, 30, 31, 60, 90]
    found: list[tuple[list[int | None], float | None]] = []
    for _ in range(count):
        near = chance.choice(edges) + chance.choice([-0.001, 0.001, 0.5])
        age = chance.choice([near, near, near, None, -2, 5000])
        found.append(([chance.choice(NAMES), chance.choice(NAMES)], age))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_exactly_those_go_that_brute_force_names(server: SqlServer, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # a seed, so that a failure comes again
    said, made = wishes(chance), {name: rows(chance, 150) for name in ("visits", "messages", "notes")}
    columns = {"visits": ["person_id"], "messages": ["sender", "reader"], "notes": ["owner", "guest"]}
    for table, listed in made.items():
        insert(server, table, [line(number, columns[table], *item) for number, item in enumerate(listed)])
    shop = Shop(server, tmp_path)
    people = [item.group(PEOPLE[who]) for who, item in said.items()]
    before = shop.purge(*people).report()
    report = shop.run(*people)
    assert not report.problems
    for table, listed in made.items():
        kind = "visits" if table == "visits" else "messages"
        by = 1 if table == "notes" else 0
        width = len(columns[table])
        expected = {at for at, (who, age) in enumerate(listed) if stays(who[:width], age, said, kind, by=by)}
        assert ids(server, table) == expected, table
        gone = len(listed) - len(expected)
        found, told = part(report, table), part(before, table)
        assert (found.problem, found.deleted, found.overdue, told.overdue) == ("", gone, 0, gone), table
        assert told.left is not None
        assert told.left.held == sum(is_held_and_past(who[:width], age, said) for who, age in listed), table


def is_held_and_past(owners: list[int | None], age: float | None, said: dict[int, Wishes]) -> bool:
    held = any(who in said and said[who].is_held for who in owners if who is not None)
    return held and age is not None and age > GENERAL


def line(number: int, columns: list[str], owners: list[int | None], age: float | None) -> dict[str, object]:
    return {
        "id": number,
        **dict(zip(columns, owners, strict=False)),
        "at": None if age is None else ago(age),
    }
