"""Pages and counts of every kind of filter, held against a plain look at all rows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product

import pytest

from accounts.models import Membership, Role, Tenant, User
from dsar.models import ClockPause, DecisionKind, ProposalKind, StepKind, StepState, SubjectRequest
from dsar.models.choices import FINAL_STATUSES, Status
from dsar.worklist.asking import Asker, Need, Who
from dsar.worklist.counting import OpenCounts
from dsar.worklist.filters import RISK, Filters
from dsar.worklist.paging import Key, count_closed, key_of, page

TYPES, LAWS = ("access", "erasure", "enquiry"), ("gdpr", "lgpd")
STATUSES = (*Status.values,)


class World:
    """Requests of two tenants, and what a plain look says of them."""

    def __init__(self, now: datetime) -> None:
        self.now, self.chance = now, random.Random(5)  # noqa: S311 - of no secret
        self.proposed: set[int] = set()
        self.tenant = Tenant.objects.create(slug="a", name="A", contact_email="p@a.example")
        other = Tenant.objects.create(slug="b", name="B", contact_email="p@b.example")
        self.users = [User.objects.create_user(f"u{number}@a.example") for number in range(3)]
        for user in self.users[:2]:  # the last has left
            Membership.objects.create(user=user, tenant=self.tenant, role=Role.REVIEWER)
        for number in range(90):
            self.make(number, other if number % 10 == 0 else self.tenant)
        self.asker = Asker(self.tenant, self.users[0].pk, tuple(user.pk for user in self.users[:2]), now)
        self.all = list(SubjectRequest.objects.filter(tenant=self.tenant))
        self.paused = set(ClockPause.objects.filter(ended_at=None).values_list("subject_request", flat=True))

    def make(self, number: int, tenant: Tenant) -> None:
        pick, received = self.chance.choice, self.now - timedelta(hours=self.chance.choice([10, 30, 40, 47, 50]))
        status = pick(STATUSES)
        item = SubjectRequest.objects.create(
            reference=f"R-{number:04d}-{number:04d}-AA",
            tenant=tenant,
            email=f"p{number}@example.com",
            type=pick(TYPES),
            status=status,
            denial_reason="other",
            regime=pick(LAWS),
            filing_token=str(number),
            received_at=received,
            due_at=received + timedelta(hours=48),
            expected_at=received,
            closed_at=self.now - timedelta(hours=pick([1, 2, 3])) if status in FINAL_STATUSES else None,
            waits_for=pick(["", "", "", "stores.yml"]) if status not in FINAL_STATUSES else "",
            assigned_to=pick([None, *self.users]),
        )
        if item.closed_at is None and pick([True, False, False]):
            item.pauses.create(reason="asked", started_at=received)
        if item.closed_at is None and pick([True, False, False]):
            proposed = {"kind": ProposalKind.REFUSAL, "by": self.users[0], "at": received, "reason": "x"}
            of_now = item.proposals.create(status=pick([status, Status.FULFILLING]), **proposed)
            if of_now.status == status:
                self.proposed.add(item.pk)
        if pick([True, False, False]):
            item.steps.create(
                kind=StepKind.COLLECT, dataset="app", stage=1, state=StepState.FAILED, error="x", not_before=received
            )
            if pick([True, False]):
                item.decisions.create(kind=DecisionKind.EXCEPTION, dataset="app", by=self.users[0], at=received)

    def fits(self, item: SubjectRequest, filters: Filters) -> bool:
        return (
            self.is_in(item, filters)
            and (not filters.type or item.type == filters.type)
            and (not filters.law or item.regime == filters.law)
            and (not filters.who or self.is_of(item, filters.who))
            and (not filters.needs or self.needs(item, filters.needs))
            and (not filters.risk or self.is_at_risk(item, filters.risk))
        )

    def is_in(self, item: SubjectRequest, filters: Filters) -> bool:
        if filters.status == "closed":
            return item.closed_at is not None
        return item.status == filters.status if filters.status else item.closed_at is None

    def is_of(self, item: SubjectRequest, who: str) -> bool:
        if who == Who.LEFT:
            return item.assigned_to_id == self.users[2].pk
        wanted = {Who.ME: self.users[0].pk, Who.NOBODY: None}
        return item.assigned_to_id == (wanted[Who(who)] if who in wanted else int(who))

    def needs(self, item: SubjectRequest, need: str) -> bool:
        if need == "person":
            return item.pk in self.paused
        if need == "second":
            return item.pk in self.proposed
        if need == "map":
            return bool(item.waits_for)
        failed = item.steps.filter(state=StepState.FAILED).exists()
        return failed and not item.decisions.filter(kind=DecisionKind.EXCEPTION).exists()

    def is_at_risk(self, item: SubjectRequest, risk: str) -> bool:
        until = self.now if risk == "late" else self.now + RISK
        return item.due_at < until and item.pk not in self.paused

    def expected(self, filters: Filters) -> list[int]:
        found = [item for item in self.all if self.fits(item, filters)]
        if filters.is_closed:
            return [item.pk for item in sorted(found, key=lambda item: (item.closed_at, item.pk), reverse=True)]
        return [item.pk for item in sorted(found, key=lambda item: (item.due_at, item.pk))]


@pytest.fixture
def world(db: None, now: datetime) -> World:
    return World(now)


def filters_of(world: World) -> Iterator[Filters]:
    who = ["", "me", "nobody", "left", str(world.users[1].pk)]
    for status, kind, law, whose in product(["", "closed", *STATUSES], ["", "access"], ["", "lgpd"], who):
        yield Filters.read({"status": status, "type": kind, "law": law, "who": whose})
    for status, risk, needs in product(["", *STATUSES[:4]], ["", "late", "soon"], ["", *Need]):
        yield Filters.read({"status": status, "risk": risk, "needs": needs})


def walked(world: World, filters: Filters, rows: int) -> list[int]:
    """Return the keys of all pages forwards, having looked back from each."""
    seen: list[int] = []
    key: Key | None = None
    while True:
        found = page(filters, world.asker, after=key, rows=rows)
        if seen and found.keys:
            first = SubjectRequest.objects.get(pk=found.keys[0])
            back = page(filters, world.asker, before=key_of(first, filters), rows=rows)
            assert list(back.keys) == seen[-rows:]
            assert back.has_later
            assert back.has_earlier == (len(seen) > rows)
        seen += found.keys
        if not found.has_later:
            return seen
        key = Key.read(str(key_of(SubjectRequest.objects.get(pk=found.keys[-1]), filters)))
        assert key is not None


@pytest.mark.thorough
def test_pages_of_every_filter_hold_each_row_once_in_order(world: World) -> None:
    for filters in filters_of(world):
        assert walked(world, filters, rows=7) == world.expected(filters), filters


def test_some_pages_hold_each_row_once_in_order(world: World) -> None:
    several = (
        Filters(),
        Filters(status="closed"),
        Filters(status="closed", law="lgpd"),
        Filters(risk="soon"),
    )
    for filters in several:
        expected = world.expected(filters)
        assert expected
        assert walked(world, filters, rows=4) == expected, filters


@pytest.mark.thorough
def test_counts_are_those_of_the_rows(world: World) -> None:
    every = list(filters_of(world))
    counts = OpenCounts(world.asker, every)
    for filters in every:
        number = len(world.expected(filters))
        if filters.is_closed:
            assert count_closed(filters, world.asker) == number, filters
        else:
            assert counts.count(filters).number == number, filters
            assert not counts.count(filters).is_least


@pytest.mark.parametrize("need", [Need.STORE, Need.SECOND])
def test_what_is_too_many_to_be_listed_is_found_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch, need: Need
) -> None:
    monkeypatch.setattr("dsar.worklist.few.MOST_LISTED", 2)
    for filters in (Filters(needs=need), Filters(needs=need, type="access"), Filters(needs=need, risk="soon")):
        expected = world.expected(filters)
        assert walked(world, filters, rows=4) == expected, filters
        count = OpenCounts(world.asker, [filters]).count(filters)
        assert (count.number, count.is_least) == (len(expected), True)
    assert world.asker.listed == {need: None, **dict.fromkeys((Need.STORE, Need.SECOND))}


def test_counts_that_are_cut_off_say_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsar.worklist.counting.MOST_OPEN", 10)
    count = OpenCounts(world.asker, [Filters()]).count(Filters())
    assert (count.number, count.is_least) == (10, True)
    monkeypatch.setattr("dsar.worklist.paging.MOST_COUNTED", 3)
    assert count_closed(Filters(status="closed"), world.asker) == 4


@pytest.mark.parametrize(
    ("typed", "prefix"),
    [
        ("r-7k3q-92", "R-7K3Q-92"),
        ("7k3q92", "R-7K3Q-92"),
        (" R7K3 ", "R-7K3"),
        ("rr7k3", "R-R7K3"),
        ("", ""),
        ("R-", ""),
        ("%_'\"", ""),
        ("7K3Q-92XD-4M-and more", "R-7K3Q-92XD-4M"),
    ],
)
def test_a_reference_is_found_as_people_write_it(typed: str, prefix: str) -> None:
    assert Filters.read({"q": typed}).reference == prefix


@pytest.mark.thorough
def test_what_begins_alike_is_found_in_order_open_and_closed(world: World) -> None:
    filters = Filters(reference="R-003")
    expected = [item.pk for item in sorted(world.all, key=lambda item: item.reference) if item.reference < "R-004"]
    expected = [pk for pk in expected if SubjectRequest.objects.get(pk=pk).reference >= "R-003"]
    assert len(expected) == 9  # of ten one is another tenant's
    assert walked(world, filters, rows=4) == expected
    assert count_closed(filters, world.asker) == 9
