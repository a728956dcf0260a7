"""A tenant whose map says how an account is hidden: in the application, and in a profile store beside it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from django.conf import settings as site

from accounts.models import Tenant, User
from dsar.actions import intake
from dsar.models import RequestType, SubjectRequest
from tests.dsar.conftest import app_database
from tests.dsar.erasing import change, make_erasable

_HIDDEN = "- name: people\n    meta: {suspend: {fields: {status: suspended, visible: false}}, "
_FIELDS = """    - {name: status, data_categories: [user.account.settings], fides_meta: {data_type: string}}
    - {name: visible, data_categories: [user.account.settings], fides_meta: {data_type: boolean}}
"""
_PROFILES = """
- fides_key: profiles
  name: Profiles
  collections:
  - name: pages
    meta:
      title: Profile pages
      topic: Account
      retention: {kind: account}
      erasure: {action: delete}
      suspend: {fields: {shown: "no"}}
    fields:
    - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
    - {name: mail, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
    - {name: shown, data_categories: [user.account.settings], fides_meta: {data_type: string}}
system:"""
_PAGES = """
create table pages(id integer primary key, mail text, shown text);
insert into pages values (1, 'Ann@example.com', 'yes'), (2, 'bob@example.com', 'yes'),
  (3, 'ann.old@example.com', 'no'), (4, 'ann.old@example.com', null);
"""


def make_hideable(tenant: Tenant) -> None:
    """Write it into the tenant's map, and make the second store."""
    make_erasable(tenant)
    path = map_of(tenant)
    text = path.read_text(encoding="utf-8").replace("- name: people\n    meta: {", _HIDDEN, 1)
    text = text.replace("    - {name: password_hash", f"{_FIELDS}    - {{name: password_hash", 1)
    text = text.replace("\nsystem:", _PROFILES, 1).replace("references: [app]", "references: [app, profiles]")
    path.write_text(text, encoding="utf-8")
    stores = "app: sqlite:///app.sqlite3\nprofiles: sqlite:///profiles.sqlite3\n"
    (Path(site.TENANTS_DIR) / tenant.slug / "stores.yml").write_text(stores, encoding="utf-8")
    change(tenant, "alter table people add column status text")
    change(tenant, "alter table people add column visible boolean")
    change(tenant, "update people set status = 'active', visible = 1")
    with closing(sqlite3.connect(pages_database(tenant))) as database:
        database.executescript(_PAGES)


def map_of(tenant: Tenant) -> Path:
    return Path(site.TENANTS_DIR) / tenant.slug / "datamap" / "app.yml"


def pages_database(tenant: Tenant) -> Path:
    return app_database(tenant).with_name("profiles.sqlite3")


def everything(tenant: Tenant) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of both stores."""
    found = {}
    for path, tables in ((app_database(tenant), ("people", "letters")), (pages_database(tenant), ("pages",))):
        with closing(sqlite3.connect(path)) as database:
            for table in tables:
                found[table] = list(database.execute(f"select * from {table} order by id"))  # noqa: S608
    return found


def hidden(tenant: Tenant) -> tuple[list[object], list[object]]:
    """Return which people and which pages are hidden."""
    found = everything(tenant)
    people = [row[0] for row in found["people"] if (row[-2], row[-1]) == ("suspended", 0)]
    return people, [row[0] for row in found["pages"] if row[-1] == "no"]


def ask(
    tenant: Tenant, account: User | None, now: datetime, *, is_fresh: bool = True, token: str = "s1"
) -> SubjectRequest:
    filing = intake.Filing(type=RequestType.ERASURE, email="ann@example.com", token=token)
    return intake.file_request(tenant=tenant, filing=filing, account=account, now=now, is_fresh=is_fresh)
