"""manage.py datamap explain over the demo's four kinds of stores, held against the oracle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from examples.macrosora import cast
from examples.macrosora.truth import expected_rows
from tests.examples.conftest import REPOSITORY, Platform, running_mail_service

ADA = cast.ORDINARY.email


@pytest.fixture
def told(platform: Platform, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    stores = tmp_path / "stores.yml"
    with running_mail_service(platform.mail_data, "--steady") as (_process, url):
        mail = {"url": url, "auth": {"kind": "bearer", "token": cast.MAIL_TOKEN}}
        files = f"file://{platform.objects}"
        where = {
            "app": f"sqlite:///{platform.folder}/app.sqlite3",
            "usage": files,
            "documents": files,
            "mail": mail,
            "archive": files,
        }
        stores.write_text(json.dumps({**where, "cache": platform.redis_url}))
        map_ = str(REPOSITORY / "examples" / "macrosora" / "datamap")
        given = ["--stores", str(stores), "--identity", f"email={ADA}", "--format", "json"]
        call_command("datamap", "explain", "--datamap", map_, *given)
    text = capsys.readouterr().out
    assert ADA not in text
    found: dict[str, Any] = json.loads(text)
    return found


def test_every_store_tells_its_part_and_counts_what_the_oracle_counts(told: dict[str, Any], platform: Platform) -> None:
    truth = expected_rows(
        folder=platform.folder, redis_url=platform.redis_url, mail_data=platform.mail_data, emails=(ADA,)
    )
    visits = [visit for stage in told["stages"] for visit in stage["visits"]]
    assert {(visit["dataset"], visit["collection"]) for visit in visits} == set(truth)
    assert all(visit["queries"] and not visit["problem"] for visit in visits)
    assert {store["kind"] for store in told["stores"].values()} == {"sql", "objects", "http", "redis"}
    counted = {
        (visit["dataset"], visit["collection"]): visit["keys"][0]["rows"]
        for visit in visits
        if [key["basis"] for key in visit["keys"]] == ["counted"]
    }
    assert counted.keys() == {("app", "people"), ("app", "invoices"), ("mail", "contacts"), ("usage", "errors")}
    del counted["usage", "errors"]  # more of them are found by another key, in the next stage
    assert counted == {key: truth[key].count for key in counted}
