"""A tenant's settings: set within bounds, with a history, undone by a further change, never another tenant's."""

from __future__ import annotations

import io
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import AuditEvent, Membership, OutgoingEmail, Role, Tenant, User
from dsar import queries
from dsar.actions import review, ruling
from dsar.actions.ruling import names
from dsar.actions.ruling.logos import LogoError, keep_logo
from dsar.models import Gate, Logo, Look, SettingChange, SubjectRequest
from dsar.models.colours import DARK, LEAST, LIGHT, checked, contrast, palette
from tests.dsar.conftest import account
from tests.dsar.views.conftest import browser, file, second_factor


@pytest.fixture
def administrator(tenant: Tenant) -> User:
    user = account("ada@acme.example")
    Membership.objects.create(user=user, tenant=tenant, role=Role.ADMINISTRATOR)
    return user


@pytest.fixture
def ada(administrator: User) -> Client:
    return browser(second_factor(administrator))


def seen(client: Client, section: str) -> str:
    form = client.get(f"/desk/settings/{section}/").content.decode()
    return unescape(form.split('name="seen" value="')[1].split('"')[0])


def send(client: Client, section: str, **data: Any) -> Any:
    data = {"seen": seen(client, section), "why": "The board has said so.", **data}
    return client.post(f"/desk/settings/{section}/", data)


def now_of(tenant: Tenant) -> dict[str, Any]:
    return names.read(names.held(tenant))


WINDOWS = {"undo_hours": 12, "lifting_days": 7, "bundle_days": 7}


def test_a_change_holds_and_stays_in_the_history(ada: Client, administrator: User, tenant: Tenant) -> None:
    assert send(ada, "windows", **WINDOWS).status_code == 302
    assert queries.policy(Tenant.objects.get(pk=tenant.pk)).undo_hours == 12
    change = SettingChange.objects.get()
    assert (change.name, change.before, change.after, change.by) == ("undo_hours", 24, 12, administrator)
    event = AuditEvent.objects.get(verb="policy.set")
    assert event.facts == {"rule": "undo_hours", "value": 12, "change": change.pk}
    page = ada.get("/desk/settings/").content.decode()
    for words in ("Hours in which a request for deletion", "The board has said so.", "ada@acme.example"):
        assert words in page


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("section", "data", "message"),
    [
        ("windows", {**WINDOWS, "undo_hours": 41}, "less than or equal to 40"),
        ("windows", {**WINDOWS, "bundle_days": "x"}, "Write a whole number."),
        ("windows", {**WINDOWS, "why": " "}, "Say why you change this."),
        ("laws", {}, "Choose one law at least."),
        ("laws", {"regimes": ["hammurabi"]}, "Select a valid choice"),
        ("review", {"gate.access": "nowhere", "gate.portability": "none"}, "Select a valid choice"),
        ("texts", {"text.imprint.en": "x" * 601}, "at most 600 characters"),
        ("look", {"accent": "#ffdd00"}, "Text in this colour could not be read"),
        ("look", {"accent": "red"}, "Write the colour as #"),
    ],
)
def test_what_is_out_of_bounds_changes_nothing_and_says_why(
    ada: Client, tenant: Tenant, section: str, data: dict[str, Any], message: str
) -> None:
    before = now_of(tenant)
    refused = send(ada, section, **data)
    assert refused.status_code == 422
    assert message in unescape(refused.content.decode())
    assert now_of(tenant) == before
    assert not SettingChange.objects.exists()


@pytest.mark.thorough
def test_every_section_is_saved_and_shown(ada: Client, tenant: Tenant) -> None:
    sent: dict[str, dict[str, Any]] = {
        "review": {"gate.access": "none", "gate.portability": "before_release"},
        "two-people": {"two_for_erasure": "on", "two_from_rows": 5, "two_from_collections": 2},
        "windows": WINDOWS,
        "laws": {"regimes": ["gdpr", "ccpa"]},
        "texts": {"text.imprint.en": "Acme Ltd, <b>1 High Street</b>", "text.contact.en": "Call 0123 at noon."},
        "look": {"accent": "#7A1FA2"},
    }
    for section, data in sent.items():
        assert send(ada, section, **data).status_code == 302, section
    values = now_of(tenant)
    assert (values["gate.access"], values["gate.portability"]) == ("none", "before_release")
    assert (values["two_for_erasure"], values["two_for_refusal"], values["two_from_rows"]) == (True, False, 5)
    assert (values["regimes"], values["accent"]) == (["gdpr", "ccpa"], "#7a1fa2")
    assert queries.policy(Tenant.objects.get(pk=tenant.pk)).gate("access") is Gate.NONE
    page = ada.get("/desk/settings/").content.decode()
    assert "Acme Ltd, &lt;b&gt;1 High Street&lt;/b&gt;" in page, "in the footer, and as it was written"
    assert "Call 0123 at noon." in page
    assert "/look.css?v=7a1fa2-0" in page
    style = ada.get("/look.css?v=7a1fa2-0")
    assert "--accent: light-dark(#7a1fa2, #" in style.content.decode()
    assert "immutable" in style.headers["Cache-Control"]
    assert "immutable" not in ada.get("/look.css?v=old").headers["Cache-Control"]


