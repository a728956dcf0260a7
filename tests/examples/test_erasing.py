"""manage.py erase over the demo's Redis server and mail service: exactly one person's rows go.

Of the application's database everything is kept here: what stands in the way there is another test's matter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from redis import Redis

from examples.macrosora import cast
from examples.macrosora.mail_service.book import read_book
from examples.macrosora.platform import MAIL_DATA, seed_platform
from examples.macrosora.truth import expected_rows
from tests.examples.conftest import NOW, REPOSITORY, running_mail_service

MAP = REPOSITORY / "examples" / "macrosora" / "datamap"
ADA = cast.ORDINARY.email
#: A database of the server that no other test uses.
OWN = 6


@pytest.fixture
def given(tmp_path: Path, redis_url: str) -> Iterator[list[str]]:
    """The arguments of an erasure over a platform of its own."""
    redis_url = f"{redis_url}/{OWN}"
    seed_platform(folder=tmp_path, redis_url=redis_url, size=40, now=NOW, heavy_calls=100)
    (tmp_path / "map").mkdir()
    for name in ("app", "cache", "mail"):
        text = (MAP / f"{name}.yml").read_text("utf-8")
        if name == "app":
            text = re.sub(r"erasure: \{action: (delete|mask).*\}", "erasure: {action: keep, why: not here}", text)
        (tmp_path / "map" / f"{name}.yml").write_text(text, "utf-8")
    with running_mail_service(tmp_path / MAIL_DATA, "--steady", "--per-second", "5000") as (_process, url):
        mail = {"url": url, "auth": {"kind": "bearer", "token": cast.MAIL_TOKEN}, "rate": 5000}
        where = {"app": f"sqlite:///{tmp_path}/app.sqlite3", "mail": mail, "cache": redis_url}
        (tmp_path / "stores.yml").write_text(json.dumps(where))
        yield [
            "--datamap",
            str(tmp_path / "map"),
            "--stores",
            str(tmp_path / "stores.yml"),
            "--identity",
            f"email={ADA}",
        ]


def erase(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        call_command("erase", *arguments)
    told = capsys.readouterr()
    assert (ended.value.code, told.err) == (0, "")
    return told.out


def keys(redis_url: str) -> dict[bytes, Any]:
    with Redis.from_url(f"{redis_url}/{OWN}") as client:
        return {key: client.dump(key) for key in client.scan_iter()}


def mail(folder: Path) -> dict[int, Any]:
    """Return contact -> itself and its events, as the service would find them after a new start."""
    book = read_book(folder / MAIL_DATA)
    return {row["id"]: (row, book.events(row["id"])) for row in book.find(None)[:10_000]}


@pytest.mark.thorough  # a platform of its own takes seconds
def test_exactly_one_persons_keys_and_contacts_go(
    given: list[str], tmp_path: Path, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keys_before, mail_before = keys(redis_url), mail(tmp_path)
    preview = erase(capsys, *given)
    found = {place: int(count) for count, place in re.findall(r"^delete +(\d+)  (\S+)$", preview, re.MULTILINE)}
    assert found.keys() == {f"cache:{name}" for name in ("live_sessions", "feature_flags", "rate_counters")} | {
        "mail:contacts",
        "mail:events",
    }
    assert (keys(redis_url), mail(tmp_path)) == (keys_before, mail_before), "a preview changes nothing"

    told = erase(capsys, *given, "--approve", preview.split()[-1])
    assert told.endswith("read again: 0 rows left to erase\n")
    theirs = {number for number, (row, _events) in mail_before.items() if row["email"].casefold() == ADA}
    assert len(theirs) == found["mail:contacts"] == 7
    assert found["mail:events"] == sum(len(mail_before[number][1]) for number in theirs)
    assert mail(tmp_path) == {number: item for number, item in mail_before.items() if number not in theirs}
    left = keys(redis_url)
    gone = keys_before.keys() - left.keys()
    assert left == {key: value for key, value in keys_before.items() if key not in gone}
    assert len(gone) == sum(count for place, count in found.items() if place.startswith("cache:"))
    assert "there is nothing to erase" in erase(capsys, *given)
    owed = expected_rows(folder=tmp_path, redis_url=f"{redis_url}/{OWN}", mail_data=tmp_path / MAIL_DATA, emails=(ADA,))
    assert {owed[dataset, name].count for dataset, _, name in (place.partition(":") for place in found)} == {0}
