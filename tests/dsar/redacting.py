"""Letters that name other people, in the tenant's store, and what a reviewer does about them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from django.conf import settings

from accounts.models import Tenant, User
from dsar.actions import intake
from dsar.actions.fulfilment.running import run_next
from dsar.actions.redacting import deciding
from dsar.actions.redacting.deciding import Choice, Decided
from dsar.actions.redacting.sealed import Keys
from dsar.models import RedactionValue, RequestType, SubjectRequest
from tests.dsar.conftest import StepClock

LETTERS = (
    "Dear team,\nplease give Maren Solberg <maren.solberg@fjord.example> access too. MAREN  SOLBERG waits.\n-- Ann",
    "My colleague Tom Baxter is on +44 20 7946 0958, the key is glpat-Zx9yT3vBn7LkQw2RsDfG.",
    '{"notify": ["maren.solberg@fjord.example"], "by": "ann@example.com", "count": 7}',
)
#: The words of LETTERS that are of others, each once.
OTHERS = {
    "Maren Solberg",
    "maren.solberg@fjord.example",
    "Tom Baxter",
    "+44 20 7946 0958",
    "glpat-Zx9yT3vBn7LkQw2RsDfG",
}


def write_letters(tenant: Tenant, *bodies: str) -> None:
    """Put letters of the person's into the tenant's store."""
    with closing(sqlite3.connect(Path(settings.TENANTS_DIR) / tenant.slug / "app.sqlite3")) as database:
        rows = [(100 + number, "ann@example.com", body) for number, body in enumerate(bodies)]
        database.executemany("insert into letters values (?, ?, ?)", rows)
        database.commit()


def file(tenant: Tenant, account: User, now: datetime, kind: RequestType = RequestType.ACCESS) -> SubjectRequest:
    filing = intake.Filing(type=kind, email="ann@example.com", token=f"t-{kind}")
    return intake.file_request(tenant=tenant, filing=filing, account=account, now=now)


def work(subject_request: SubjectRequest, clock: StepClock) -> None:
    while run_next(clock=clock):
        pass
    subject_request.refresh_from_db()


def values(subject_request: SubjectRequest) -> dict[str, RedactionValue]:
    """Return the rows by the value that each holds."""
    keys = Keys(subject_request)
    return {keys.open(row).value: row for row in subject_request.redaction_values.all()}


def hide(reason: str = "other_person", words: str = "", was: tuple[str, str] = ("", "")) -> Choice:
    return Choice("hide", reason, words, was)


def keep(reason: str = "known", was: tuple[str, str] = ("", "")) -> Choice:
    return Choice("keep", reason, was=was)


_BEGINS = {"maren": "Maren Solberg", "address": "maren.solberg@", "tom": "Tom", "phone": "+44", "key": "glpat-"}


def decide(subject_request: SubjectRequest, by: User, clock: StepClock, **choices: Choice) -> Decided:
    """Decide about some of OTHERS."""
    found = values(subject_request)
    rows = {name: next(row for value, row in found.items() if value.startswith(_BEGINS[name])) for name in choices}
    chosen = {rows[name].pk: choice for name, choice in choices.items()}
    return deciding.decide(subject_request, choices=chosen, by=by, now=clock())
