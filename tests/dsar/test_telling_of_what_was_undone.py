"""`manage.py restore_erasure` tells whoever was told of the erasure that it was undone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from accounts.models import OutgoingEmail, Tenant, User
from dsar.actions.telling.sending import tell_due
from dsar.actions.telling.undoing import NOT_NEEDED
from dsar.models import NoticeKind, RecipientNotice, SubjectRequest
from tests.dsar.conftest import StepClock
from tests.dsar.erasing import make_erasable, rows
from tests.dsar.telling import SPELT, VARIABLE, by_email, by_webhook, erase_ann, say
from tests.stores.http_server import Reply, Service, running


@pytest.fixture(autouse=True)
def _erasable(tenant: Tenant, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_erasable(tenant)
    settings.DSAR_ERASURE_LEDGER = tmp_path / "ledger.jsonl"
    settings.DSAR_RESTORATION_KEYS = tmp_path / "keys"
    settings.DSAR_RESTORATION_HOURS = 24 * 365 * 100  # the command reads a real clock, the erasure the tests'
    monkeypatch.setenv(VARIABLE, SPELT)


@pytest.fixture
def kontor() -> Iterator[Service]:
    with running(Service({"erasures": lambda _asked: Reply(status=204, body=b"")})) as service:
        yield service


def undo(subject_request: SubjectRequest, *more: str) -> int:
    with pytest.raises(SystemExit) as ended:
        call_command("restore_erasure", subject_request.reference, "--tenant", "acme", *more)
    return int(ended.value.code or 0)


def kinds() -> list[tuple[str, str]]:
    return list(RecipientNotice.objects.order_by("pk").values_list("kind", "name"))


def test_who_was_told_is_told_that_it_was_undone_and_once(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_email(), by_webhook(kontor.url))
    erased = erase_ann(tenant, subject, reviewer, clock)
    assert tell_due(clock=clock) == 1
    assert undo(erased, "--dry-run") == 0
    assert len(kinds()) == 2, "a try tells nobody"
    assert undo(erased) == 0
    assert rows(tenant, "select name from people where id = 0") == [("Ann",)]
    assert kinds()[2:] == [(NoticeKind.ERASURE_UNDONE, "Postbox"), (NoticeKind.ERASURE_UNDONE, "Kontor")]
    message = OutgoingEmail.objects.get(kind="recipient_undone")
    assert message.to == "dpo@postbox.example"
    assert f"named the reference {erased.reference}" in message.text
    clock.now = RecipientNotice.objects.latest("pk").queued_at
    assert tell_due(clock=clock) == 1
    told = json.loads(kontor.asked[1].body)
    assert told["type"] == "erasure.undone"
    assert told["data"] == {"reference": erased.reference, "controller": "Acme", "recipient": "Kontor"}
    assert undo(erased) == 3
    assert len(kinds()) == 4


def test_who_was_not_told_yet_is_told_nothing(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url))
    erased = erase_ann(tenant, subject, reviewer, clock)
    assert undo(erased) == 0
    notice = RecipientNotice.objects.get()
    assert (notice.body, notice.due_at, notice.error) == ("", None, NOT_NEEDED)
    tell_due(clock=clock)
    assert kontor.asked == []


def test_who_may_have_been_reached_is_told(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url))
    erased = erase_ann(tenant, subject, reviewer, clock)
    kontor.moods += [Reply({}, cut=0)]
    assert tell_due(clock=clock) == 0
    assert undo(erased) == 0
    assert kinds() == [(NoticeKind.ERASURE, "Kontor"), (NoticeKind.ERASURE_UNDONE, "Kontor")]
    assert RecipientNotice.objects.get(kind=NoticeKind.ERASURE).due_at is None, "it is not tried again"


def test_a_command_that_was_killed_before_it_told_tells_when_it_is_run_again(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    say(tenant, by_email())
    erased = erase_ann(tenant, subject, reviewer, clock)
    assert undo(erased) == 0
    RecipientNotice.objects.filter(kind=NoticeKind.ERASURE_UNDONE).delete()
    assert undo(erased) == 3
    assert kinds()[1:] == [(NoticeKind.ERASURE_UNDONE, "Postbox")]
