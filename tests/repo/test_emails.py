"""Every message that can leave the portal has a subject, a text and a page, all of them ours and in each language."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import allauth
import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from accounts.models import Tenant
from dsar.emails import agents as agent_emails
from dsar.emails import appeals as appeal_emails
from dsar.emails import conversation as conversation_emails
from dsar.emails import desk as desk_emails
from dsar.emails import digests as digest_emails
from dsar.emails import erasures as erasure_emails
from dsar.emails import proposals as proposal_emails
from dsar.emails import recipients as recipient_emails
from dsar.emails import requests as emails
from dsar.emails import restrictions as restriction_emails
from dsar.emails import team as team_emails

OURS = Path(settings.BASE_DIR) / "templates"
THEIRS = Path(allauth.__file__).parent / "templates"
FOLDERS = ("account/email", "mfa/email")
# Nothing here has a password, and nothing of allauth's sends email_confirm.
NEVER_SENT = re.compile(r"account/email/(password_.*|email_confirm)$")
LANGUAGES = [code for code, _ in settings.LANGUAGES]


def prefixes(root: Path) -> set[str]:
    found = {path for folder in FOLDERS for path in (root / folder).glob("*_subject.txt")}
    return {str(path.relative_to(root)).removesuffix("_subject.txt") for path in found}


SENT = sorted(prefixes(OURS) | {name for name in prefixes(THEIRS) if not NEVER_SENT.match(name)})


def test_the_functions_and_the_templates_of_our_own_are_the_same() -> None:
    modules = (
        *(emails, agent_emails, appeal_emails, conversation_emails, desk_emails, digest_emails, erasure_emails),
        *(proposal_emails, recipient_emails, restriction_emails, team_emails),
    )
    functions = {
        name
        for module in modules
        for name, item in vars(module).items()
        if callable(item) and item.__module__ == module.__name__
    }
    templates = {path.name.removesuffix(".subject.txt") for path in (OURS / "emails").glob("*.subject.txt")}
    assert {name for name in functions if not name.startswith("_")} == templates
    for name in templates:
        assert {(OURS / "emails" / f"{name}{part}").exists() for part in (".subject.txt", ".txt", ".html")} == {True}


def test_what_a_library_sends_is_known() -> None:
    assert "mfa/email/totp_activated" in SENT
    assert not [name for name in SENT if NEVER_SENT.match(name)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("prefix", SENT)
def test_each_part_is_ours_and_says_something(prefix: str, language: str) -> None:
    tenant = Tenant(name="Acme & Sons", contact_email="privacy@acme.example")
    site = {"name": tenant.name, "domain": "acme.test"}
    now = datetime.now(UTC)
    context = {"tenant": tenant, "code": "BCDF-GHJK", "ip": "192.0.2.7", "timestamp": now, "stop_until": now}
    context |= {"current_site": site, "signup_url": "http://acme.test/s", "password_reset_url": "http://acme.test/p"}
    for part in ("_subject.txt", "_message.txt", "_message.html"):
        assert (OURS / f"{prefix}{part}").exists(), "a library's own words would be sent"
    with translation.override(language):
        subject, text, html = (
            render_to_string(f"{prefix}{part}", context) for part in ("_subject.txt", "_message.txt", "_message.html")
        )
    assert 5 < len(subject.strip()) < 90
    assert "\n" not in subject.strip()
    assert "Acme & Sons" in text
    assert "Acme &amp; Sons" in html
    assert "<h1" in html
    assert not re.search(r"<\w|&\w+;|\{[{%]", text)
    assert not re.search(r"\{[{%]|<script|https?://(?!acme\.test)", html)
    for said in re.findall(r"BCDF-GHJK|192\.0\.2\.7", html):
        assert said in text, "both parts tell the same"
