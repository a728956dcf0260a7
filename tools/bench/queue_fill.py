"""A register of made-up requests, written in bulk: spread over tenants, types, statuses, laws, people and two years."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, models

from accounts.models import Membership, Role, Tenant, User
from dsar.models import (
    ClockPause,
    Decision,
    DecisionKind,
    Proposal,
    ProposalKind,
    SavedView,
    Status,
    Step,
    StepKind,
    StepState,
    SubjectRequest,
)

HOST = "big.localhost"
#: Of a hundred requests so many are open: a bad week of a very large company.
OPEN_SHARE = 0.05
_REVIEWERS = 20
_DAYS = 700
_CHUNK = 20_000
_PAIRS = 1024  # of letters, ten bits
_TENANTS: dict[str, float] = {"big": 90, "mid": 9, "small": 1}
_TYPES: dict[str, float] = {
    "access": 55,
    "erasure": 20,
    "portability": 8,
    "objection": 7,
    "rectification": 4,
    "enquiry": 4,
    "restriction": 1.5,
    "human_review": 0.5,
}
_OPEN: dict[str, float] = {"awaiting_verification": 20, "awaiting_review": 25, "fulfilling": 25, "awaiting_release": 30}
_CLOSED: dict[str, float] = {"fulfilled": 88, "denied": 8, "withdrawn": 4}
_LAWS: dict[str, float] = {"gdpr": 60, "ccpa": 20, "uk": 12, "lgpd": 6, "pipeda": 2}
#: What goes by itself, and is nobody's.
_UNTAKEN = ("objection", "portability")
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VIEWS = (
    *("type=access", "type=erasure", "law=ccpa", "law=lgpd&risk=soon", "who=nobody&type=access&risk=late"),
    *("status=awaiting_release&who=me", "needs=store&who=me", "status=closed&law=uk", "type=human_review", "who=left"),
)

_LETTERS = [a + b for a in _ALPHABET for b in _ALPHABET]

Rows = Iterable[tuple[Any, ...]]
_COLUMNS = (
    *("id", "reference", "tenant_id", "email", "type", "status", "outcome", "denial_reason", "regime", "filing_token"),
    *("received_at", "due_at", "expected_at", "closed_at", "waits_for", "assigned_to_id"),
)


@dataclass(frozen=True)
class Team:
    """The tenants by their slugs, and the reviewers: the first is the one who looks."""

    tenants: Mapping[str, Tenant]
    reviewers: Sequence[User]


@dataclass(frozen=True, slots=True)
class _Request:
    """What of a request's row is needed for what hangs on it."""

    pk: int
    status: str
    received_at: datetime
    closed_at: datetime | None


def filled(count: int) -> Team | None:
    """Return the team of a database that has so many requests; None of one that has none. Raises ValueError."""
    found = SubjectRequest.objects.count()
    if found not in (0, count):
        raise ValueError(f"the database has {found} requests, not {count}")
    reviewers = list(User.objects.filter(email__endswith="@big.example").order_by("pk"))
    return Team({tenant.slug: tenant for tenant in Tenant.objects.all()}, reviewers) if found else None


def fill(count: int, *, now: datetime, seed: int = 7) -> Team:
    """Write tenants, a team, so many requests and what hangs on them, into an empty database; tell the planner."""
    team, chance = _team(now), random.Random(seed)  # noqa: S311 - of no secret
    later: list[_Request] = []
    with _without_indexes(SubjectRequest, Step, ClockPause):
        _insert(SubjectRequest, _COLUMNS, _requests(count, team, chance, now, later))
        _insert(ClockPause, ("subject_request_id", "reason", "started_at", "ended_at"), _pauses(later, chance))
        columns = ("subject_request_id", "kind", "dataset", "stage", "state", "not_before", "report", "error")
        _insert(Step, columns, _steps(later, chance))
        proposed = ("subject_request_id", "kind", "by_id", "at", "reason", "status", "fingerprint")
        _insert(Proposal, proposed, _proposals(later, team))
        _insert(Decision, ("subject_request_id", "kind", "by_id", "at", "reason", "dataset"), _exceptions(later, team))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    return team


def _team(now: datetime) -> Team:
    tenants = {
        slug: Tenant.objects.create(slug=slug, name=slug.title(), contact_email=f"privacy@{slug}.example")
        for slug in _TENANTS
    }
    tenants["big"].hosts.create(host=HOST)
    reviewers = [User.objects.create_user(f"r{number}@big.example", name=f"R {number}") for number in range(_REVIEWERS)]
    for user in reviewers[:-1]:  # the last one has left
        Membership.objects.create(user=user, tenant=tenants["big"], role=Role.REVIEWER)
    for query in _VIEWS:
        values = {"name": query[:40], "query": query, "is_shared": True, "created_at": now}
        SavedView.objects.create(tenant=tenants["big"], owner=reviewers[1], **values)
    return Team(tenants, reviewers)


