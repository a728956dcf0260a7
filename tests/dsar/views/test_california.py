"""The yearly metrics: what § 7102 asks for, held against a recount."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Tenant
from dsar.actions.figures.keeping import keep
from dsar.counting.figures import kept_days
from dsar.figures.california import ASKED_BY, GROUND_OF, Asked
from dsar.models import DenialReason, PreferenceChange, Purpose, RequestType
from dsar.views.desk.figures.metrics import of_year
from tests.dsar.figures.registers import REGISTERS, Made, closing, write

PAGE = "/desk/california/"
START = datetime(2024, 12, 29, tzinfo=UTC)


def made(*, received: int = 0, end: str = "full", took: int = 36 * 60, kind: str = "access", law: str = "ccpa") -> Made:
    return Made(type=kind, regime=law, received=received, end=end, took=took, reason="claim_not_covered", pauses=())


def test_every_reason_has_its_ground_and_every_type_is_decided() -> None:
    assert set(GROUND_OF) == set(DenialReason.values)
    left_out = {RequestType.HUMAN_REVIEW.value, RequestType.ENQUIRY.value, RequestType.APPEAL.value}
    assert set(RequestType.values) - set(ASKED_BY) == left_out
    assert set(ASKED_BY.values()) == set(Asked)


def asked_in(start: datetime, register: Sequence[Made], year: int, law: str) -> tuple[Counter[str], Counter[str]]:
    """Return by what was asked how many were received in a year, and denied in it."""
    received, denied = Counter[str](), Counter[str]()
    for item in (item for item in register if law in ("", item.regime)):
        asked, closed = ASKED_BY[item.type].value, closing(start, item)
        received[asked] += (start + timedelta(minutes=item.received)).year == year
        denied[asked] += closed is not None and closed.year == year and item.end in ("denied", "lapsed")
    return received, denied


@pytest.mark.thorough
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    register=REGISTERS, law=st.sampled_from(["", "ccpa"]), after=st.integers(2, 20), year=st.sampled_from([2024, 2025])
)
def test_a_year_is_counted_to_the_day_and_adds_up(
    db: None, register: list[Made], law: str, after: int, year: int
) -> None:
    with transaction.atomic():
        tenant = Tenant.objects.create(slug="x", name="X", contact_email="p@example.com", time_zone="UTC")
        write(tenant, START, register)
        now = START + timedelta(days=60)
        keep(tenant, now=START + timedelta(days=after))
        found = of_year(tenant, year, law, span=kept_days(tenant), now=now)
        received, denied = asked_in(START, register, year, law)
        for asked, line in found.lines.items():
            assert (line.received, line.denied) == (received[asked.value], denied[asked.value])
            assert line.open_before + line.received == line.complied + line.denied + line.withdrawn + line.open_after
            assert min(line.open_before, line.open_after) >= 0
            assert sum(line.denied_because.values()) == line.denied
        if year == 2024:
            assert all(line.open_before == 0 for line in found.lines.values())
        transaction.set_rollback(True)


def register(tenant: Tenant) -> None:
    start = timezone.now() - timedelta(days=5)
    write(
        tenant,
        start,
        [made(), made(end="denied", took=60 * 60), made(kind="erasure", law="gdpr"), made(kind="enquiry")],
    )


def document(client: Client, query: str = "") -> dict[str, object]:
    page = client.get(f"/desk/california.json{query}")
    assert "attachment" in page["Content-Disposition"]
    found: dict[str, object] = json.loads(page.content)
    return found


def test_one_page_and_two_files_tell_the_same(rita: Client, tenant: Tenant) -> None:
    register(tenant)
    year = (timezone.now() - timedelta(days=5)).year
    page = rita.get(f"{PAGE}?year={year}&law=").content.decode()
    assert "Requests to know" in page
    assert "Exempt from disclosure" in page
    found = document(rita, f"?year={year}&law=ccpa")
    know = found["requests"]["know"]  # type: ignore[index]
    assert (know["received"], know["complied"], know["denied"]) == (2, 1, 1)
    assert (know["median_days"], know["mean_days"]) == (1.5, 2.0)
    assert know["denied_because"]["exempt_from_disclosure"] == 1
    assert found["requests"]["delete"]["received"] == 0, "it is under another law"  # type: ignore[index]
    assert found["received_of_other_kinds"] == {"enquiry": 1}
    assert document(rita, f"?year={year}&law=")["requests"]["delete"]["received"] == 1  # type: ignore[index]
    file = rita.get(f"/desk/california.csv?year={year}&law=ccpa").content.decode("utf-8-sig")
    rows = {row["requests"]: row for row in csv.DictReader(io.StringIO(file))}
    assert (rows["know"]["received"], rows["know"]["denied_exempt_from_disclosure"]) == ("2", "1")
    assert list(rows) == [asked.value for asked in Asked]


def test_an_opt_out_by_a_signal_counts_as_one_and_one_by_a_request_once(rita: Client, tenant: Tenant) -> None:
    at = timezone.now() - timedelta(minutes=1)
    for number, how in enumerate(("gpc", "page", "objection")):
        own = {"tenant": tenant, "address_hash": str(number), "given": False, "how": how, "at": at}
        PreferenceChange.objects.create(purpose=Purpose.SHARING, **own)
        PreferenceChange.objects.create(purpose=Purpose.TIPS, **{**own, "how": "page"})
    line = document(rita, f"?year={at.year}&law=ccpa")["requests"]["opt_out"]  # type: ignore[index]
    assert (line["received"], line["complied"], line["median_days"]) == (2, 2, 0.0)


def test_an_address_that_nobody_chose_is_the_usual(rita: Client, tenant: Tenant) -> None:
    for query in ("", "?year=1812", "?year=x&law=martian"):
        assert rita.get(PAGE + query).status_code == 200
        assert document(rita, query)["law"] == "ccpa"


@pytest.mark.parametrize("name", ["california/", "california.csv", "california.json"])
def test_auditors_see_it_and_strangers_do_not(name: str, olga: Client, ann: Client, anonymous: Client) -> None:
    statuses = [client.get(f"/desk/{name}").status_code for client in (olga, ann, anonymous)]
    assert statuses == [200, 404, 302]
