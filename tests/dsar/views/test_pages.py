"""What holds for every page: no inline code or style, components on the gallery, an answer to every error."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client

from dsar.deadlines import house_clock
from dsar.models import SubjectRequest
from dsar.views.clocks import clock_view
from dsar.views.statuses import LOOKS

TEMPLATES = Path(settings.BASE_DIR) / "templates"
INLINE = re.compile(
    r"\sstyle=|<style|\son[a-z]+=|javascript:|hx-on|hx-vals=.js|<script(?![^>]*\ssrc=)[^>]*>", re.IGNORECASE
)


def assert_plain(page: Any) -> None:
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
    assert not INLINE.findall(page.content.decode())


def test_no_template_but_an_emails_has_inline_code() -> None:
    """Nor has one that is printed: it is a PDF before anybody sees it."""
    for path in sorted(TEMPLATES.rglob("*.html")):
        if not {"email", "emails", "print.html"} & set(path.parts):
            assert not INLINE.findall(path.read_text()), path


@pytest.mark.parametrize("address", ["/", "/gallery", "/requests/new/", "/accounts/login/", "/accounts/signup/"])
def test_open_pages_are_there_and_plain(anonymous: Client, address: str) -> None:
    page = anonymous.get(address)
    assert page.status_code == 200
    assert_plain(page)


@pytest.mark.parametrize(
    "page", ["/requests/", "/accounts/email/", "/accounts/2fa/", "/accounts/sessions/", "/accounts/logout/"]
)
def test_pages_of_an_account_are_there_and_plain(ann: Client, page: str) -> None:
    assert_plain(ann.get(page))


def test_setting_up_a_second_factor_shows_its_code(ann: Client) -> None:
    page = ann.get("/accounts/2fa/totp/activate/")
    assert b"data:image/svg+xml" in page.content
    assert_plain(page)


def test_pages_of_a_request_are_plain(ann: Client, rita: Client, waiting: SubjectRequest) -> None:
    assert_plain(ann.get(f"/requests/{waiting.reference}/"))
    assert_plain(rita.get(f"/desk/{waiting.reference}/"))
    assert_plain(rita.get("/desk/"))


def test_every_component_is_on_the_gallery(anonymous: Client) -> None:
    source = "".join(
        path.read_text() for path in [TEMPLATES / "portal" / "gallery.html", *(TEMPLATES / "_components").iterdir()]
    )
    for path in (TEMPLATES / "_components").glob("*.html"):
        # A field is drawn by a tag of its own.
        calls = (
            ("{% form_field",) if path.stem == "field" else (f'_components/{path.name}"', f'component "{path.stem}"')
        )
        assert any(call in source for call in calls), path.name


def test_what_a_row_writes_at_once_is_what_its_component_draws() -> None:
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    pairs = [
        ("{% tag words %}", '{% component "tag" %}&lt;b&gt;{% endcomponent %}'),
        ('{% tag "A" kind="bad" icon="x" %}', '{% component "tag" kind="bad" icon="x" %}A{% endcomponent %}'),
        ("{% tag look.team kind=look.kind icon=look.icon %}", '{% include "_components/status.html" with team=True %}'),
        ("{% small_clock clock %}", '{% include "_components/clock.html" with small=True %}'),
    ]
    for hours in (10, 40, 60):
        reading = house_clock(received_at=now - timedelta(hours=hours), pauses=(), now=now)
        clock = clock_view(reading, now=now, closed_at=None)
        context = {"words": "<b>", "look": LOOKS["awaiting_review"], "clock": clock}
        for quick, component in pairs:
            drawn = [template(text, context) for text in (quick, component)]
            assert drawn[0] == drawn[1]


def template(text: str, values: dict[str, Any]) -> str:
    """Return a template's text, without what stands between tags alone."""
    drawn = Template("{% load ui %}" + text).render(Context(values))
    return re.sub(r">\s+<", "><", drawn).strip()


@pytest.mark.parametrize("address", ["/nope", "/requests/R-1/x/", "/desk/x/y/z/"])
def test_what_is_not_there_is_said_kindly(ann: Client, address: str) -> None:
    page = ann.get(address)
    assert page.status_code == 404
    assert b"There is nothing here" in page.content


TEMPLATES_OF_ERRORS = [f"{name}.html" for name in ("400", "403", "403_csrf", "404", "413", "429", "500", "503")]


@pytest.mark.parametrize("template", TEMPLATES_OF_ERRORS)
def test_error_pages_need_no_request(template: str) -> None:
    assert "<h1>" in render_to_string(template)


def test_a_form_without_its_token_is_refused(anonymous: Client) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": "acme.test"})
    page = strict.post("/requests/new/", {"type": "access"})
    assert page.status_code == 403
    assert b"Please send that again" in page.content


def test_the_name_of_the_tenant_is_on_every_page(anonymous: Client) -> None:
    assert b"Acme" in anonymous.get("/").content
    assert b"privacy@acme.example" in anonymous.get("/").content