def _requests(count: int, team: Team, chance: random.Random, now: datetime, later: list[_Request]) -> Rows:
    """Yield requests, the oldest first, the last ones open; leave in `later` those that have more rows."""
    first_open = int(count * (1 - OPEN_SHARE))
    weighed: dict[str, dict[str, float]] = {
        "tenant": _TENANTS,
        "type": _TYPES,
        "law": _LAWS,
        "open": _OPEN,
        "closed": _CLOSED,
    }
    pick = {name: chance.choices(list(of), list(of.values()), k=count) for name, of in weighed.items()}
    keys = {slug: tenant.pk for slug, tenant in team.tenants.items()}
    people = [user.pk for user in team.reviewers]
    recently, day = now - timedelta(days=90), timedelta(hours=24)
    for number in range(count):
        is_open, kind = number >= first_open, pick["type"][number]
        received = _received(number, count, first_open, chance, now)
        status = pick["open" if is_open else "closed"][number]
        closed = None if is_open else received + timedelta(hours=1 + 43 * chance.random())
        taken = kind not in _UNTAKEN and chance.random() < (0.5 if is_open else 0.8)
        if closed is None or closed > recently:
            later.append(_Request(number + 1, status, received, closed))
        yield (
            number + 1,
            _reference(chance),
            keys[pick["tenant"][number]],
            f"p{number}@people.example",
            kind,
            status,
            "full" if status == "fulfilled" else "",
            "other" if status == "denied" else "",
            pick["law"][number],
            f"token-{number}",
            _moment(received),
            _moment(received + 2 * day),
            _moment(received + day),
            closed and _moment(closed),
            "stores.yml, line 3" if is_open and chance.random() < 0.002 else "",
            people[int(chance.random() * len(people))] if taken else None,
        )


def _received(number: int, count: int, first_open: int, chance: random.Random, now: datetime) -> datetime:
    if number >= first_open:  # of the last two and a half days: some are late
        return now - timedelta(hours=60 * (count - number) / (count - first_open))
    share = number / first_open
    return now - timedelta(days=3 + _DAYS * (1 - share), seconds=chance.random())


def _reference(chance: random.Random) -> str:
    bits = chance.getrandbits(50)
    a, b, c, d, e = (_LETTERS[bits >> shift & (_PAIRS - 1)] for shift in (0, 10, 20, 30, 40))
    return f"R-{a}{b}-{c}{d}-{e}"


def _pauses(requests: Sequence[_Request], chance: random.Random) -> Rows:
    for item in requests:
        if chance.random() < 0.1 or (item.closed_at is None and item.status == "awaiting_verification"):
            yield item.pk, "asked", _moment(item.received_at), item.closed_at and _moment(item.closed_at)


def _steps(requests: Sequence[_Request], chance: random.Random) -> Rows:
    for item in requests:
        if item.closed_at is not None:
            for number in range(2):
                yield _step(item, f"store{number}", StepState.FAILED if item.pk % 100 == number else StepState.DONE)
        elif item.status in ("fulfilling", "awaiting_release"):
            for number in range(4):
                yield _step(item, f"store{number}", StepState.FAILED if chance.random() < 0.01 else StepState.DONE)


def _step(item: _Request, dataset: str, state: StepState) -> tuple[Any, ...]:
    error = "it did not answer" if state == StepState.FAILED else ""
    return item.pk, StepKind.COLLECT.value, dataset, 1, state.value, _moment(item.received_at), "{}", error


def _exceptions(requests: Sequence[_Request], team: Team) -> Rows:
    """Yield why requests were closed without the stores that had failed."""
    for item in requests:
        if item.closed_at is not None and item.pk % 100 < 2:
            by, at = team.reviewers[0].pk, _moment(item.closed_at)
            yield item.pk, DecisionKind.EXCEPTION.value, by, at, "down for good", f"store{item.pk % 100}"


def _proposals(requests: Sequence[_Request], team: Team) -> Rows:
    """Yield refusals that wait for a second person."""
    for item in requests:
        if item.status == Status.AWAITING_REVIEW and item.pk % 50 == 0:
            by, at = team.reviewers[1].pk, _moment(item.received_at)
            yield item.pk, ProposalKind.REFUSAL.value, by, at, "we do not know them", item.status, "f" * 64


@contextmanager
def _without_indexes(*of: type[models.Model]) -> Iterator[None]:
    """Make the models' indexes once the rows are there: much quicker than to keep them up row by row."""
    indexes = [(model, index) for model in of for index in model._meta.indexes]
    with connection.schema_editor() as editor:
        for model, index in indexes:
            editor.remove_index(model, index)
    yield
    with connection.schema_editor() as editor:
        for model, index in indexes:
            editor.add_index(model, index)


def _insert(model: type[models.Model], columns: Sequence[str], rows: Rows) -> None:
    """Write rows by the quickest way of either database; the columns that are not given have their own default."""
    rest = {
        str(field.column): _default(field)
        for field in model._meta.concrete_fields
        if field.column not in columns and not field.primary_key
    }
    names, usual, chunk = [*columns, *rest], tuple(rest.values()), list[tuple[Any, ...]]()
    for row in rows:
        chunk.append((*row, *usual))
        if len(chunk) == _CHUNK:
            _write(model._meta.db_table, names, chunk)
            chunk.clear()
    _write(model._meta.db_table, names, chunk)
    if connection.vendor == "postgresql" and "id" in columns:
        with connection.cursor() as cursor:
            table = model._meta.db_table
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608


def _default(field: models.Field[Any, Any]) -> Any:
    value = field.get_default()
    return "{}" if value == {} else "[]" if value == [] else value


def _moment(moment: datetime) -> datetime | str:
    """Return a moment as the database's own columns hold it."""
    return str(moment.astimezone(UTC).replace(tzinfo=None)) if connection.vendor == "sqlite" else moment


def _write(table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(columns))
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608
