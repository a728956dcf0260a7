"""A tenant whose map says what is erased: people and old addresses go, letters are masked, invoices are kept."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from django.conf import settings as site

from accounts.models import Tenant
from tests.dsar.conftest import MAP, app_database

RULES = {
    "title: Account, topic: Account, retention: {kind: account}": "erasure: {action: delete}",
    "title: Old addresses, topic: Account, retention: {kind: account}": "erasure: {action: delete}",
    "title: Letters, topic: Letters, retention: {kind: account}": (
        "erasure: {action: mask, fields: {email: hmac, body: null}}"
    ),
}
INVOICES = """
  - name: invoices
    meta: {title: Invoices, topic: Money, retention: {kind: duty, duty: Tax law section 147, until: ten years},
           erasure: {action: keep, why: Invoices are kept.}}
    fields:
    - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
system:"""


def make_erasable(tenant: Tenant, *, invoices: bool = True) -> None:
    """Write the rules into the tenant's map."""
    text = MAP
    for meta, rule in RULES.items():
        text = text.replace(meta, f"{meta}, {rule}")
    if invoices:
        text = text.replace("\nsystem:", INVOICES, 1)
        change(tenant, "create table invoices(id integer primary key, email text)")
        change(tenant, "insert into invoices values (1, 'ann@example.com'), (2, 'bob@example.com')")
    (Path(site.TENANTS_DIR) / tenant.slug / "datamap" / "app.yml").write_text(text, encoding="utf-8")


def change(tenant: Tenant, statement: str) -> None:
    with sqlite3.connect(app_database(tenant)) as database:
        database.execute(statement)
    database.close()


def rows(tenant: Tenant, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(app_database(tenant)) as database:
        found = list(database.execute(statement))
    database.close()
    return found


#: What is nobody else's business than Bob's and Not Ann's.
OTHERS = (
    "select * from people where id > 0",
    "select * from old_emails where id > 1",
    "select * from letters where id > 2",
)


def others(tenant: Tenant) -> list[list[tuple[object, ...]]]:
    return [rows(tenant, statement) for statement in OTHERS]
