"""manage.py choices: what is written, what waits for which store, what nobody found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command

from accounts.models import Tenant, User
from dsar.actions import preferences
from dsar.actions.choosing import running
from dsar.models import ChoiceWriting
from tests.dsar.choosing import NEWS, lists_database, make_choosable, run, wanting
from tests.dsar.conftest import StepClock, app_database, make_tenant


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    for tenant in make_tenant():
        make_choosable(tenant)
        yield tenant


def choices(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    if status:
        with pytest.raises(SystemExit) as ended:
            call_command("choices", *arguments)
        assert ended.value.code == status
    else:
        call_command("choices", *arguments)
    told = capsys.readouterr()
    return told.out + told.err


def test_what_waits_is_told_and_written_again(
    tenant: Tenant, subject: User, clock: StepClock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsar.fulfilment.engine.WAITS", ())
    database = lists_database(tenant)
    away = database.rename(database.with_suffix(".away"))
    preferences.change(tenant=tenant, account=subject, purpose=NEWS, given=True, now=clock())
    running.run_due(clock=clock)
    told = choices(capsys, status=1)
    assert told.startswith("acme: 0 written, 1 waiting, 0 not found\nacme: 1 times: lists: ")
    assert "ann" not in told
    away.rename(database)
    clock.now = ChoiceWriting.objects.get().not_before
    running.run_due(clock=clock)
    assert choices(capsys, "--tenant", "acme") == "acme: 1 written, 0 waiting, 0 not found\n"


def test_a_restored_store_is_written_again(
    tenant: Tenant, subject: User, clock: StepClock, capsys: pytest.CaptureFixture[str]
) -> None:
    preferences.change(tenant=tenant, account=subject, purpose=NEWS, given=False, now=clock())
    running.run_due(clock=clock)
    run(app_database(tenant), "update people set wants_news = 1 where id = 0")  # as its backup has it
    assert choices(capsys, "--tenant", "acme", "--again") == "acme: 1 are written again\n"
    clock.now = ChoiceWriting.objects.get().not_before
    assert running.run_due(clock=clock) == 1
    assert wanting(tenant) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--tenant", "acne"], "there is no tenant 'acne'; did you mean 'acme'?"),
        (["--again"], "--again needs --tenant"),
    ],
)
def test_bad_input(tenant: Tenant, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str) -> None:
    assert told in choices(capsys, *arguments, status=2)
