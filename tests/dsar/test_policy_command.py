"""`manage.py policy`: a tenant's rules are shown and set, within their bounds."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from accounts.models import AuditEvent, Tenant
from dsar import queries


def test_rules_are_shown_and_set(tenant: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("policy", "acme")
    assert "undo-hours 24" in capsys.readouterr().out
    call_command("policy", "acme", "--undo-hours", "0", "--bundle-days", "3")
    assert "undo-hours 0" in capsys.readouterr().out
    call_command("policy", "acme", "--publishes-figures", "1")
    assert "publishes-figures 1" in capsys.readouterr().out
    policy = queries.policy(Tenant.objects.get(pk=tenant.pk))
    assert (policy.undo_hours, policy.bundle_days) == (0, 3)
    told = AuditEvent.objects.filter(verb="policy.set").values_list("facts", flat=True)
    assert {fact["rule"]: fact["value"] for fact in told} == {
        "undo_hours": 0,
        "bundle_days": 3,
        "publishes_figures": 1,
    }


def test_one_person_decides_where_that_is_switched_off(tenant: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("policy", "acme", "--two-for-exception", "0", "--two-from-rows", "7")
    assert "two-for-exception 0" in capsys.readouterr().out
    policy = queries.policy(Tenant.objects.get(pk=tenant.pk))
    assert (policy.two_for_exception, policy.two_for_refusal, policy.two_from_rows) == (False, True, 7)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("acme", "--undo-hours", "41"), "less than or equal to 40"),
        (("acme", "--bundle-days", "0"), "greater than or equal to 1"),
        (("acme", "--publishes-figures", "2"), "must be either True or False"),
        (("acme", "--two-for-erasure", "2"), "must be either True or False"),
        (("other",), "no tenant 'other'"),
    ],
)
def test_bad_input_changes_nothing(
    tenant: Tenant, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        call_command("policy", *words)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err
    assert not AuditEvent.objects.filter(verb="policy.set").exists()
