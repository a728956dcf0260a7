"""Every view climbs its ladder: a stranger, another tenant, a colleague without the right. Attacks 10, 13, 15, 17."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import AuditChain, AuditEvent, Membership, Role, Tenant
from dsar.models import CaseViewer, SubjectRequest
from dsar.urls import urlpatterns
from tests.dsar.conftest import account
from tests.dsar.views.conftest import browser, file, second_factor

PERSON, TEAM, ANYBODY = "person", "team", "anybody"
ALL_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Rung:
    """Who a view is for, the methods it answers, and further parts of its address."""

    whose: str
    methods: tuple[str, ...] = ("get",)
    parts: dict[str, str | int] = field(default_factory=dict)
    query: str = ""
    for_auditors: bool = False
    #: What an auditor gets.
    says: int = 200
    #: A role that has the right.
    role: Role = Role.REVIEWER


FORM, ACT = ("get", "post"), ("post",)
LADDER = {
    "requests": Rung(PERSON),
    "start": Rung(ANYBODY, FORM),
    "question": Rung(ANYBODY, FORM),
    "dispute": Rung(ANYBODY, FORM),
    "objection": Rung(ANYBODY, FORM),
    "restriction": Rung(ANYBODY, FORM),
    "narrow": Rung(ANYBODY, FORM),
    "agent": Rung(ANYBODY, FORM),
    "answer_agent": Rung(ANYBODY, FORM, parts={"token": "of-nobody"}),
    "for_agent": Rung(PERSON, FORM),
    "who": Rung(ANYBODY, FORM),
    "check": Rung(ANYBODY, FORM),
    "confirm": Rung(ANYBODY, FORM),
    "request": Rung(PERSON),
    "filed": Rung(PERSON),
    "progress": Rung(PERSON),
    "withdraw": Rung(PERSON, ACT),
    "take_back": Rung(PERSON, ACT),
    "refuse_copy": Rung(PERSON, ACT),
    "message": Rung(PERSON, ACT),
    "attachment": Rung(PERSON, parts={"number": "1"}),
    "correct": Rung(PERSON, FORM),
    "appeal": Rung(PERSON, FORM),
    "download": Rung(PERSON, FORM),
    "preview": Rung(PERSON),
    "preview_rows": Rung(PERSON, parts={"dataset": "app", "collection": "people"}),
    "preview_entry": Rung(PERSON, parts={"dataset": "app", "collection": "people", "number": "1"}),
    "seal": Rung(PERSON, FORM),
    "preferences": Rung(PERSON, FORM),
    "retention": Rung(PERSON, FORM),
    "held": Rung(PERSON),
    "held_kind": Rung(PERSON, parts={"kind": "privacy-portal"}),
    "rights": Rung(ANYBODY),
    "unsubscribe": Rung(ANYBODY, FORM, parts={"token": "1.1.tips.hash.signature"}),
    "receipt": Rung(ANYBODY, FORM, parts={"token": "of-no-notice"}),
    "certificate": Rung(ANYBODY, FORM),
    "compliance": Rung(ANYBODY),
    "compliance_json": Rung(ANYBODY),
    "gpc": Rung(ANYBODY),
    "bundle_key": Rung(ANYBODY),
    "colours": Rung(ANYBODY),
    "logo": Rung(ANYBODY),
    "team": Rung(TEAM, role=Role.ADMINISTRATOR),
    "team_invite": Rung(TEAM, ACT, role=Role.ADMINISTRATOR),
    "team_member": Rung(TEAM, FORM, parts={"member": 0}, role=Role.ADMINISTRATOR),
    "settings": Rung(TEAM, role=Role.ADMINISTRATOR),
    "settings_history": Rung(TEAM, role=Role.ADMINISTRATOR),
    "settings_undo": Rung(TEAM, ACT, parts={"change": 0}, role=Role.ADMINISTRATOR),
    "settings_edit": Rung(TEAM, FORM, parts={"name": "review"}, role=Role.ADMINISTRATOR),
    "queue": Rung(TEAM, for_auditors=True),
    "assign_selected": Rung(TEAM, ACT),
    "release_selected": Rung(TEAM, ACT),
    "save_view": Rung(TEAM, ACT),
    "delete_view": Rung(TEAM, ACT, parts={"pk": "0"}),
    "assign": Rung(TEAM, ACT),
    "looking": Rung(TEAM, ACT, for_auditors=True),
    "dashboard": Rung(TEAM, for_auditors=True),
    "dashboard_table": Rung(TEAM, parts={"name": "volume"}, for_auditors=True),
    "digest": Rung(TEAM, ACT),
    "california": Rung(TEAM, for_auditors=True),
    "california_csv": Rung(TEAM, for_auditors=True),
    "california_json": Rung(TEAM, for_auditors=True),
    "holds": Rung(TEAM, for_auditors=True),
    "hold": Rung(TEAM, FORM),
    "end_hold": Rung(TEAM, ACT),
    "purges": Rung(TEAM, for_auditors=True),
    "approve_purge": Rung(TEAM, ACT),
    "count_purge": Rung(TEAM, ACT),
    "datamap": Rung(TEAM, for_auditors=True),
    "datamap_picture": Rung(TEAM, for_auditors=True),
    "datamap_collection": Rung(TEAM, query="?dataset=app&name=people", for_auditors=True),
    "check_datamap": Rung(TEAM, ACT),
    "audit": Rung(TEAM, role=Role.AUDITOR, for_auditors=True),
    "audit_find": Rung(TEAM, ACT, role=Role.AUDITOR, for_auditors=True, says=422),
    "audit_verify": Rung(TEAM, ACT, role=Role.AUDITOR, for_auditors=True, says=302),
    "audit_csv": Rung(TEAM, role=Role.AUDITOR, for_auditors=True),
    "audit_jsonl": Rung(TEAM, role=Role.AUDITOR, for_auditors=True),
    "record": Rung(TEAM, for_auditors=True),
    "record_pdf": Rung(TEAM, for_auditors=True),
    "record_csv": Rung(TEAM, for_auditors=True),
    "record_json": Rung(TEAM, for_auditors=True),
    "case": Rung(TEAM, for_auditors=True),
    "sample": Rung(TEAM, parts={"dataset": "app", "collection": "people"}),
    "correction": Rung(TEAM),
    "proof": Rung(TEAM),
    "approve_correction": Rung(TEAM, ACT),
    "confirm_proposal": Rung(TEAM, ACT, parts={"proposal": 0}, role=Role.APPROVER),
    "refuse_proposal": Rung(TEAM, ACT, parts={"proposal": 0}, role=Role.APPROVER),
    "withdraw_proposal": Rung(TEAM, ACT, parts={"proposal": 0}),
    "redaction": Rung(TEAM),
    "redaction_decide": Rung(TEAM, ACT),
    "redaction_add": Rung(TEAM, ACT),
    "redaction_rest": Rung(TEAM, ACT),
    "redaction_pack": Rung(TEAM, ACT),
    "approve": Rung(TEAM, ACT),
    "look_again": Rung(TEAM, ACT),
    "release": Rung(TEAM, ACT),
    "deny": Rung(TEAM, ACT),
    "retry": Rung(TEAM, ACT),
    "exception": Rung(TEAM, ACT),
    "answer": Rung(TEAM, ACT),
    "conclude": Rung(TEAM, ACT),
    "decide_appeal": Rung(TEAM, ACT),
    "agent_permission": Rung(TEAM),
    "accept_agent": Rung(TEAM, ACT),
    "refuse_agent": Rung(TEAM, ACT),
    "grant": Rung(TEAM, ACT),
    "lift": Rung(TEAM, ACT),
    "keep": Rung(TEAM, ACT),
    "tell": Rung(TEAM, ACT),
    "write_note": Rung(TEAM, ACT),
    "desk_attachment": Rung(TEAM, parts={"number": "1"}),
    "go_on": Rung(TEAM, ACT),
    "extend": Rung(TEAM, ACT),
    "templates": Rung(TEAM, FORM),
    "delete_template": Rung(TEAM, ACT, parts={"number": "1"}),
}
WITHOUT_ID = {
    *("requests", "start", "question", "dispute", "who", "check", "bundle_key", "queue", "datamap", "datamap_picture"),
    *("preferences", "unsubscribe", "gpc", "certificate", "receipt"),
    *("preferences", "retention", "unsubscribe", "gpc", "objection", "restriction"),
    *("colours", "logo", "settings", "settings_history", "settings_undo", "settings_edit"),
    *("templates", "delete_template"),
    *("datamap_collection", "check_datamap", "record", "record_pdf", "record_csv", "record_json"),
    *("audit", "audit_find", "audit_verify", "audit_csv", "audit_jsonl"),
    *("team", "team_invite", "team_member"),
    *("held", "held_kind", "rights"),
    *("holds", "purges", "approve_purge", "count_purge"),
    *("narrow", "agent"),
    *("assign_selected", "release_selected", "save_view", "delete_view"),
    *("dashboard", "dashboard_table", "california", "california_csv", "california_json"),
    *("digest", "compliance", "compliance_json"),
}
WITH_ID = sorted(set(LADDER) - WITHOUT_ID)
DESK = sorted(name for name, rung in LADDER.items() if rung.whose == TEAM)


def address(name: str, reference: str) -> str:
    parts = {} if name in WITHOUT_ID else {"reference": reference}
    return reverse(f"dsar:{name}", kwargs=parts | LADDER[name].parts) + LADDER[name].query


def ask(client: Client, name: str, reference: str, **extra: Any) -> int:
    status: int = getattr(client, LADDER[name].methods[-1])(address(name, reference), **extra).status_code
    return status


def member(tenant: Tenant, role: Role) -> Client:
    """Return the browser of a member of the team who has this role alone."""
    user = account(f"{role}@acme.example")
    Membership.objects.create(user=user, tenant=tenant, role=role)
    return browser(second_factor(user))


def test_every_view_is_on_the_ladder() -> None:
    assert set(LADDER) == {pattern.name for pattern in urlpatterns}


@pytest.mark.thorough
@pytest.mark.parametrize("name", LADDER)
def test_other_methods_are_refused(name: str, rita: Client, ann: Client, released: SubjectRequest) -> None:
    client = rita if LADDER[name].whose == TEAM else ann
    for method in set(ALL_METHODS) - set(LADDER[name].methods):
        assert getattr(client, method)(address(name, released.reference)).status_code == 405, method


@pytest.mark.thorough
@pytest.mark.parametrize("name", [name for name in WITH_ID if name != "confirm"])
def test_nobody_elses_id_and_no_id_at_all_are_the_same(
    name: str, otto: Client, anonymous: Client, released: SubjectRequest
) -> None:
    stranger = ask(otto, name, released.reference)
    nobody = member(released.tenant, LADDER[name].role) if LADDER[name].whose == TEAM else otto
    nothing = ask(nobody, name, "R-0000-0000-00")
    assert (stranger, nothing) == (404, 404)
    assert ask(anonymous, name, released.reference) in ({404} if name in ("filed", "answer_agent") else {302, 200})
    released.refresh_from_db()
    assert released.status == "fulfilled"


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted({*WITH_ID, *DESK}))
def test_another_tenants_host_knows_nothing_of_it(
    name: str, rita: Client, ann: Client, waiting: SubjectRequest
) -> None:
    other = Tenant.objects.create(slug="other", name="Other", contact_email="privacy@other.example")
    other.hosts.create(host="other.test")
    for client in (rita, ann):
        assert ask(client, name, waiting.reference, headers={"host": "other.test"}) == 404
    waiting.refresh_from_db()
    assert waiting.status == "awaiting_release"


@pytest.mark.thorough
@pytest.mark.parametrize("name", DESK)
def test_a_colleague_without_the_right_is_refused(
    name: str, tenant: Tenant, olga: Client, ann: Client, waiting: SubjectRequest
) -> None:
    without = Role.REVIEWER if LADDER[name].role == Role.ADMINISTRATOR else Role.ADMINISTRATOR
    assert ask(member(tenant, without), name, waiting.reference) == 403
    assert ask(olga, name, waiting.reference) == (LADDER[name].says if LADDER[name].for_auditors else 403)
    assert ask(ann, name, waiting.reference) == 404, "the person whose request it is has no desk"


def every_page(reference: str) -> Iterator[str]:
    """Yield every address of the site that can be named, those of the sign-in library too."""
    yield from (address(name, reference) for name in LADDER)
    yield from _plain("/", get_resolver().url_patterns)


def _plain(start: str, patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        part = str(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLResolver):
            yield from _plain(start + part, pattern.url_patterns)
        elif not set(part) & set("<(?["):
            yield start + part


# A session is opened by looking, and that the team looked is recorded.
LOOKING = (Session, UserSession, AuditChain, AuditEvent, CaseViewer)


def contents() -> dict[str, list[dict[str, Any]]]:
    models = [model for model in apps.get_models() if model not in LOOKING]
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}


@pytest.mark.thorough
def test_looking_changes_nothing(ann: Client, rita: Client, anonymous: Client, waiting: SubjectRequest) -> None:
    unconfirmed = file(waiting.tenant, None, email="bob@example.com")
    pages = [*every_page(waiting.reference), *every_page(unconfirmed.reference)]
    assert len(pages) > 40
    before, seen = contents(), AuditEvent.objects.count()
    for client in (ann, rita, anonymous):
        for page in pages:
            assert client.get(page).status_code < 500, page
    assert contents() == before
    recorded = AuditEvent.objects.order_by("pk")[seen:]
    assert {event.verb for event in recorded} <= {
        "request.opened",
        "bundle.sampled",
        "bundle.download_refused",
        "bundle.previewed",
        "redaction.looked_at",
        "audit.looked_up",
        "audit.exported",
    }
    assert "_auth_user_id" in ann.session, "signing out takes a POST"
