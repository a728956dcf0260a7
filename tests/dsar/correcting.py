"""A tenant whose map says what may be corrected: names in two stores, a telephone number; letters copy a name."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from django.conf import settings as site

from accounts.models import Tenant
from tests.dsar.conftest import MAP, app_database
from tests.dsar.erasing import change

CORRECTABLE = (
    "{name: name, data_categories: [user.name], fides_meta: {data_type: string, length: 40}, meta: {correct: true}}"
)
PHONE = """
    - {name: phone, data_categories: [user.contact.phone_number], fides_meta: {data_type: string, length: 20},
       meta: {correct: true}}
    - {name: age, data_categories: [user.demographic], fides_meta: {data_type: integer}, meta: {correct: true}}"""
SIGNED = "- {name: body, data_categories: [user.content]}\n    - {name: signed, data_categories: [user.name]}"
CRM = """
- fides_key: crm
  name: Address book
  collections:
  - name: contacts
    meta: {title: Contacts, topic: Account, retention: {kind: account}, origin: provided}
    fields:
    - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
    - {name: mail, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
    - {name: full_name, data_categories: [user.name], fides_meta: {data_type: string}, meta: {correct: true}}
system:"""
CONTACTS = """
create table contacts(id integer primary key, mail text, full_name text not null check (length(full_name) < 30));
insert into contacts values (1, 'ann@example.com', 'Ann'), (2, 'ann@example.com', 'Annie'),
  (3, 'bob@example.com', 'Ann');
"""


def make_correctable(tenant: Tenant) -> None:
    """Write it into the tenant's map, and make the second store."""
    text = MAP.replace("{name: name, data_categories: [user.name]}", CORRECTABLE + PHONE)
    text = text.replace("- {name: body, data_categories: [user.content]}", SIGNED).replace("\nsystem:", CRM, 1)
    folder = Path(site.TENANTS_DIR) / tenant.slug
    (folder / "datamap" / "app.yml").write_text(
        text.replace("references: [app]", "references: [app, crm]"), encoding="utf-8"
    )
    (folder / "stores.yml").write_text("app: sqlite:///app.sqlite3\ncrm: sqlite:///crm.sqlite3\n", encoding="utf-8")
    change(tenant, "alter table people add column phone text")
    change(tenant, "alter table people add column age integer")
    change(tenant, "alter table letters add column signed text")
    change(tenant, "update letters set signed = 'Ann' where id in (1, 3)")
    change(tenant, "update people set age = 30")
    with sqlite3.connect(crm_database(tenant)) as database:
        database.executescript(CONTACTS)
    database.close()


def crm_database(tenant: Tenant) -> Path:
    return app_database(tenant).with_name("crm.sqlite3")


def contacts(tenant: Tenant) -> list[tuple[object, ...]]:
    with sqlite3.connect(crm_database(tenant)) as database:
        found = list(database.execute("select id, full_name from contacts order by id"))
    database.close()
    return found


def change_contacts(tenant: Tenant, statement: str) -> None:
    with sqlite3.connect(crm_database(tenant)) as database:
        database.execute(statement)
    database.close()
