"""Purges of real databases: which rows go by their age, whose stay, and what is told of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from dsar.fulfilment.purging.people import Group
from dsar.stores.ages import Age
from tests.fulfilment.purging.shop import MAP, NOW, SERVERS, TABLES, Shop, ago, email, ids, insert, part, run
from tests.stores.sql_servers import SqlServer, make_server

ANN, BOB = 1, 2


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlServer]:
    with make_server(request, tmp_path) as server:
        run(server, TABLES)
        yield server


@pytest.fixture
def shop(server: SqlServer, tmp_path: Path) -> Shop:
    return Shop(server, tmp_path)


def visits(server: SqlServer, *rows: tuple[int | None, float]) -> None:
    insert(
        server,
        "visits",
        [{"id": at, "person_id": who, "at": ago(days)} for at, (who, days) in enumerate(rows, start=1)],
    )


def test_what_is_past_goes_and_nothing_else(shop: Shop, server: SqlServer) -> None:
    visits(server, (ANN, 31), (BOB, 29.9), (None, 30.1), (ANN, 400), (BOB, 0))
    for table in ("invoices", "unsaid"):
        insert(server, table, [{"id": 1, "email": "ann@example.org", "at": ago(1000)}])
    report = shop.run()
    assert ids(server, "visits") == {2, 5}
    assert (ids(server, "invoices"), ids(server, "unsaid"), ids(server, "people")) == ({1}, {1}, {1, 2, 3})
    assert [item.key[1] for item in report.parts] == ["visits", "messages", "notes"]
    found = part(report, "visits")
    assert (found.deleted, found.overdue, found.problem, found.is_finished) == (3, 0, "", True)


def test_a_report_counts_and_changes_nothing(shop: Shop, server: SqlServer) -> None:
    visits(server, (ANN, 31), (BOB, 29.9), (None, 30.1), (ANN, 400))
    found = part(shop.purge().report(), "visits")
    assert (found.deleted, found.overdue) == (0, 3)
    assert found.left is not None
    assert found.left.oldest == NOW - timedelta(days=400)
    assert ids(server, "visits") == {1, 2, 3, 4}


def test_a_tenant_says_other_days(shop: Shop, server: SqlServer) -> None:
    visits(server, (ANN, 8), (BOB, 6))
    insert(server, "messages", [{"id": 1, "sender": ANN, "reader": BOB, "at": ago(8)}])
    shop.run(days={"Visits": 7})
    assert (ids(server, "visits"), ids(server, "messages")) == ({2}, {1})


@pytest.mark.parametrize("days", [0, 91, -1])
def test_no_days_beyond_the_promise(shop: Shop, days: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 90 days"):
        shop.run(days={"Visits": days})


def test_a_person_says_fewer_days_or_more(shop: Shop, server: SqlServer) -> None:
    visits(server, (ANN, 8), (ANN, 6), (BOB, 59), (BOB, 61), (3, 31), (3, 29), (None, 29))
    people = [Group(email("ann@example.org"), {"Visits": 7}), Group(email("bob@example.org"), {"Visits": 60})]
    before = part(shop.purge(*people).report(), "visits").overdue
    report = part(shop.run(*people), "visits")
    assert ids(server, "visits") == {2, 3, 6, 7}
    assert (before, report.deleted, report.overdue) == (3, 3, 0)


def test_a_shared_row_stays_as_long_as_its_owner_says_else_the_longest(shop: Shop, server: SqlServer) -> None:
    both = [(ANN, BOB), (BOB, ANN), (ANN, ANN), (ANN, 3), (ANN, None), (None, ANN)]
    insert(server, "messages", [{"id": at, "sender": a, "reader": b, "at": ago(10)} for at, (a, b) in enumerate(both)])
    insert(server, "notes", [{"id": at, "owner": a, "guest": b, "at": ago(10)} for at, (a, b) in enumerate(both)])
    people = [Group(email("ann@example.org"), {"Messages": 7}), Group(email("bob@example.org"), {"Messages": 20})]
    shop.run(*people)
    assert ids(server, "messages") == {0, 1, 3}  # bob's 20 days, and cy's 30
    assert ids(server, "notes") == {1}  # ann's own go, whoever reads them; of nobody's own the longest counts


def test_what_is_held_stays_and_is_told(shop: Shop, server: SqlServer) -> None:
    visits(server, (ANN, 31), (BOB, 31), (ANN, 3))
    report = part(shop.run(Group(email("ann@example.org"), is_held=True)), "visits")
    assert ids(server, "visits") == {1, 3}
    assert report.left is not None
    assert (report.deleted, report.overdue, report.left.held) == (1, 0, 1)


def test_a_hold_beats_ones_own_fewer_days(shop: Shop, server: SqlServer) -> None:
    visits(server, (ANN, 31))
    shop.run(Group(email("ann@example.org"), {"Visits": 1}), Group(email("ann@example.org"), is_held=True))
    assert ids(server, "visits") == {1}


def test_rows_without_an_age_stay_and_are_counted(shop: Shop, server: SqlServer) -> None:
    insert(server, "visits", [{"id": 1, "person_id": ANN, "at": None}, {"id": 2, "person_id": ANN, "at": ago(-3)}])
    insert(server, "visits", [{"id": 3, "person_id": ANN, "at": ago(31)}])
    left = part(shop.run(), "visits").left
    assert ids(server, "visits") == {1, 2}
    assert left is not None
    assert left.odd == {Age.MISSING: 1, Age.FUTURE: 1}


def test_what_has_no_zone_stays_unless_the_map_says_which(server: SqlServer, tmp_path: Path) -> None:
    visits(server, (ANN, 400))
    left = part(Shop(server, tmp_path, MAP.replace(" zone: UTC,", "")).run(), "visits").left
    assert ids(server, "visits") == {1}
    assert left is not None
    assert (left.past, left.odd) == (0, {Age.NO_ZONE: 1})


def test_rows_that_are_named_stay_until_nothing_names_them(shop: Shop, server: SqlServer) -> None:
    run(
        server,
        "create table clicks (id bigint primary key, visit_id bigint references visits (id) on delete cascade)"
        if server.is_sqlite
        else "create table clicks (id bigint primary key, visit_id bigint,"
        " foreign key (visit_id) references visits (id) on delete cascade)",
    )
    visits(server, (ANN, 31), (ANN, 32))
    insert(server, "clicks", [{"id": 1, "visit_id": 1}])
    report = part(shop.run(), "visits")
    assert (ids(server, "visits"), ids(server, "clicks")) == ({1}, {1})
    assert report.left is not None
    assert (report.deleted, report.overdue, report.left.named) == (1, 1, {"clicks": 1})
    run(server, "delete from clicks")
    shop.run()
    assert ids(server, "visits") == set()


def test_rows_that_name_others_of_their_table_go_before_them(shop: Shop, server: SqlServer) -> None:
    run(
        server,
        "drop table visits; create table visits (id bigint primary key, person_id bigint, at {moment},"
        " after bigint, foreign key (after) references visits (id))".replace("after", "follows"),
    )
    links = [(1, None), (2, 1), (3, 2), (4, 4)]
    insert(server, "visits", [{"id": a, "person_id": ANN, "at": ago(31), "follows": b} for a, b in links])
    insert(server, "visits", [{"id": 5, "person_id": ANN, "at": ago(31), "follows": None}])
    insert(server, "visits", [{"id": 6, "person_id": ANN, "at": ago(3), "follows": 5}])
    shop.run()
    # MariaDB deletes no row that names itself.
    assert ids(server, "visits") == ({4, 5, 6} if server.kind.startswith("mariadb") else {5, 6})


def test_a_store_that_cannot_be_searched_for_somebody_stops_everything(shop: Shop, server: SqlServer) -> None:
    visits(server, (ANN, 31))
    run(server, "drop table people")
    report = shop.run(Group(email("ann@example.org"), is_held=True))
    assert ids(server, "visits") == {1}
    assert report.parts == []
    assert "nothing is purged" in report.problems[0]


def test_many_batches_and_a_stop_between_two(shop: Shop, server: SqlServer) -> None:
    visits(server, *[(ANN, 31 + at % 7) for at in range(2_500)])
    report = part(shop.purge().run(stop=lambda: True), "visits")
    assert not report.is_finished
    assert 0 < report.deleted < 2_500
    assert report.overdue == 2_500 - report.deleted == len(ids(server, "visits"))
    assert part(shop.run(), "visits").deleted == 2_500 - report.deleted
    assert shop.slept
    with server.writer.connect() as connection:
        assert connection.execute(text("select count(*) from visits")).scalar() == 0
