"""A tenant's accepted maps: who accepted, what was kept, and what changed since."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from accounts.audit import AuditEvent
from accounts.models import Tenant, User
from dsar.actions import acceptance
from dsar.models import AcceptedMap


def run(*words: str) -> int:
    try:
        call_command("datamap", *words)
    except SystemExit as stop:
        return int(str(stop.code))
    return 0


def test_a_tenants_map_is_accepted_and_what_changes_is_told(
    tenant: Tenant, reviewer: User, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("diff", "acme") == 2
    assert run("accept", "acme", "--by", reviewer.email) == 0
    kept = AcceptedMap.objects.get()
    assert (kept.tenant, kept.by, list(kept.document["datasets"])) == (tenant, reviewer, ["app"])
    event = AuditEvent.objects.get(verb="datamap.accepted")
    assert (event.actor_id, event.facts) == (reviewer.pk, {"fingerprint": kept.fingerprint})
    assert run("diff", "acme") == 0
    file = Path(settings.TENANTS_DIR) / "acme" / "datamap" / "app.yml"
    file.write_text(file.read_text().replace("[user.content]", "[user.social]"))
    capsys.readouterr()
    assert run("diff", "acme", "--format", "json") == 1
    told: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["changes"]
    assert ("user.content", "No longer collected anywhere.") in [(item["name"], item["meaning"]) for item in told]
    assert run("accept", "acme", "--by", reviewer.email) == run("diff", "acme") == 0


def test_nobody_else_accepts(tenant: Tenant, subject: User, reviewer: User) -> None:
    assert run("accept", "acme", "--by", subject.email) == 2
    assert run("accept", "acme", "--by", "nobody@acme.example") == 2
    assert run("accept", "acme") == run("accept", "other", "--by", reviewer.email) == 2
    assert not AcceptedMap.objects.exists()


def test_the_map_and_its_event_are_kept_together(
    tenant: Tenant, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_facts: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(acceptance, "record", broken)
    with pytest.raises(RuntimeError):
        acceptance.accept_map(tenant, by=reviewer, now=timezone.now())
    assert not AcceptedMap.objects.exists()
