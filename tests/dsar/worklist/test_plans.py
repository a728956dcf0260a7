"""What the queue asks for is found by the indexes that were made for it: a million rows would tell, a dozen do not."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Tenant
from dsar.worklist.asking import Asker, Need
from dsar.worklist.counting import OpenCounts
from dsar.worklist.few import listed
from dsar.worklist.filters import Filters
from dsar.worklist.paging import Key, count_closed, page

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by what it knows of the rows")


@pytest.fixture
def asker(db: None, now: datetime) -> Asker:
    tenant = Tenant.objects.create(slug="a", name="A", contact_email="p@a.example")
    return Asker(tenant, 1, (1, 2), now)


def plans(captured: CaptureQueriesContext) -> list[str]:
    """Return how each query of the requests was carried out, line by line."""
    with connection.cursor() as cursor:
        lines = []
        for query in captured.captured_queries:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            lines += [row[3] for row in cursor.fetchall()]
    return [line for line in lines if "dsar_subjectrequest" in line]


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (Filters(), "COVERING INDEX request_open"),
        (Filters(type="access", law="lgpd", who="nobody"), "COVERING INDEX request_open"),
        (Filters(needs="person"), "COVERING INDEX request_open"),
        (Filters(needs="person", type="access", law="lgpd"), "COVERING INDEX request_open"),
        (Filters(needs="map"), "INDEX request_stuck"),
        (Filters(needs="map", type="access", who="nobody", risk="late"), "INDEX request_stuck"),
        (Filters(status="closed"), "INDEX request_closed"),
        (Filters(status="closed", law="lgpd"), "INDEX request_register"),
        (Filters(status="denied", type="access"), "INDEX request_register"),
        (Filters(status="closed", who="nobody"), "INDEX request_closed_of"),
        (Filters(status="closed", who="2", law="lgpd"), "INDEX request_register_of"),
    ],
)
def test_pages_come_out_of_an_index(asker: Asker, now: datetime, filters: Filters, index: str) -> None:
    for after, before in ((Key(now, 7), None), (None, Key(now, 7))):
        with CaptureQueriesContext(connection) as captured:
            page(filters, asker, after=after, before=before)
        found = plans(captured)
        assert found
        assert {index in line for line in found} == {True}, found


def test_what_failed_is_found_by_the_index_of_what_failed(asker: Asker) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert listed(Need.STORE, asker) == []
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {captured.captured_queries[0]['sql']}")
        assert "INDEX step_failed" in cursor.fetchall()[0][3]


def test_counts_come_out_of_an_index(asker: Asker) -> None:
    with CaptureQueriesContext(connection) as captured:
        OpenCounts(asker, [Filters(), Filters(type="access", law="lgpd", status="fulfilling")])
    assert any("SEARCH dsar_subjectrequest USING COVERING INDEX request_open" in line for line in plans(captured))
    with CaptureQueriesContext(connection) as captured:
        count_closed(Filters(status="closed", law="lgpd"), asker)
    assert {"COVERING INDEX request_register" in line for line in plans(captured)} == {True}


def test_the_beginning_of_a_reference_is_found_by_its_index(asker: Asker) -> None:
    with CaptureQueriesContext(connection) as captured:
        page(Filters(reference="R-7K"), asker)
    assert {"(reference>? AND reference<?)" in line for line in plans(captured)} == {True}