def test_undone_by_a_further_change(ada: Client, tenant: Tenant) -> None:
    send(ada, "windows", **WINDOWS)
    first = SettingChange.objects.get()
    assert ada.post(f"/desk/settings/undo/{first.pk}/").status_code == 302
    assert now_of(tenant)["undo_hours"] == 24
    assert [(item.before, item.after) for item in SettingChange.objects.order_by("pk")] == [(24, 12), (12, 24)]
    assert AuditEvent.objects.filter(verb="policy.set").count() == 2
    said = ada.post(f"/desk/settings/undo/{first.pk}/", follow=True).content.decode()
    assert "Somebody else has changed this meanwhile" in said, "it is no more what that change has set"
    assert SettingChange.objects.count() == 2


def test_of_two_at_once_the_second_is_told(ada: Client, administrator: User, tenant: Tenant) -> None:
    old = seen(ada, "windows")
    send(ada, "windows", **WINDOWS)
    refused = send(ada, "windows", **{**WINDOWS, "undo_hours": 6, "seen": old})
    assert refused.status_code == 409
    page = refused.content.decode()
    assert "Somebody else has changed this meanwhile" in page
    assert "As it is now" in page
    assert now_of(tenant)["undo_hours"] == 12
    assert send(ada, "windows", **{**WINDOWS, "undo_hours": 6, "seen": "forged"}).status_code == 302


@pytest.mark.thorough
def test_what_is_saved_as_it_was_is_no_change(ada: Client) -> None:
    said = send(ada, "windows", **{**WINDOWS, "undo_hours": 24})
    assert said.status_code == 302
    assert not SettingChange.objects.exists()
    assert not AuditEvent.objects.filter(verb="policy.set").exists()


def test_no_other_tenants_setting_is_seen_or_set(ada: Client, administrator: User, tenant: Tenant) -> None:
    other = Tenant.objects.create(slug="other", name="Other", contact_email="p@other.example")
    other.hosts.create(host="other.test")
    ruling.change(other, {"undo_hours": 3}, why="Theirs.", by=None, now=timezone.now())
    foreign = SettingChange.objects.get(tenant=other)
    assert ada.post(f"/desk/settings/undo/{foreign.pk}/").status_code == 404
    assert "Theirs." not in ada.get("/desk/settings/history/").content.decode()
    assert now_of(tenant)["undo_hours"] == 24
    logo = keep_logo(other, picture())
    with pytest.raises(ValidationError):
        ruling.change(tenant, {"logo": logo.pk}, why="", by=None, now=timezone.now())
    ruling.change(other, {"logo": logo.pk, "accent": "#7a1fa2"}, why="", by=None, now=timezone.now())
    assert ada.get("/logo.png").status_code == 404
    assert ada.get("/look.css").content == b""
    assert Client(headers={"host": "other.test"}).get("/logo.png").status_code == 200


def test_a_setting_that_there_is_not_is_refused(tenant: Tenant) -> None:
    for name in ("tenant", "id", "gates", "text.imprint.xx", "gate.erasure"):
        with pytest.raises(ValidationError):
            ruling.change(tenant, {name: "none"}, why="", by=None, now=timezone.now())


@pytest.mark.thorough
def test_every_setting_can_be_undone(tenant: Tenant, administrator: User) -> None:
    others: dict[str, Any] = {
        "regimes": ["ccpa"],
        "languages": ["de"],
        "accent": "#7a1fa2",
        "logo": keep_logo(tenant, picture()).pk,
    }
    for name in names.names():
        before = now_of(tenant)
        old = before[name]
        if name in others:
            new: Any = others[name]
        elif isinstance(old, bool):
            new = not old
        else:
            new = old + 1 if isinstance(old, int) else "before_fulfilment" if name.startswith("gate.") else "Said."
        (made,) = ruling.change(tenant, {name: new}, why="x", by=administrator, now=timezone.now())
        ruling.undo(made, by=administrator, now=timezone.now())
        assert now_of(tenant) == before, name


# Words


@pytest.mark.thorough
def test_the_companys_words_are_where_they_belong(
    tenant: Tenant, subject: User, ann: Client, reviewer: User, waiting: SubjectRequest
) -> None:
    texts = {"text.acknowledgement.en": "Thank you for <i>trusting</i> us.", "text.authority.en": "the Acme Office."}
    ruling.change(tenant, texts, why="", by=None, now=timezone.now())
    file(Tenant.objects.get(pk=tenant.pk), account("bob@example.com"), email="bob@example.com")
    message = OutgoingEmail.objects.filter(kind="acknowledgement").latest("pk")
    assert "Thank you for <i>trusting</i> us." in message.text
    assert "Thank you for &lt;i&gt;trusting&lt;/i&gt; us." in message.html
    waiting = SubjectRequest.objects.get(pk=waiting.pk)
    review.deny(waiting, reason="other", explanation="No.", by=reviewer, now=timezone.now())
    said = "The authority that supervises us: the Acme Office."
    assert said in OutgoingEmail.objects.get(kind="denied").text
    assert said in unescape(ann.get(f"/requests/{waiting.reference}/").content.decode())


