"""The traps of this field that concern a whole request, one test each; the others: tests/fulfilment."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as site
from pytest_django import Settings

from accounts.models import OutgoingEmail, Tenant, User
from dsar.actions.delivery.packing import finish_packing, pack
from dsar.actions.fulfilment.leases import Hold, LeaseLostError, claim, lease
from dsar.actions.fulfilment.running import run_next, sweep
from dsar.models import RequestType, Status, StepKind, StepState, SubjectRequest
from tests.dsar.conftest import MAP, StepClock, app_database
from tests.dsar.test_failing_stores import work_to_the_end
from tests.dsar.test_the_way_of_a_request import file_access, rows, unpack, work


def until(kind: StepKind, subject_request: SubjectRequest, clock: StepClock) -> Hold:
    """Run steps until one of that kind can be taken, and take it."""
    for _ in range(20):
        sweep(clock=clock)
        if subject_request.steps.filter(kind=kind, state=StepState.READY).exists():
            hold = claim(now=clock())
            assert hold is not None
            assert hold.step.kind == kind
            return hold
        assert run_next(clock=clock)
    raise AssertionError(f"no step of kind {kind} came")


def test_5_without_its_key_nothing_is_written_in_plain(
    tenant: Tenant, subject: User, clock: StepClock, settings: Settings
) -> None:
    subject_request = file_access(tenant, subject, clock(), RequestType.PORTABILITY)
    sweep(clock=clock)
    settings.PORTAL_MASTER_KEYS = [os.urandom(32)]
    work_until_nothing_moves(clock)
    subject_request.refresh_from_db()
    assert subject_request.status in (Status.FULFILLING, Status.AWAITING_RELEASE)
    said = {subject_request.waits_for, *subject_request.steps.values_list("error", flat=True)}
    assert "unexpected: KeyringError" in said
    assert not subject_request.bundles.exists()
    kept = [file.read_bytes() for file in (Path(site.VAR_DIR) / "storage").rglob("*") if file.is_file()]
    assert not any(b"ann@example.com" in data or b'"Ann"' in data for data in kept)


def work_until_nothing_moves(clock: StepClock) -> None:
    for _ in range(40):
        run_next(clock=clock)
        clock.now += timedelta(minutes=2)


def test_14_nothing_is_complete_while_a_store_failed_or_was_never_asked(
    tenant: Tenant, subject: User, clock: StepClock
) -> None:
    with closing(sqlite3.connect(app_database(tenant))) as database:
        database.execute("drop table letters")
    subject_request = file_access(tenant, subject, clock(), RequestType.PORTABILITY)
    work_to_the_end(subject_request, clock)
    assert (subject_request.status, subject_request.outcome) == (Status.AWAITING_RELEASE, "")
    assert not subject_request.bundles.exists(), "and nothing is packed that could be taken for the whole"


def test_15_a_step_that_is_done_again_mails_nothing_again(tenant: Tenant, subject: User, clock: StepClock) -> None:
    subject_request = file_access(tenant, subject, clock(), RequestType.PORTABILITY)
    old = until(StepKind.PACK, subject_request, clock)
    packed = pack(old, clock=clock)
    clock.now += lease()
    new = claim(now=clock())
    assert new is not None
    assert new.step.pk == old.step.pk
    finish_packing(new, pack(new, clock=clock), clock=clock)
    with pytest.raises(LeaseLostError):
        finish_packing(old, packed, clock=clock)
    subject_request.refresh_from_db()
    assert subject_request.status == Status.FULFILLED
    assert subject_request.bundles.count() == 1
    assert OutgoingEmail.objects.filter(kind="ready").count() == 1
    sweep(clock=clock)
    assert not run_next(clock=clock)
    assert OutgoingEmail.objects.filter(kind="ready").count() == 1


TWO_STORES = (
    MAP[: MAP.index("  - name: old_emails")]
    + """
  - name: letters
    meta: {title: Letters, topic: Letters, retention: {kind: account}}
    fields:
    - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
    - {name: body, data_categories: [user.content]}
  - name: parcels
    meta: {title: Parcels, retention: {kind: account}}
    fields:
    - name: person_id
      fides_meta: {data_type: integer, references: [{dataset: app, field: people.id, direction: from}]}
    - {name: email, fides_meta: {identity: email, data_type: string}}
    - {name: body}
- fides_key: archive
  collections:
  - name: moves
    meta: {retention: {kind: account}}
    fields:
    - name: person_id
      fides_meta: {data_type: integer, references: [{dataset: app, field: people.id, direction: from}]}
    - {name: email, meta: {identity_source: email}}
