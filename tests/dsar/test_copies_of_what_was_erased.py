"""Whether a copy is kept is told by what lies in the log, store by store."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from pytest_django import Settings

from accounts.models import Tenant, User
from dsar.actions.erasing.keeping import copies_of
from dsar.certificate.facts import Restoration, RestorationState
from tests.dsar.conftest import StepClock
from tests.dsar.erasing import make_erasable
from tests.dsar.telling import erase_ann
from tests.dsar.test_the_way_of_an_erasure import certificate_of


def test_a_store_of_which_nothing_lies_in_the_log_has_no_copy_and_says_why(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, settings: Settings, tmp_path: Path
) -> None:
    make_erasable(tenant)
    settings.DSAR_ERASURE_LEDGER = tmp_path / "ledger.jsonl"
    erased = erase_ann(tenant, subject, reviewer, clock)
    document = json.loads(certificate_of(erased, clock))
    (app,) = document["stores"]
    assert app["copy"] == document["restoration"] | {"why": ""}
    assert app["copy"]["state"] == "kept"
    copies = copies_of(erased, ["app", "queue"], now=clock())
    assert copies["app"].until == erased.erasure.restorable_until
    assert copies["queue"] == Restoration(RestorationState.NONE, why="This kind of store gives no copy of its rows.")
    over = copies_of(erased, ["app"], now=clock() + timedelta(days=4))["app"]
    assert (over.state, over.until, over.why != "") == (RestorationState.NONE, None, True)