# Look


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 300), **extra: Any) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", size, "#7a1fa2").save(output, format=kind, **extra)
    return output.getvalue()


def test_a_logo_is_drawn_anew(ada: Client, tenant: Tenant) -> None:
    sent = picture("JPEG", comment=b"<script>alert(1)</script>") + b"<script>alert(2)</script>"
    page = send(ada, "look", accent="", logo=SimpleUploadedFile("logo.svg", sent, "image/svg+xml"))
    assert page.status_code == 302
    served = ada.get("/logo.png")
    assert served.headers["Content-Type"] == "image/png"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.content.startswith(b"\x89PNG")
    assert b"script" not in served.content
    assert Image.open(io.BytesIO(served.content)).size == (384, 128)
    assert 'alt="The logo as it is now"' in ada.get("/desk/settings/look/").content.decode()
    assert send(ada, "look", accent="", no_logo="on").status_code == 302
    assert ada.get("/logo.png").status_code == 404
    assert Logo.objects.count() == 1, "so that it can be undone"


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "An SVG can hold a program"),
        (b"  <svg onload='alert(1)'/>", "An SVG can hold a program"),
        (b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "no PNG or JPEG"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "no PNG or JPEG"),
        (picture()[:200], "no PNG or JPEG"),
        (b"", "no PNG or JPEG"),
        (b"\x89PNG" * 300_000, "larger than 1 MB"),
        (picture(size=(4100, 4000)), "too many pixels"),
    ],
)
def test_what_is_no_picture_is_refused(tenant: Tenant, content: bytes, message: str) -> None:
    with pytest.raises(LogoError, match=message):
        keep_logo(tenant, content)
    assert not Logo.objects.exists()


@pytest.mark.thorough
def test_a_refused_logo_is_told_beside_its_field(ada: Client, tenant: Tenant) -> None:
    refused = send(ada, "look", accent="#7a1fa2", logo=SimpleUploadedFile("logo.png", b"<svg />", "image/png"))
    assert refused.status_code == 422
    assert "Save the logo as a PNG" in refused.content.decode()
    assert not Look.objects.exclude(accent="").exists()


@pytest.mark.parametrize("accent", ["#0b6b5d", "#000000", "#a92a22", "#0000ff", "#7a1fa2", "#6a5500", "#8a4b00"])
def test_every_shade_of_an_accent_can_be_read(accent: str) -> None:
    shades = palette(checked(accent))
    for side, grounds in ((0, LIGHT), (1, DARK)):
        for shade in (shades.accent[side], shades.strong[side]):
            assert all(contrast(shade, ground) >= LEAST for ground in grounds), (accent, side)
        assert contrast(shades.on_accent[side], shades.accent[side]) >= LEAST
        assert contrast(shades.strong[side], shades.soft[side]) >= LEAST


def test_the_nearest_colour_that_serves_is_told_and_serves() -> None:
    with pytest.raises(ValidationError) as caught:
        checked("#ffdd00")
    nearest = caught.value.messages[0].rstrip(".").split()[-1]
    assert checked(nearest) == nearest


def test_contrast_is_reckoned_as_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_languages_are_offered_and_no_other_is_spoken(ada: Client, tenant: Tenant) -> None:
    assert send(ada, "languages", languages=[]).status_code == 422
    assert send(ada, "languages", languages=["fr", "en"]).status_code == 302
    assert Tenant.objects.get(pk=tenant.pk).languages == ["en", "fr"]
    assert 'lang="en"' in ada.get("/", headers={"accept-language": "de"}).content.decode()
    assert 'lang="fr"' in ada.get("/", headers={"accept-language": "fr"}).content.decode()
    assert send(ada, "languages", languages=[code for code, _name in settings.LANGUAGES]).status_code == 302
    assert Tenant.objects.get(pk=tenant.pk).languages == []  # all, and any that is to come


def test_words_are_asked_for_in_the_languages_that_are_offered(ada: Client) -> None:
    send(ada, "languages", languages=["it"])
    page = ada.get("/desk/settings/texts/").content.decode()
    assert 'name="text.imprint.it"' in page
    assert 'name="text.imprint.de"' not in page


def test_figures_are_published_by_a_setting(ada: Client, anonymous: Client) -> None:
    assert anonymous.get("/compliance/").status_code == 404
    assert send(ada, "figures", publishes_figures="on").status_code == 302
    assert anonymous.get("/compliance/").status_code == 200
