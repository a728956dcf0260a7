"""Seeding: the same every time, and every hard case is really there."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import redis
from pyarrow import parquet

from examples.macrosora import cast
from examples.macrosora.platform import seed_platform
from examples.macrosora.platform.days import by_day
from examples.macrosora.platform.rows_support import _ticket_id
from tests.examples.conftest import HEAVY_CALLS, NOW, SIZE, Platform


def rows(platform: Platform, query: str, *values: Any) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(platform.folder / "app.sqlite3")
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


def lines(platform: Platform, name: str) -> Iterator[dict[str, Any]]:
    for path in platform.objects.glob(f"usage/{name}/date=*/*.jsonl"):
        yield from map(json.loads, path.read_bytes().splitlines())


def archived(platform: Platform) -> Iterator[dict[str, Any]]:
    for path in platform.objects.glob("archive/api_calls/date=*/*.parquet"):
        yield from parquet.read_table(path).to_pylist()


def fingerprint(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def dump(redis_url: str) -> dict[bytes, Any]:
    with redis.Redis.from_url(redis_url) as server:
        return {
            key: server.hgetall(key) if server.type(key) == b"hash" else server.get(key) for key in server.scan_iter()
        }


@pytest.mark.thorough
def test_the_same_seed_writes_the_same_bytes(platform: Platform, tmp_path: Path, redis_url: str) -> None:
    other = f"{redis_url}/10"
    later_that_day = NOW + timedelta(hours=5)
    for seed in (1, 2024):  # the second seeding must leave nothing of the first behind
        seed_platform(
            folder=tmp_path, redis_url=other, size=SIZE, seed=seed, now=later_that_day, heavy_calls=HEAVY_CALLS
        )
    assert fingerprint(tmp_path) == fingerprint(platform.folder)
    assert dump(other) == dump(platform.redis_url)


@pytest.mark.parametrize("most", [1, 7, 50, 100])
def test_days_that_do_not_fit_into_memory_are_the_same(most: int, tmp_path: Path) -> None:
    rows = [{"id": f"x-{n:03d}", "at": f"2026-11-{n * 7 % 3 + 1:02d}T00:00:{n * 5 % 60:02d}Z"} for n in range(50)]
    with by_day(rows, "at", beside=tmp_path, most=most) as days:
        found = [(day, [json.loads(line) for line in lines]) for day, lines in days]
    ordered = sorted(rows, key=lambda row: (row["at"], row["id"]))
    assert [day for day, _ in found] == ["2026-11-01", "2026-11-02", "2026-11-03"]
    assert [row for _, lines in found for row in lines] == ordered
    assert not list(tmp_path.iterdir())


def test_ids_of_tickets_are_one_of_a_kind_in_a_large_crowd() -> None:
    ids = [_ticket_id(number) for number in range(30_000)]
    assert len(set(ids)) == len(ids)
    assert not {cast.FOREIGN_TICKET_ID, cast.FOREIGN_TICKET_ID + 1} & set(ids)


@pytest.mark.thorough
def test_another_seed_writes_other_people(platform: Platform, tmp_path: Path, redis_url: str) -> None:
    seed_platform(folder=tmp_path, redis_url=f"{redis_url}/10", size=SIZE, seed=7, now=NOW, heavy_calls=10)
    query = "SELECT email FROM people WHERE id >= 2000"
    assert rows(Platform(tmp_path, ""), query) != rows(platform, query)


def test_seeding_leaves_foreign_redis_keys_alone(tmp_path: Path, redis_url: str) -> None:
    with redis.Redis.from_url(f"{redis_url}/11") as server:
        server.set("somebody:else", "1")
        seed_platform(folder=tmp_path, redis_url=f"{redis_url}/11", size=40, now=NOW, heavy_calls=1)
        assert server.get("somebody:else") == b"1"


def test_a_naive_now_is_refused(tmp_path: Path, redis_url: str) -> None:
    with pytest.raises(ValueError, match="aware"):
        seed_platform(folder=tmp_path, redis_url=redis_url, now=datetime(2026, 1, 1))  # noqa: DTZ001


def test_too_few_people_are_refused(tmp_path: Path, redis_url: str) -> None:
    with pytest.raises(ValueError, match="at least 40"):
        seed_platform(folder=tmp_path, redis_url=redis_url, size=39, now=NOW)
    assert not list(tmp_path.iterdir())


def test_there_are_as_many_people_as_asked_for(platform: Platform) -> None:
    assert rows(platform, "SELECT count(*), count(DISTINCT email) FROM people") == [(SIZE, SIZE)]


def test_the_heavy_user_has_the_calls_asked_for(platform: Platform) -> None:
    calls = [row["user_id"] for row in (*lines(platform, "api_calls"), *archived(platform))]
    assert calls.count(1002) == HEAVY_CALLS
    assert all(20 <= calls.count(number) <= 60 for number in set(calls) - {1002})


@pytest.mark.parametrize(
    ("name", "moment"), [("api_calls", "called_at"), ("page_views", "viewed_at"), ("errors", "at")]
)
def test_usage_is_younger_than_90_days_and_over(platform: Platform, name: str, moment: str) -> None:
    moments = [datetime.fromisoformat(row[moment]) for row in lines(platform, name)]
    assert NOW - timedelta(days=90) < min(moments)
    assert max(moments) < NOW


def test_calls_are_archived_after_30_days(platform: Platform) -> None:
    old, new = list(archived(platform)), list(lines(platform, "api_calls"))
    border = NOW.replace(hour=0, minute=0) - timedelta(days=30)
    assert NOW - timedelta(days=90) < min(row["called_at"] for row in old)
    assert max(row["called_at"] for row in old) < border
    assert min(datetime.fromisoformat(row["called_at"]) for row in new) >= border
    assert old[0].keys() == new[0].keys()


def test_an_archived_day_is_ordered_by_account(platform: Platform) -> None:
    for path in platform.objects.glob("archive/api_calls/date=*/*.parquet"):
        found = parquet.read_table(path, columns=["user_id"])["user_id"].to_pylist()
        assert found == sorted(found)


def test_a_line_lies_in_the_folder_of_its_day(platform: Platform) -> None:
    for path in platform.objects.glob("usage/errors/date=*/*.jsonl"):
        days = {json.loads(line)["at"][:10] for line in path.read_bytes().splitlines()}
        assert {f"date={day}" for day in days} == {path.parent.name}


def test_nobody_is_in_no_store(platform: Platform) -> None:
    wanted = cast.NOBODY.email.encode()
    assert not [path for path in platform.folder.rglob("*") if path.is_file() and wanted in path.read_bytes().lower()]
    assert not [value for value in dump(platform.redis_url).values() if wanted in str(value).lower().encode()]


def test_the_ordinary_person_is_in_every_table(platform: Platform) -> None:
    number = cast.ORDINARY.person_id
    for table in ("memberships", "api_keys", "sessions", "sign_ins", "devices", "consents", "feature_uses"):
        assert rows(platform, f"SELECT count(*) FROM {table} WHERE person_id = ?", number)[0][0], table  # noqa: S608


def test_one_person_works_in_two_organisations(platform: Platform) -> None:
    found = rows(platform, "SELECT organisation_id FROM memberships WHERE person_id = 1003 ORDER BY 1")
    assert found == [(1,), (3,)]
    assert rows(platform, "SELECT 1 FROM invitations WHERE inviter_person_id = 1003 AND organisation_id = 8")


def test_the_old_address_still_stands_in_other_stores(platform: Platform) -> None:
    old = cast.MOVED.previous_email
    assert rows(platform, "SELECT person_id FROM previous_emails WHERE email = ?", old) == [(1004,)]
    assert rows(platform, "SELECT count(*) FROM invitations WHERE email = ?", old) == [(1,)]
    assert not rows(platform, "SELECT 1 FROM people WHERE email = ?", old)
    assert [row for row in lines(platform, "errors") if row["user_email"] == old and row["person_id"] is None]
    contacts = json.loads(platform.mail_data.read_bytes())["contacts"]
    assert old in {contact["email"] for contact in contacts}


def test_a_template_is_shared(platform: Platform) -> None:
    paths = sorted(platform.objects.glob(f"prompts/{cast.SHARED_TEMPLATE_ID}/v*.json"))
    versions = [json.loads(path.read_bytes()) for path in paths]
    assert [(version["owner_id"], version["shared_with"]) for version in versions] == [
        (1005, [1006]),
        (1005, [1006, 1003]),
        (1005, [1006, 1003]),
    ]


def test_an_invited_person_has_no_account(platform: Platform) -> None:
    assert rows(platform, "SELECT 1 FROM invitations WHERE email = ?", cast.INVITED.email)
    assert not rows(platform, "SELECT 1 FROM people WHERE email = ?", cast.INVITED.email)


def test_addresses_that_only_look_alike_stand_side_by_side(platform: Platform) -> None:
    for person in (cast.JOSE_ACCENT, cast.JOSE_PLAIN, cast.ANN, cast.ANN_TAG):
        assert rows(platform, "SELECT id FROM people WHERE email = ?", person.email) == [(person.person_id,)]
    for spelling in (*cast.ANN.spellings, *cast.JOSE_ACCENT.spellings):
        assert rows(platform, "SELECT 1 FROM consents WHERE email = ? AND person_id IS NULL", spelling), spelling


def test_the_first_of_everything_has_the_id_nought(platform: Platform) -> None:
    assert rows(platform, "SELECT email FROM people WHERE id = 0") == [(cast.ZERO.email,)]
    assert rows(platform, "SELECT organisation_id FROM memberships WHERE person_id = 0") == [(0,)]
    assert rows(platform, "SELECT billing_email FROM invoices WHERE id = 0") == [(cast.ZERO.email,)]
    assert rows(platform, "SELECT count(*) FROM invoice_lines WHERE invoice_id = 0")[0][0]


def test_free_text_names_other_people(platform: Platform) -> None:
    emails = [email for (email,) in rows(platform, "SELECT email FROM people")]
    bodies = rows(platform, "SELECT requester_email, body FROM support_tickets WHERE id < 9000")
    assert any(email in body for asking, body in bodies for email in emails if email != asking)


def test_identical_rows_occur(platform: Platform) -> None:
    assert rows(platform, "SELECT 1 FROM feature_uses GROUP BY person_id, feature, used_on, times HAVING count(*) > 1")


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("people", "password_hash"),
        ("people", "profile"),
        ("api_keys", "key_hash"),
        ("sessions", "token"),
        ("invitations", "token"),
    ],
)
def test_every_secret_of_the_database_is_a_canary(platform: Platform, table: str, column: str) -> None:
    found = rows(platform, f"SELECT {column} FROM {table}")  # noqa: S608
    assert found
    assert all(cast.SECRET_MARK in value for (value,) in found)


def test_every_other_store_holds_canaries(platform: Platform) -> None:
    mark = cast.SECRET_MARK.encode()
    for pattern in ("usage/errors/**/*.jsonl", "workflows/*.json", "settings/*.json"):
        assert all(mark in path.read_bytes() for path in platform.objects.glob(pattern)), pattern
    assert mark in platform.mail_data.read_bytes()
    sessions = {key: value for key, value in dump(platform.redis_url).items() if key.startswith(b"session:")}
    assert all(mark in value[b"csrf_token"] for value in sessions.values())


def test_types_of_every_sort_are_there(platform: Platform) -> None:
    assert rows(platform, "SELECT 1 FROM people WHERE bio = ''")
    assert rows(platform, "SELECT 1 FROM people WHERE credit_balance = 0")
    assert rows(platform, "SELECT 1 FROM people WHERE newsletter = 0")
    assert rows(platform, "SELECT 1 FROM people WHERE newsletter IS NULL")
    assert rows(platform, "SELECT 1 FROM people WHERE avatar = x''")
    assert {str(kind) for (kind,) in rows(platform, "SELECT DISTINCT typeof(pdf) FROM invoices")} == {"blob"}


@pytest.mark.slow
def test_the_full_demo_is_seeded_in_ten_seconds(tmp_path: Path, redis_url: str) -> None:
    started = time.monotonic()
    seed_platform(folder=tmp_path, redis_url=f"{redis_url}/12", now=NOW)
    assert time.monotonic() - started < 10


@pytest.mark.thorough
@pytest.mark.postgres
def test_the_database_may_be_postgresql(tmp_path: Path, redis_url: str, postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE macrosora_seed")
    address = postgres_url.removesuffix("/postgres") + "/macrosora_seed"
    seed_platform(
        folder=tmp_path,
        redis_url=f"{redis_url}/10",
        size=40,
        now=NOW,
        heavy_calls=1,
        database_url=address.replace("postgresql:", "postgresql+psycopg:", 1),
    )
    with psycopg.connect(address) as connection:
        row = connection.execute("SELECT email, external_id, credit_balance, created_at FROM people WHERE id = 0")
        email, external_id, balance, created_at = row.fetchone() or ()
    assert (email, type(external_id), type(balance)) == (cast.ZERO.email, UUID, Decimal)
    assert created_at.utcoffset() is not None
    assert not (tmp_path / "app.sqlite3").exists()


def test_configurations_hold_what_an_export_could_lose(platform: Platform) -> None:
    table = "configuration_versions"
    for condition in (
        *("version = 3", "system_prompt = ''", "system_prompt LIKE '%🙂%'", "temperature IS NULL", "temperature = 0"),
        *("round(cost_limit, 2) <> cost_limit", "parameters LIKE '%9007199254740993%'", "stop_sequences IS NULL"),
        *("stop_sequences = '[]'", "valid_from = '2024-02-29'", "saved_at LIKE '%.000001%'"),
        *("saved_at LIKE '%+05:30'", "saved_at LIKE '%-03:30'"),
    ):
        assert rows(platform, f"SELECT 1 FROM {table} WHERE {condition}"), condition  # noqa: S608
    assert rows(platform, "SELECT 1 FROM model_configurations WHERE organisation_id IS NULL AND note = ''")
    shared = "SELECT owner_id, organisation_id, shared_with FROM model_configurations WHERE id = ?"
    assert rows(platform, shared, cast.SHARED_CONFIGURATION_ID) == [(1005, 4, "[1006, 1003]")]
