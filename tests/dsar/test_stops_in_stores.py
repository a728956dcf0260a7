"""What is stopped is marked in the tenant's stores where its map says how, and put back when it ends."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as site
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEvent, Tenant, User
from dsar.actions import intake, verification
from dsar.actions.erasing import forgetting
from dsar.actions.fulfilment.leases import lease
from dsar.actions.restricting import claims, deciding, ending, running
from dsar.actions.retention.enforce import enforce
from dsar.actions.writing.claims import FIRST_WAIT
from dsar.fulfilment.stating import apply as stating
from dsar.models import Ground, Purpose, RequestType, Status, StopWriting, SubjectRequest
from dsar.views.stop_stores import stop_stores
from tests.dsar.choosing import lists_database, make_choosable, read, run
from tests.dsar.conftest import StepClock, app_database, make_tenant
from tests.dsar.stopping import ANN, EVERYTHING, stopped
from tests.dsar.test_the_way_of_a_request import file_access
from tests.dsar.views.conftest import mailed_code

pytestmark = pytest.mark.thorough

HELD = "restrict: {fields: {processing: held}}"
MARKED = "restrict: {fields: {mark: 'no'}, purposes: [research, training]}"


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    for tenant in make_tenant():
        make_markable(tenant)
        yield tenant


def make_markable(tenant: Tenant) -> None:
    """Let the application hold a mark of everything, and the lists one of research and training."""
    make_choosable(tenant)
    file = Path(site.TENANTS_DIR) / tenant.slug / "datamap" / "app.yml"
    text = file.read_text(encoding="utf-8")
    field = "{name: processing, data_categories: [system.operations], fides_meta: {data_type: string}}"
    text = text.replace("- name: people\n    meta: {", f"- name: people\n    meta: {{{HELD}, ", 1)
    text = text.replace("    - {name: wants_news", f"    - {field}\n    - {{name: wants_news", 1)
    text = text.replace("      title: Lists\n", f"      title: Lists\n      {MARKED}\n", 1)
    field = "{name: mark, data_categories: [system.operations], fides_meta: {data_type: string}}"
    text = text.replace("    - {name: state,", f"    - {field}\n    - {{name: state,", 1)
    file.write_text(text, encoding="utf-8")
    run(app_database(tenant), "alter table people add column processing text; update people set processing = 'on'")
    run(
        lists_database(tenant), "alter table members add column mark text; update members set mark = 'as it was ' || id"
    )


def held(tenant: Tenant) -> list[str]:
    return read(app_database(tenant), "select processing from people order by id")


def marked(tenant: Tenant) -> list[int]:
    return read(lists_database(tenant), "select id from members where mark = 'no' order by id")


def states(tenant: Tenant) -> list[str]:
    return read(lists_database(tenant), "select mark from members order by id")


def test_everything_is_marked_wherever_it_can_be_and_put_back(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    before = states(tenant)
    filed = stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    assert running.run_due(clock=clock) == 1
    assert held(tenant) == ["held", "on", "on"], "nobody else's row"
    assert marked(tenant) == [1, 2, 4], "under a former address, too"
    writing = StopWriting.objects.get()
    assert writing.before is not None
    assert b"as it was" not in bytes(writing.before)
    assert "example.com" not in str(writing.report)
    assert running.run_due(clock=clock) == 0
    ending.take_back(filed, by=subject, now=clock())
    assert running.run_due(clock=clock) == 1
    assert (held(tenant), states(tenant)) == (["on"] * 3, before)
    assert StopWriting.objects.get().before is None
    events = AuditEvent.objects.filter(verb="restriction.written").order_by("sequence")
    assert [event.facts for event in events] == [
        {"marked": 4, "put_back": 0, "left": 0, "gone": 0},
        {"marked": 0, "put_back": 4, "left": 0, "gone": 0},
    ]


@pytest.mark.parametrize(
    ("purpose", "marks"), [(Purpose.TRAINING, [1, 2, 4]), (Purpose.TIPS, []), (Purpose.RESEARCH, [1, 2, 4])]
)
def test_one_purpose_is_marked_where_the_map_names_it(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, purpose: Purpose, marks: list[int]
) -> None:
    stopped(tenant, subject, reviewer, purpose, now=clock())
    assert running.run_due(clock=clock) == 1
    assert marked(tenant) == marks
    assert held(tenant) == ["on"] * 3, "a mark of every use is not for one"


def test_two_stops_of_one_person_do_not_undo_each_other(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    before = states(tenant)
    first = stopped(tenant, subject, reviewer, Purpose.TRAINING, now=clock())
    running.run_due(clock=clock)
    second = stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    running.run_due(clock=clock)
    ending.take_back(first, by=subject, now=clock())
    running.run_due(clock=clock)
    assert marked(tenant) == [1, 2, 4], "the second still wants it"
    assert held(tenant)[0] == "held"
    written = AuditEvent.objects.filter(verb="restriction.written")
    assert not any(event.facts["put_back"] for event in written), "it stood there all the time"
    ending.take_back(second, by=subject, now=clock())
    running.run_due(clock=clock)
    assert (held(tenant), states(tenant)) == (["on"] * 3, before)
    assert not StopWriting.objects.exclude(before=None).exists()


def test_the_narrower_of_two_stays(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> None:
    before = states(tenant)
    first = stopped(tenant, subject, reviewer, Purpose.TRAINING, now=clock())
    second = stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    running.run_due(clock=clock)
    ending.take_back(second, by=subject, now=clock())
    running.run_due(clock=clock)
    assert (held(tenant)[0], marked(tenant)) == ("on", [1, 2, 4])
    ending.take_back(first, by=subject, now=clock())
    running.run_due(clock=clock)
    assert states(tenant) == before


def test_every_address_of_the_account_is_marked(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    run(lists_database(tenant), "insert into members values (9, 'ann.new@example.com', 'news', 'on', 'ok')")
    EmailAddress.objects.create(user=subject, email="Ann.New@example.com", verified=True)
    EmailAddress.objects.create(user=subject, email="bob@example.com", verified=False)
    stopped(tenant, subject, reviewer, Purpose.TRAINING, now=clock())
    running.run_due(clock=clock)
    assert marked(tenant) == [1, 2, 4, 9]


def test_who_is_overtaken_hands_on_what_stood_there(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    apply, rounds = stating.apply, list[int]()

    def overtaken(*arguments: object, **named: object) -> stating.Applied:
        applied = apply(*arguments, **named)  # type: ignore[arg-type]
        if not rounds:
            rounds.append(1)
            # Another worker took it, and found everything as it should be.
            StopWriting.objects.update(fence=F("fence") + 1, before=None, lease_until=None, done_at=clock())
        return applied

    monkeypatch.setattr(running, "apply", overtaken)
    running.run_due(clock=clock)
    assert StopWriting.objects.get().before is not None
    ending.take_back(filed, by=subject, now=clock())
    running.run_due(clock=clock)
    assert held(tenant) == ["on"] * 3


def test_a_request_stays_until_what_stood_there_is_put_back(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, settings: Settings, tmp_path: Path
) -> None:
    settings.STORAGE_URL, settings.CHECKPOINT_DIR = f"file://{tmp_path}/storage", tmp_path / "checkpoints"
    filed = stopped(tenant, subject, reviewer, Purpose.TRAINING, now=clock(), ground=Ground.ACCURACY)
    running.run_due(clock=clock)
    ending.take_back(filed, by=subject, now=clock())
    enforce(now=clock() + timedelta(days=100))
    filed.refresh_from_db()
    assert filed.email == ANN, "by what else would its rows be found"
    running.run_due(clock=clock)
    enforce(now=clock() + timedelta(days=100))
    filed.refresh_from_db()
    assert filed.email == ""


@pytest.mark.thorough
def test_a_store_that_is_down_hears_of_it_later(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    away = lists_database(tenant).rename(lists_database(tenant).with_suffix(".away"))
    filed = stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    assert running.run_due(clock=clock) == 0
    assert held(tenant)[0] == "held", "the others do not wait for it"
    shown = {item.progress.title: item for item in stop_stores(filed)}
    assert {title: item.progress.state for title, item in shown.items()} == {"app": "waiting", "Lists": "failed"}
    assert shown["Lists"].error
    assert running.run_due(clock=clock) == 0, "not at once again"
    lists_database(tenant).unlink(missing_ok=True)  # an empty one that was made by asking
    away.rename(lists_database(tenant))
    clock.now += FIRST_WAIT * 2
    assert running.run_due(clock=clock) == 1
    assert marked(tenant) == [1, 2, 4]
    assert [item.progress.state for item in stop_stores(filed)] == ["done", "done"]
    assert stop_stores(filed)[1].progress.found == "3 entries marked"


def test_a_store_that_is_down_at_the_end_is_told_to_the_team(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    filed = stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    running.run_due(clock=clock)
    away = lists_database(tenant).rename(lists_database(tenant).with_suffix(".away"))
    ending.take_back(filed, by=subject, now=clock())
    running.run_due(clock=clock)
    assert held(tenant)[0] == "on"
    assert [item.progress.title for item in stop_stores(filed)] == ["Lists"]
    lists_database(tenant).unlink(missing_ok=True)
    away.rename(lists_database(tenant))
    clock.now += FIRST_WAIT * 2
    assert running.run_due(clock=clock) == 1
    assert marked(tenant) == []
    assert stop_stores(filed) == []


def test_what_somebody_else_wrote_since_stays(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> None:
    filed = stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    running.run_due(clock=clock)
    run(app_database(tenant), "update people set processing = 'banned' where id = 0")
    ending.take_back(filed, by=subject, now=clock())
    running.run_due(clock=clock)
    assert held(tenant)[0] == "banned"
    assert AuditEvent.objects.filter(verb="restriction.written").latest("sequence").facts["left"] == 1


def test_taken_back_while_it_is_written_it_is_undone(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    apply, rounds = stating.apply, list[int]()

    def taken_back_after(*arguments: object, **named: object) -> stating.Applied:
        applied = apply(*arguments, **named)  # type: ignore[arg-type]
        if not rounds:
            rounds.append(1)
            ending.take_back(filed, by=subject, now=clock())
        return applied

    monkeypatch.setattr(running, "apply", taken_back_after)
    assert running.run_due(clock=clock) == 1
    assert held(tenant) == ["on"] * 3
    assert StopWriting.objects.get().before is None


def test_a_worker_that_was_killed_loses_nothing(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = stopped(tenant, subject, reviewer, EVERYTHING, now=clock())

    def die(*_arguments: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(claims.Claim, "finish", die)
    with pytest.raises(KeyboardInterrupt):
        running.run_due(clock=clock)
    monkeypatch.undo()
    assert running.run_due(clock=clock) == 0, "its lease lasts"
    clock.now += 2 * lease()
    assert running.run_due(clock=clock) == 1
    ending.take_back(filed, by=subject, now=clock())
    running.run_due(clock=clock)
    assert held(tenant) == ["on"] * 3, "what stood there was kept before it was written over"


def test_a_broken_map_waits_for_its_mending(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> None:
    file = Path(site.TENANTS_DIR) / tenant.slug / "datamap" / "app.yml"
    text = file.read_text(encoding="utf-8")
    stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    file.write_text("dataset: [", encoding="utf-8")
    assert running.run_due(clock=clock) == 0
    file.write_text(text, encoding="utf-8")
    clock.now += FIRST_WAIT * 2
    assert running.run_due(clock=clock) == 1
    assert held(tenant)[0] == "held"


def test_an_objection_is_marked_while_it_is_weighed_and_put_back_when_refused_and_over(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    filed = stopped(tenant, subject, reviewer, Purpose.RESEARCH, now=clock())
    running.run_due(clock=clock)
    at = deciding.lift(filed, reason="Checked.", by=reviewer, now=clock())
    assert running.run_due(clock=clock) == 0
    assert marked(tenant) == [1, 2, 4], "told, and not over"
    clock.now = at
    ending.end_due(now=at)
    running.run_due(clock=clock)
    assert marked(tenant) == []


def test_an_erasure_forgets_what_stood_there(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> None:
    stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    running.run_due(clock=clock)
    erasure = file_access(tenant, subject, clock(), RequestType.ERASURE)
    SubjectRequest.objects.filter(pk=erasure.pk).update(status=Status.FULFILLED, closed_at=clock())
    forgetting.forget_person(erasure, now=clock())
    assert not StopWriting.objects.exists()
    assert running.run_due(clock=clock) == 0


def test_somebody_without_an_account_is_marked_by_what_they_proved(
    tenant: Tenant, reviewer: User, clock: StepClock, now: datetime
) -> None:
    filing = intake.Filing(RequestType.RESTRICTION, ANN, "x", question="Mine.", purposes=(EVERYTHING,), ground="claims")
    filed = intake.file_request(tenant=tenant, filing=filing, account=None, now=now)
    verification.confirm(filed, code=mailed_code(), now=now)
    keys = [row.pk for row in filed.restrictions.all()]
    deciding.grant(filed, granted=keys, explanation="", by=reviewer, now=clock())
    running.run_due(clock=clock)
    assert held(tenant)[0] == "held"


def told(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("stops", *arguments, stdout=out, stderr=out)
    except SystemExit as error:
        return int(str(error.code)), out.getvalue()
    return 0, out.getvalue()


def test_the_command_tells_what_waits_and_marks_a_restored_store_again(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    before = app_database(tenant).read_bytes()
    filed = stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    assert told() == (1, "acme: 0 written, 1 waiting\n")
    running.run_due(clock=clock)
    assert told("--tenant=acme") == (0, "acme: 1 written, 0 waiting\n")
    app_database(tenant).write_bytes(before)
    assert held(tenant)[0] == "on"
    assert told("--tenant=acme", "--again") == (0, "acme: 1 are written again\n")
    clock.now = timezone.now()
    running.run_due(clock=clock)
    assert held(tenant)[0] == "held"
    ending.take_back(filed, by=subject, now=clock())
    running.run_due(clock=clock)
    assert held(tenant)[0] == "on"


@pytest.mark.parametrize("arguments", [["--again"], ["--tenant=nobody"]])
def test_what_the_command_cannot_do_is_said(tenant: Tenant, arguments: list[str]) -> None:
    assert told(*arguments)[0] == 2