"""
    + MAP[MAP.index("system:") :].replace("dataset_references: [app]", "dataset_references: [app, archive]")
)


def test_an_identity_that_another_store_holds_is_known_before_anything_is_collected(
    tenant: Tenant, subject: User, clock: StepClock
) -> None:
    """Else the parcel under the old address would be taken for another person's, and withheld."""
    folder = Path(site.TENANTS_DIR) / tenant.slug
    (folder / "datamap" / "app.yml").write_text(TWO_STORES, encoding="utf-8")
    (folder / "stores.yml").write_text("app: sqlite:///app.sqlite3\narchive: sqlite:///archive.sqlite3\n", "utf-8")
    with closing(sqlite3.connect(app_database(tenant))) as database:
        database.executescript(
            "drop table old_emails; create table parcels(person_id integer, email text, body text);"
            "insert into parcels values (0, 'ann.old@example.com', 'hers'), (0, 'bob@example.com', 'not hers');"
        )
    with closing(sqlite3.connect(folder / "archive.sqlite3")) as database:
        database.executescript(
            "create table moves(person_id integer, email text);"
            "insert into moves values (0, 'ann.old@example.com'), (1, 'bob.old@example.com');"
        )
    subject_request = file_access(tenant, subject, clock())
    work(clock)
    subject_request.refresh_from_db()
    assert subject_request.status == Status.AWAITING_RELEASE
    proven = subject_request.identities.filter(proven_at__isnull=False)
    assert set(proven.values_list("value", flat=True)) == {"ann@example.com", "ann.old@example.com"}
    steps = subject_request.steps.filter(kind=StepKind.COLLECT, dataset="app")
    counts = [step.report["collections"] for step in steps]
    assert sum(count.get("parcels", {}).get("rows", 0) for count in counts) == 1
    assert sum(count.get("parcels", {}).get("withheld", 0) for count in counts) == 1
    assert sum(count.get("letters", {}).get("rows", 0) for count in counts) == 2
    order = list(subject_request.steps.order_by("pk").values_list("kind", flat=True))
    assert order.index(StepKind.COLLECT) == len(order) - order[::-1].index(StepKind.IDENTIFY), "first all identities"


GROUPS = """
dataset:
- fides_key: app
  collections:
  - name: people
    meta: {retention: {kind: account}, source: {path: "people.jsonl", format: jsonl}}
    fields:
    - {name: id, fides_meta: {data_type: integer, primary_key: true}}
    - {name: email, fides_meta: {identity: email, data_type: string}}
  - name: groups
    meta: {retention: {kind: account}, source: {path: "groups.jsonl", format: jsonl}}
    fields:
    - name: members
      fides_meta:
        data_type: "integer[]"
        references:
        - {dataset: app, field: people.id, direction: from}
        - {dataset: archive, field: aliases.alias, direction: from}
- fides_key: archive
  collections:
  - name: aliases
    meta: {retention: {kind: account}}
    fields:
    - name: person
      fides_meta: {data_type: integer, references: [{dataset: app, field: people.id, direction: from}]}
    - {name: alias, fides_meta: {data_type: integer}}
""" + MAP[MAP.index("system:") :].replace("dataset_references: [app]", "dataset_references: [app, archive]")


def test_elements_that_a_later_store_leads_to_are_delivered_in_the_same_row(
    tenant: Tenant, subject: User, clock: StepClock
) -> None:
    folder = Path(site.TENANTS_DIR) / tenant.slug
    (folder / "datamap" / "app.yml").write_text(GROUPS, encoding="utf-8")
    (folder / "files").mkdir()
    (folder / "files" / "people.jsonl").write_text('{"id": 0, "email": "ann@example.com"}\n')
    (folder / "files" / "groups.jsonl").write_text('{"members": [0, 7, 9]}\n{"members": [9]}\n{"members": [7]}\n')
    (folder / "stores.yml").write_text(f"app: file://{folder}/files\narchive: sqlite:///archive.sqlite3\n", "utf-8")
    with closing(sqlite3.connect(folder / "archive.sqlite3")) as database:
        database.executescript("create table aliases(person integer, alias integer); insert into aliases values (0, 7)")
    subject_request = file_access(tenant, subject, clock(), RequestType.PORTABILITY)
    work(clock)
    subject_request.refresh_from_db()
    assert subject_request.status == Status.FULFILLED
    files = unpack(subject_request, subject, clock)
    assert sorted(map(str, rows(files, "groups"))) == ["{'members': [0, 7]}", "{'members': [7]}"]
    assert len(rows(files, "people")) == 1
    assert subject_request.steps.filter(kind=StepKind.COLLECT, dataset="app").count() == 2
