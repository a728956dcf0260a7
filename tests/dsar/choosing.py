"""A tenant whose map says where choices are written: in the application, and in a list of newsletters beside it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings as site

from accounts.models import Tenant
from dsar.models import Purpose
from tests.dsar.conftest import MAP, app_database

NEWS = Purpose.PRODUCT_NEWS
_LISTS = """
- fides_key: lists
  name: Lists
  collections:
  - name: members
    meta:
      title: Lists
      topic: Lists
      retention: {kind: account}
      choices:
        product_news: {field: state, given: "on", refused: "off", where: {list: [news, product]}}
    fields:
    - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
    - {name: mail, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
    - {name: list, data_categories: [user.privacy_preferences], fides_meta: {data_type: string}}
    - {name: state, data_categories: [user.privacy_preferences], fides_meta: {data_type: string, length: 3}}
system:"""
_MEMBERS = """
create table members(id integer primary key, mail text, list text, state text);
insert into members values (1, 'Ann@example.com', 'news', 'off'), (2, 'ann@example.com', 'jobs', 'off'),
  (3, 'bob@example.com', 'news', 'off'), (4, 'ann.old@example.com', 'news', 'on'), (5, 'eve@example.com', 'news', 'on');
"""


def make_choosable(tenant: Tenant) -> None:
    """Write it into the tenant's map, and make the second store."""
    field = "{name: wants_news, data_categories: [user.privacy_preferences], fides_meta: {data_type: boolean}}"
    text = _with_choices(MAP).replace("    - {name: password_hash", f"    - {field}\n    - {{name: password_hash", 1)
    text = text.replace("\nsystem:", _LISTS, 1).replace("references: [app]", "references: [app, lists]")
    folder = Path(site.TENANTS_DIR) / tenant.slug
    (folder / "datamap" / "app.yml").write_text(text, encoding="utf-8")
    (folder / "stores.yml").write_text("app: sqlite:///app.sqlite3\nlists: sqlite:///lists.sqlite3\n", encoding="utf-8")
    run(app_database(tenant), "alter table people add column wants_news boolean; update people set wants_news = 0")
    run(lists_database(tenant), _MEMBERS)


def _with_choices(text: str) -> str:
    head, name, rest = text.partition("- name: people\n    meta: {")
    assert name, "the map of the tests has changed"
    said = "choices: {product_news: {field: wants_news, given: true, refused: false}}, "
    return head + name + said + rest


def lists_database(tenant: Tenant) -> Path:
    return app_database(tenant).with_name("lists.sqlite3")


def run(path: Path, statements: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.executescript(statements)


def read(path: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as database:
        return [row[0] if len(row) == 1 else row for row in database.execute(statement)]


def wanting(tenant: Tenant) -> list[int]:
    """Return which people of the application want news."""
    return read(app_database(tenant), "select id from people where wants_news order by id")


def listed(tenant: Tenant) -> list[int]:
    """Return which rows of the lists are on."""
    return read(lists_database(tenant), "select id from members where state = 'on' order by id")
