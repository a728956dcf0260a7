"""A register of made-up requests, written in bulk: spread over tenants, types, statuses, laws, people and two years."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, models

from accounts.models import Membership, Role, Tenant, User
from dsar.models import ClockPause, Decision, DecisionKind, SavedView, Step, StepKind, StepState, SubjectRequest

HOST = "big.localhost"
#: Of a hundred requests so many are open: a bad week of a very large company.
OPEN_SHARE = 0.05
_REVIEWERS = 20
_DAYS = 700
_CHUNK = 20_000
_TENANTS = {"big": 90, "mid": 9, "small": 1}
_TYPES = {
    "access": 55,
    "erasure": 20,
    "portability": 8,
    "objection": 7,
    "rectification": 4,
    "enquiry": 4,
    "restriction": 1.5,
    "human_review": 0.5,
}
_OPEN = {"awaiting_verification": 20, "awaiting_review": 25, "fulfilling": 25, "awaiting_release": 30}
_CLOSED = {"fulfilled": 88, "denied": 8, "withdrawn": 4}
_LAWS = {"gdpr": 60, "ccpa": 20, "uk": 12, "lgpd": 6, "pipeda": 2}
#: What goes by itself, and is nobody's.
_UNTAKEN = ("objection", "portability")
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VIEWS = (
    *("type=access", "type=erasure", "law=ccpa", "law=lgpd&risk=soon", "who=nobody&type=access&risk=late"),
    *("status=awaiting_release&who=me", "needs=store&who=me", "status=closed&law=uk", "type=human_review", "who=left"),
)

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Team:
    """The tenants by their slugs, and the reviewers: the first is the one who looks."""

    tenants: Mapping[str, Tenant]
    reviewers: Sequence[User]


def fill(count: int, *, now: datetime, seed: int = 7) -> Team:
    """Write tenants, a team, so many requests and what hangs on them, into an empty database; tell the planner."""
    team, chance = _team(now), random.Random(seed)  # noqa: S311 - of no secret
    requests = list(_requests(count, team, chance, now))
    _insert(SubjectRequest, requests)
    open_ones = [row for row in requests if row["closed_at"] is None]
    recent = [row for row in requests if row["closed_at"] and row["closed_at"] > now - timedelta(days=90)]
    del requests
    _insert(ClockPause, _pauses(open_ones, recent, chance))
    _insert(Step, _steps(open_ones, recent, chance))
    _insert(Decision, _exceptions(recent, team))
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


def _requests(count: int, team: Team, chance: random.Random, now: datetime) -> Iterator[Row]:
    """Yield requests, the oldest first: the last ones are open."""
    first_open = int(count * (1 - OPEN_SHARE))
    pick = {
        name: chance.choices(list(weights), list(weights.values()), k=count)
        for name, weights in {
            "tenant": _TENANTS,
            "type": _TYPES,
            "law": _LAWS,
            "open": _OPEN,
            "closed": _CLOSED,
        }.items()
    }
    for number in range(count):
        is_open, kind = number >= first_open, pick["type"][number]
        received = _received(number, count, first_open, chance, now)
        status = pick["open" if is_open else "closed"][number]
        closed = None if is_open else received + timedelta(hours=chance.uniform(1, 44))
        taken = kind not in _UNTAKEN and chance.random() < (0.5 if is_open else 0.8)
        yield {
            "id": number + 1,
            "reference": _reference(chance),
            "tenant_id": team.tenants[pick["tenant"][number]].pk,
            "email": f"p{number}@people.example",
            "type": kind,
            "status": status,
            "outcome": "full" if status == "fulfilled" else "",
            "denial_reason": "other" if status == "denied" else "",
            "regime": pick["law"][number],
            "filing_token": f"token-{number}",
            "received_at": received,
            "due_at": received + timedelta(hours=48),
            "expected_at": received + timedelta(hours=24),
            "closed_at": closed,
            "waits_for": "stores.yml, line 3" if is_open and chance.random() < 0.002 else "",
            "assigned_to_id": chance.choice(team.reviewers).pk if taken else None,
        }


def _received(number: int, count: int, first_open: int, chance: random.Random, now: datetime) -> datetime:
    if number >= first_open:  # of the last two and a half days: some are late
        return now - timedelta(hours=60 * (count - number) / (count - first_open))
    share = number / first_open
    return now - timedelta(days=3 + _DAYS * (1 - share), seconds=chance.random())


def _reference(chance: random.Random) -> str:
    letters = "".join(chance.choices(_ALPHABET, k=10))
    return f"R-{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def _pauses(open_ones: Iterable[Row], recent: Iterable[Row], chance: random.Random) -> Iterator[Row]:
    for row in open_ones:
        if row["status"] == "awaiting_verification" or chance.random() < 0.05:
            yield _pause(row, None)
    for row in recent:
        if chance.random() < 0.2:
            yield _pause(row, row["closed_at"])


def _pause(row: Row, ended_at: datetime | None) -> Row:
    started = row["received_at"]
    return {"subject_request_id": row["id"], "reason": "asked", "started_at": started, "ended_at": ended_at}


def _steps(open_ones: Iterable[Row], recent: Iterable[Row], chance: random.Random) -> Iterator[Row]:
    for row in open_ones:
        if row["status"] in ("fulfilling", "awaiting_release"):
            for number in range(4):
                yield _step(row, f"store{number}", StepState.FAILED if chance.random() < 0.01 else StepState.DONE)
    for row in recent:
        for number in range(2):
            yield _step(row, f"store{number}", StepState.FAILED if row["id"] % 100 == number else StepState.DONE)


def _step(row: Row, dataset: str, state: str) -> Row:
    return {
        "subject_request_id": row["id"],
        "kind": StepKind.COLLECT.value,
        "dataset": dataset,
        "stage": 1,
        "state": str(state),
        "not_before": row["received_at"],
        "report": "{}",
        "error": "it did not answer" if state == StepState.FAILED else "",
    }


def _exceptions(recent: Iterable[Row], team: Team) -> Iterator[Row]:
    for row in recent:
        if row["id"] % 100 < 2:
            yield {
                "subject_request_id": row["id"],
                "kind": DecisionKind.EXCEPTION.value,
                "by_id": team.reviewers[0].pk,
                "at": row["received_at"],
                "reason": "down for good",
                "dataset": f"store{row['id'] % 100}",
            }


def _insert(model: type[models.Model], rows: Iterable[Row]) -> None:
    """Write rows by the quickest way of either database; what a row does not say is the column's own default."""
    usual = {field.column: _default(field) for field in model._meta.concrete_fields}
    chunk: list[tuple[Any, ...]] = []
    for number, row in enumerate(rows, start=1):
        values = {**usual, "id": row.get("id", number), **row}
        chunk.append(tuple(map(_written, values.values())))
        if len(chunk) == _CHUNK:
            _write(model._meta.db_table, list(usual), chunk)
            chunk.clear()
    _write(model._meta.db_table, list(usual), chunk)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            table = model._meta.db_table
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608


def _default(field: models.Field[Any, Any]) -> Any:
    value = field.get_default()
    return "{}" if value == {} else "[]" if value == [] else value


def _written(value: Any) -> Any:
    if isinstance(value, datetime) and connection.vendor == "sqlite":
        return str(value.astimezone(UTC).replace(tzinfo=None))
    return value


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
