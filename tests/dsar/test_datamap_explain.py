"""manage.py datamap explain SLUG: the plan of a tenant, the portal's own tables among its stores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from accounts.models import Tenant, User


def explain(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    try:
        call_command("datamap", "explain", *arguments)
    except SystemExit as stop:
        return int(str(stop.code)), capsys.readouterr().err
    return 0, capsys.readouterr().out


def rows(document: dict[str, Any], dataset: str) -> dict[str, list[float | None]]:
    return {
        visit["collection"]: [key["rows"] for key in visit["keys"]]
        for stage in document["stages"]
        for visit in stage["visits"]
        if visit["dataset"] == dataset
    }


def test_a_tenants_stores_and_the_portals_own_are_told(
    tenant: Tenant, subject: User, capsys: pytest.CaptureFixture[str]
) -> None:
    status, told = explain(tenant.slug, "--identity", f"email={subject.email}", "--format", "json", capsys=capsys)
    document = json.loads(told)
    assert status == document["status"] == 0
    assert subject.email not in told
    assert {key: store["kind"] for key, store in document["stores"].items()} == {"app": "sql", "portal": "sql"}
    assert rows(document, "app") == {"people": [1], "old_emails": [1], "letters": [1]}
    assert rows(document, "portal")["accounts_user"] == [1]
    assert document["brings"] == [{"identity": "email", "field": "app:old_emails.email"}]
    assert document["identifying"] == ["app:people", "app:old_emails"]


def test_a_map_with_fixed_values_is_counted_with_this_tenants(
    tenant: Tenant, reviewer: User, capsys: pytest.CaptureFixture[str]
) -> None:
    told = explain(tenant.slug, "--identity", f"email={reviewer.email}", "--format", "json", capsys=capsys)[1]
    assert rows(json.loads(told), "portal")["accounts_membership"] == [1]
    (query,) = [
        query
        for visit in json.loads(told)["stages"][0]["visits"]
        if visit["collection"] == "accounts_membership"
        for query in visit["queries"]
    ]
    assert "AND" in query
    assert "tenant_id" in query.partition("WHERE")[2]


def test_a_store_that_does_not_answer_ends_with_3(tenant: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    (Path(settings.TENANTS_DIR) / tenant.slug / "stores.yml").write_text("app: sqlite:///absent.sqlite3\n")
    assert explain(tenant.slug, "--identity", "email=ann@example.com", capsys=capsys)[0] == 3
    assert explain(tenant.slug, "--identity", "email=ann@example.com", "--offline", capsys=capsys)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["acne"], "there is no tenant 'acne'"),
        (["acme", "--stores", "stores.yml"], "a tenant has its stores"),
        ([], "name a tenant, or a map"),
    ],
)
def test_bad_input(tenant: Tenant, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, told = explain(*arguments, "--identity", "email=ann@example.com", capsys=capsys)
    assert status == 2
    assert says in told
