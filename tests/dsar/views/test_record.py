"""The record of processing, and what the stores hold that the map does not say."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings as site
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Tenant, User
from dsar.actions.checking import running
from dsar.mapping.recording.export import as_csv
from dsar.mapping.recording.record import Fact, make_record
from dsar.models import Check, CheckKind
from dsar.tenantmap import declared_map, tenant_map
from tests.dsar.conftest import app_database

SAID = {
    "  description: The app.\n": "  description: The app.\n  legal_name: Acme Ltd\n  dpo: dpo@acme.example\n"
    "  data_security_practices: Encrypted disks.\n",
}


def rewrite(**changes: str) -> None:
    file = Path(site.TENANTS_DIR) / "acme" / "datamap" / "app.yml"
    text = file.read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)


def test_what_is_missing_is_named(tenant: Tenant, rita: Client) -> None:
    (activity,) = make_record(declared_map(tenant)).activities
    assert set(activity.missing) == {Fact.CONTROLLER, Fact.CONTACT, Fact.SECURITY}
    assert (activity.nobody, activity.no_transfers, activity.subjects) == (False, False, ("Customer",))
    page = rita.get("/desk/record/").content.decode()
    assert "Missing in the data map" in page
    assert "how it is kept secure" in page
    assert "Answer privacy requests" in page, "the portal's own work is processing, too"


def test_what_the_map_says_is_in_the_record(tenant: Tenant, rita: Client) -> None:
    rewrite(**SAID)
    (activity,) = make_record(declared_map(tenant)).activities
    assert activity.missing == ()
    assert (activity.controller, activity.contact, activity.security) == (
        "Acme Ltd",
        "dpo@acme.example",
        "Encrypted disks.",
    )
    assert "Encrypted disks." in rita.get("/desk/record/").content.decode()


def test_who_is_responsible_may_stand_at_one_system_for_all(tenant: Tenant) -> None:
    rewrite(**SAID)
    whole = make_record(tenant_map(tenant).data_map).activities
    assert {item.controller for item in whole} == {"Acme Ltd"}
    assert [item.missing for item in whole] == [()] * len(whole), "the portal's own work as well"
    own = replace(tenant_map(tenant).data_map.systems[-1], extra={"legal_name": "Another Ltd"})
    two = replace(tenant_map(tenant).data_map, systems=(*tenant_map(tenant).data_map.systems, own))
    assert "" in {item.controller for item in make_record(two).activities}, (
        "two differ: neither is taken for the others"
    )


@pytest.mark.thorough
def test_each_fact_that_is_left_out_is_missing(tenant: Tenant) -> None:
    rewrite(**SAID)
    left_out = {
        "    data_subjects: [customer]\n": Fact.SUBJECTS,
        "    legal_basis_for_processing: Contract\n": Fact.LEGAL_BASIS,
        "    retention_period: As long as the account.\n": Fact.PERIOD,
        '    recipients: ["None."]\n': Fact.RECIPIENTS,
    }
    for line in left_out:
        rewrite(**{line: ""})
    (activity,) = make_record(declared_map(tenant)).activities
    assert set(activity.missing) == set(left_out.values())
    rewrite(**{'    transfers: ["None."]\n': "", "  does_international_transfers: false\n": ""})
    assert Fact.TRANSFERS in make_record(declared_map(tenant)).activities[0].missing


@pytest.mark.thorough
def test_a_store_without_a_purpose_is_named(tenant: Tenant, rita: Client) -> None:
    rewrite(
        **{
            "dataset_references: [app]": "dataset_references: []",
            "data_categories: [user, system.operations]": "data_categories: [user.financial]",
        }
    )
    record = make_record(declared_map(tenant))
    assert record.uncovered == ("App",)
    assert "No system says why the data of these stores is processed" in rita.get("/desk/record/").content.decode()


def test_it_is_had_as_files(tenant: Tenant, rita: Client) -> None:
    document = json.loads(rita.get("/desk/record.json").content)
    assert document["tenant"] == "Acme"
    assert document["activities"][0]["purpose"] == "Run the app"
    assert document["activities"][0]["missing"] == ["controller", "contact", "security"]
    answer = rita.get("/desk/record.csv")
    assert 'filename="record-of-processing-acme.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0]["purpose"] == "Run the app"
    assert rows[0]["subjects"] == "Customer"


def test_the_words_of_the_taxonomy_are_the_reader_s_on_pages_and_english_in_files(tenant: Tenant, rita: Client) -> None:
    before, role = "  description: The app.\n", "  responsibility: [Processor]\n"
    rewrite(**{before: f"{before}  legal_name: Acme Ltd\n{role}"})
    german = {"accept-language": "de"}
    page = rita.get("/desk/record/", headers=german).content.decode()
    assert "Kundschaft" in page
    assert "(Notwendig › Dienst)" in page
    assert "(Auftragsverarbeiter)" in page
    activity = json.loads(rita.get("/desk/record.json", headers=german).content)["activities"][0]
    assert (activity["subjects"], activity["use"]) == (["Customer"], "Essential › Service")
    assert activity["responsibility"] == ["Processor"]


def test_nothing_of_it_runs_as_a_formula(tenant: Tenant) -> None:
    rewrite(**{"name: Run the app": "name: '=HYPERLINK(1)'"})
    assert "'=HYPERLINK(1)" in as_csv(make_record(declared_map(tenant)))


@pytest.mark.thorough
def test_a_mistake_in_the_map_is_named(tenant: Tenant, rita: Client) -> None:
    rewrite(**{"system:\n": "sistem: []\nsystem:\n"})
    page = rita.get("/desk/record/")
    assert (page.status_code, b"app.yml:" in page.content) == (200, True)


@pytest.mark.pdf
@pytest.mark.thorough
def test_it_is_printed(tenant: Tenant, rita: Client) -> None:
    answer = rita.get("/desk/record.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


# The map against the stores


@pytest.mark.thorough
@pytest.mark.django_db(transaction=True)
class TestHeldAgainstTheStores:
    def test_what_a_store_holds_and_the_map_does_not_say(self, tenant: Tenant, rita: Client, reviewer: User) -> None:
        with sqlite3.connect(app_database(tenant)) as database:
            database.execute("create table secret_notes(id integer primary key, email text)")
            database.execute("alter table letters add column phone text")
            database.execute("insert into secret_notes values (1, 'CANARY@example.com')")
        database.close()
        assert "Nobody has looked yet" in rita.get("/desk/datamap/").content.decode()
        assert rita.post("/desk/datamap/check/").status_code == 302
        assert "stores are being looked at already" in rita.post("/desk/datamap/check/", follow=True).content.decode()
        assert running.run_due(clock=timezone.now) == 2, "the map and the trail"
        page = unescape(rita.get("/desk/datamap/").content.decode())
        assert "app:secret_notes" in page
        assert "it is in the store but not in the map" in page
        assert "CANARY" not in page
        assert "phone" in rita.get("/desk/datamap/collection/?dataset=app&name=letters").content.decode()
        asked, done = (AuditEvent.objects.filter(verb=verb) for verb in ("check.asked", "check.done"))
        assert (asked.get().actor_id, done.count()) == (reviewer.pk, 2)
        rewrite(**{"description: The app.": "description: The old app."})
        assert "The map has changed since" in rita.get("/desk/datamap/").content.decode()

    def test_it_runs_once_a_day_and_when_asked(self, tenant: Tenant, reviewer: User) -> None:
        now = timezone.now()
        assert running.run_due(clock=lambda: now) == 2
        assert running.run_due(clock=lambda: now + timedelta(hours=23)) == 0
        assert running.ask(tenant, CheckKind.MAP, by=reviewer, now=now + timedelta(hours=23))
        assert running.run_due(clock=lambda: now + timedelta(hours=23)) == 1
        assert running.run_due(clock=lambda: now + timedelta(hours=24, minutes=1)) == 1, "the trail"

    def test_what_a_dead_worker_has_left_is_taken_once_its_lease_is_over(self, tenant: Tenant) -> None:
        now = timezone.now()
        Check.objects.create(tenant=tenant, kind=CheckKind.MAP, asked_at=now, lease_until=now + running.LEASE)
        Check.objects.create(tenant=tenant, kind=CheckKind.TRAIL, asked_at=now, finished_at=now)
        assert running.run_due(clock=lambda: now) == 0
        assert running.run_due(clock=lambda: now + running.LEASE + timedelta(seconds=1)) == 1

    def test_a_mistake_in_the_map_is_a_finding(self, tenant: Tenant, rita: Client) -> None:
        rewrite(**{"system:\n": "sistem: []\nsystem:\n"})
        running.run_due(clock=timezone.now)
        page = rita.get("/desk/datamap/").content.decode()
        assert "To mend" in page
        assert page.count("app.yml:") >= 2

    def test_another_tenants_findings_stay_theirs(self, tenant: Tenant, rita: Client) -> None:
        other = Tenant.objects.create(slug="other", name="Other", contact_email="p@other.example")
        report = {"findings": [], "problem": "THEIRS", "errors": 1}
        Check.objects.create(
            tenant=other, kind=CheckKind.MAP, asked_at=timezone.now(), finished_at=timezone.now(), report=report
        )
        assert "THEIRS" not in rita.get("/desk/datamap/").content.decode()


def test_collections_are_searched_by_name_field_and_category(tenant: Tenant, rita: Client) -> None:
    for asked, found, left in (("LETTERS", "letters", "old_emails"), ("score", "people", "letters")):
        page = rita.get("/desk/datamap/", {"q": asked}).content.decode().split('id="list"')[1]
        assert f"collection/?dataset=app&amp;name={found}" in page
        assert f"collection/?dataset=app&amp;name={left}" not in page
    nothing = rita.get("/desk/datamap/", {"q": "<script>"}).content.decode()
    assert "No collection is named so" in nothing
    assert "<script>&" not in nothing


@pytest.mark.thorough
def test_a_collection_shows_its_fields(tenant: Tenant, rita: Client) -> None:
    page = rita.get("/desk/datamap/collection/?dataset=app&name=people").content.decode()
    assert "Secret: never read" in page
    assert "Identity: email" in page
    assert rita.get("/desk/datamap/collection/?dataset=app&name=nothing").status_code == 404
    assert rita.get("/desk/datamap/collection/?dataset=portal&name=accounts_user").status_code == 404
