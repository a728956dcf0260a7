"""What a person chose is in the copy of their data, and what anybody else chose is not."""

from __future__ import annotations

import json

from accounts.addresses import address_hash
from accounts.models import Tenant, User
from dsar.actions import preferences
from dsar.actions.unsubscribing import Unsubscription
from dsar.models import Purpose, RequestType
from tests.dsar.conftest import StepClock
from tests.dsar.test_the_way_of_a_request import file_access, unpack, work

ANN = "ann@example.com"


def rows(files: dict[str, bytes], table: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in files[f"data/portal/{table}.jsonl"].splitlines()]


def test_every_change_and_opt_out_of_the_person_at_this_company(
    tenant: Tenant, subject: User, outsider: User, clock: StepClock
) -> None:
    other = Tenant.objects.create(slug="other", name="Other", contact_email="privacy@other.example")
    hashed = address_hash(tenant, ANN)
    # By a link, before there was anything of the account's.
    preferences.unsubscribe(Unsubscription(tenant, hashed, Purpose.RESEARCH), now=clock())
    for company, account in ((tenant, subject), (tenant, outsider), (other, subject)):
        for given in (True, False):
            preferences.change(tenant=company, account=account, purpose=Purpose.TIPS, given=given, now=clock())
    subject_request = file_access(tenant, subject, clock(), RequestType.PORTABILITY)
    work(clock)
    subject_request.refresh_from_db()
    files = unpack(subject_request, subject, clock)
    changes, opt_outs = rows(files, "dsar_preferencechange"), rows(files, "dsar_suppression")
    assert sorted((row["purpose"], row["given"], row["how"]) for row in changes) == [
        ("research", False, "one_click"),
        ("tips", False, "page"),
        ("tips", True, "page"),
    ]
    assert sorted(str(row["purpose"]) for row in opt_outs) == ["research", "tips"]
    assert {row["account_id"] for row in changes} == {subject.pk}
    assert hashed.encode() not in b"".join(files.values())
