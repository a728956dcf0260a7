"""`manage.py replay_erasures` after a tenant's store, or the portal's own database, came back from a backup."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Tenant, User
from dsar import queries
from dsar.actions import preferences
from dsar.ledgers import erasure_ledger
from dsar.models import ChoiceWriting, PreferenceChange, Purpose, Suppression
from tests.dsar.conftest import app_database
from tests.dsar.test_restore_erasure_command import _places, change, erase, erasing, restore, rows  # noqa: F401


def replay(taken_at: datetime | str, *more: str) -> int:
    with pytest.raises(SystemExit) as ended:
        call_command("replay_erasures", "--backup-taken-at", str(taken_at), *more)
    return int(ended.value.code or 0)


def back_up(tenant: Tenant) -> datetime:
    shutil.copy(app_database(tenant), app_database(tenant).with_suffix(".backup"))
    return datetime.now(UTC)


def bring_back(tenant: Tenant) -> None:
    shutil.copy(app_database(tenant).with_suffix(".backup"), app_database(tenant))


def test_who_was_erased_is_erased_again(erasing: Tenant, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    taken_at = back_up(erasing)
    erase(erasing)
    after = rows(erasing)
    bring_back(erasing)
    before = rows(erasing)
    assert before != after
    assert replay(taken_at, "--dry-run") == 0
    told = capsys.readouterr().out
    assert "acme R-1: app:people: 1 matched, 1 to erase" in told
    assert rows(erasing) == before
    assert replay(taken_at, "--dataset", "app") == 0
    told = capsys.readouterr().out
    assert "acme: 1 erasures since, 1 of them with rows found again" in told
    assert "acme R-1: app:people: 1 matched, 1 erased" in told
    assert "acme R-1: app:letters: 2 matched, 2 erased" in told
    assert "@" not in told
    assert rows(erasing) == after
    assert replay(taken_at) == 0
    assert "app:letters: 2 matched, 2 left: masked already" in capsys.readouterr().out


def test_an_undone_erasure_is_not_done_again(erasing: Tenant, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    taken_at, before = back_up(erasing), rows(erasing)
    erase(erasing)
    assert restore("R-1", "--tenant", "acme") == 0
    bring_back(erasing)
    assert replay(taken_at) == 0
    assert "acme: 0 erasures since" in capsys.readouterr().out
    assert rows(erasing) == before


def test_what_a_store_forbids_is_told(erasing: Tenant, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    taken_at = back_up(erasing)
    erase(erasing)
    bring_back(erasing)
    change(erasing, "create table badges (owner integer references people (id))")
    change(erasing, "insert into badges values (0)")
    before = rows(erasing)
    assert replay(taken_at) == 1
    told = capsys.readouterr().err
    assert "IN THE WAY acme: R-1: app:people: 1 rows of badges that stay still name rows of it (owner)" in told
    assert rows(erasing) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("yesterday",), "'yesterday' is no moment"),
        (("2999-01-01",), "is still to come"),
        (("2026-01-01", "--dataset", "apps"), "no map has a dataset 'apps'"),
        (("2026-01-01", "--tenant", "acmee"), "there is no tenant 'acmee'"),
    ],
)
def test_bad_input(
    erasing: Tenant,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    assert replay(*arguments) == 2
    assert message in capsys.readouterr().err


def test_a_ledger_that_was_changed_is_not_followed(
    erasing: Tenant,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
    settings: Any,
) -> None:
    taken_at = back_up(erasing)
    erase(erasing)
    content = settings.DSAR_ERASURE_LEDGER.read_bytes()
    settings.DSAR_ERASURE_LEDGER.write_bytes(content.replace(b"R-1", b"R-2", 1))
    bring_back(erasing)
    before = rows(erasing)
    assert replay(taken_at) == 1
    assert "does not follow the line before it" in capsys.readouterr().err
    assert rows(erasing) == before


def test_opt_outs_outlive_a_restored_portal(
    erasing: Tenant,  # noqa: F811
    subject: User,
    now: datetime,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def switch(purpose: Purpose, *, given: bool, minutes: int) -> None:
        at = now + timedelta(minutes=minutes)
        preferences.change(tenant=erasing, account=subject, purpose=purpose, given=given, now=at)

    switch(Purpose.TIPS, given=True, minutes=0)
    backup = list(PreferenceChange.objects.values()), list(Suppression.objects.values())
    switch(Purpose.TIPS, given=False, minutes=2)
    switch(Purpose.RESEARCH, given=False, minutes=3)
    switch(Purpose.RESEARCH, given=True, minutes=4)
    assert [line["purpose"] for line in erasure_ledger().lines()] == ["tips", "tips", "research", "research"]
    # The database as it was: what was written since is gone.
    Suppression.objects.all().delete()
    PreferenceChange.objects.exclude(pk__in=[row["id"] for row in backup[0]]).delete()
    assert queries.switched_on(tenant=erasing, email=subject.email) == {Purpose.TIPS}

    taken_at = now + timedelta(minutes=1)
    assert replay(taken_at, "--dry-run") == 0
    assert "acme: 3 choices of people" in capsys.readouterr().out
    assert queries.switched_on(tenant=erasing, email=subject.email) == {Purpose.TIPS}
    assert replay(taken_at, "--dataset", "app") == 0
    assert queries.switched_on(tenant=erasing, email=subject.email) == {Purpose.TIPS}, "the portal was not restored"
    assert replay(taken_at) == 0
    assert queries.switched_on(tenant=erasing, email=subject.email) == {Purpose.RESEARCH}
    assert queries.refused(tenant=erasing, email=subject.email) == {Purpose.TIPS}
    assert set(ChoiceWriting.objects.exclude(done_at=None).values_list("purpose", flat=True)) == {"tips", "research"}
    assert list(PreferenceChange.objects.values_list("purpose", "given", "account")) == [
        ("tips", True, subject.pk),
        ("tips", False, subject.pk),
        ("research", False, subject.pk),
        ("research", True, subject.pk),
    ]
    capsys.readouterr()
    assert replay(taken_at) == 0
    assert "acme: 0 choices of people" in capsys.readouterr().out
