"""A tenant with a small real store: two colleagues in one company, and a neighbour."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as site
from pytest_django import Settings

from accounts.models import Membership, Role, Tenant, TenantHost, User
from tests.dsar.s3_server import bucket  # noqa: F401

MAP = """
dataset:
- fides_key: app
  meta: {origin: provided}
  collections:
  - name: people
    meta: {title: Account, topic: Account, retention: {kind: account}}
    fields:
    - {name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
    - {name: name, data_categories: [user.name]}
    - {name: score, data_categories: [user.behavior], meta: {origin: inferred}}
    - {name: password_hash, data_categories: [user.authorization], meta: {secret: true}}
  - name: old_emails
    meta: {title: Old addresses, topic: Account, retention: {kind: account}}
    fields:
    - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
    - name: person_id
      data_categories: [user.unique_id]
      fides_meta: {data_type: integer, references: [{dataset: app, field: people.id, direction: from}]}
    - {name: email, data_categories: [user.contact.email], meta: {identity_source: email}}
  - name: letters
    meta: {title: Letters, topic: Letters, retention: {kind: account}}
    fields:
    - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
    - {name: body, data_categories: [user.content]}
system:
- fides_key: app
  name: App
  description: The app.
  system_type: Application
  dataset_references: [app]
  does_international_transfers: false
  meta:
    recipients: ["None."]
    transfers: ["None."]
    automated_decisions: None.
    source_of_data: You.
  privacy_declarations:
  - name: Run the app
    data_use: essential.service
    data_categories: [user, system.operations]
    data_subjects: [customer]
    dataset_references: [app]
    legal_basis_for_processing: Contract
    retention_period: As long as the account.
"""

ROWS = """
create table people(id integer primary key, email text, name text, score integer, password_hash text);
create table old_emails(id integer primary key, person_id integer, email text);
create table letters(id integer primary key, email text, body text);
insert into people values (0, 'ann@example.com', 'Ann', 7, 'CANARY-a'), (1, 'bob@example.com', 'Bob', 8, 'CANARY-b'),
  (2, 'ánn@example.com', 'Not Ann', 9, 'CANARY-c');
insert into old_emails values (1, 0, 'ann.old@example.com'), (2, 1, 'bob.old@example.com');
insert into letters values (1, 'ANN@example.com', 'new'), (2, 'ann.old@example.com', 'old'),
  (3, 'bob@example.com', 'his'),
  (4, 'bob.old@example.com', 'his too');
"""


@pytest.fixture(autouse=True)
def _report_where_it_is_asked_for(request: pytest.FixtureRequest, settings: Settings) -> None:
    settings.REPORT_PDF = request.node.get_closest_marker("pdf") is not None


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


class StepClock:
    """A clock that a test moves; every reading is a millisecond later, as real ones are."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@pytest.fixture
def clock(now: datetime) -> StepClock:
    return StepClock(now)


@pytest.fixture
def tenant(transactional_db: None) -> Iterator[Tenant]:
    """A tenant whose store is a real SQLite file. Rows are committed: stores read by connections of their own."""
    yield from make_tenant()


def make_tenant() -> Iterator[Tenant]:
    """Make the tenant and its store; the folder goes when the generator ends."""
    tenant = Tenant.objects.create(slug="acme", name="Acme", contact_email="privacy@acme.example")
    TenantHost.objects.create(tenant=tenant, host="acme.test")
    folder = Path(site.TENANTS_DIR) / "acme"
    (folder / "datamap").mkdir(parents=True)
    (folder / "datamap" / "app.yml").write_text(MAP, encoding="utf-8")
    (folder / "stores.yml").write_text("app: sqlite:///app.sqlite3\n", encoding="utf-8")
    (folder / "app.sqlite3").write_bytes(_database_file())
    yield tenant
    shutil.rmtree(folder)


@cache
def _database_file() -> bytes:
    """Return the bytes of a SQLite file with ROWS: to write them is much quicker than to make them each time."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.executescript(ROWS)
        return database.serialize()


def account(email: str) -> User:
    user = User.objects.create_user(email)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


@pytest.fixture
def subject(tenant: Tenant) -> User:
    return account("ann@example.com")


@pytest.fixture
def reviewer(tenant: Tenant) -> User:
    user = account("rita@acme.example")
    Membership.objects.create(user=user, tenant=tenant, role=Role.REVIEWER)
    return user


@pytest.fixture
def outsider(tenant: Tenant) -> User:
    return account("otto@example.com")


def app_database(tenant: Tenant) -> Path:
    return Path(site.TENANTS_DIR) / tenant.slug / "app.sqlite3"
