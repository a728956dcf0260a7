"""Recipients who are told of stops, by a map that names a second system, and what they were told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings as site

from accounts.models import Tenant, User
from dsar.actions import intake
from dsar.models import NoticeKind, RecipientNotice, RequestType, SubjectRequest
from tests.dsar.conftest import StepClock
from tests.dsar.stopping import ANN
from tests.stores.http_server import Service

KNOWN_BY = ", identifier: app.people.id"
BEGUN, OVER = NoticeKind.RESTRICTION, NoticeKind.RESTRICTION_LIFTED
EVERY = {"purpose": "everything", "title": "Every use of the data"}
MAIL = "marketing.communications.email"
#: A system that works with the lists alone, and names somebody.
MAILER = """
- fides_key: mailer
  name: Mailer
  description: It mails.
  system_type: Service
  dataset_references: [lists]
  does_international_transfers: false
  meta:
    recipients: ["Printer."]
    transfers: ["None."]
    automated_decisions: None.
    source_of_data: You.
    notify:
    - {name: Printer, email: dpo@printer.example, identifier: lists.members.mail}
  privacy_declarations:
  - name: Mail
    data_use: marketing.communications.email
    data_categories: [user]
    data_subjects: [customer]
    legal_basis_for_processing: Legitimate interests
    retention_period: As long as the account.
"""


def map_file(tenant: Tenant) -> Path:
    return Path(site.TENANTS_DIR) / tenant.slug / "datamap" / "app.yml"


def add(tenant: Tenant, text: str) -> None:
    map_file(tenant).write_text(map_file(tenant).read_text("utf-8").rstrip("\n") + text, "utf-8")


def notices() -> list[tuple[str, str]]:
    return list(RecipientNotice.objects.order_by("pk").values_list("kind", "name"))


def said(kontor: Service) -> list[tuple[str, Mapping[str, Any]]]:
    told = [json.loads(asked.body) for asked in kontor.asked]
    return [(item["type"], item["data"]) for item in told]


def objected(tenant: Tenant, person: User, *purposes: str, clock: StepClock) -> SubjectRequest:
    filing = intake.Filing(RequestType.OBJECTION, ANN, "objected", question="Because.", purposes=purposes)
    return intake.file_request(tenant=tenant, filing=filing, account=person, now=clock())
