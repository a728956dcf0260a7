"""A session ends in the middle of a form: what was typed is there again after signing in, and only for its writer."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest
from django.contrib.sessions.models import Session
from django.core.signing import Signer
from django.test import Client
from pytest_django import Settings

from accounts.models import Tenant, User
from accounts.typed import keeping, owner
from dsar.models import RequestType, Status, SubjectRequest
from tests.dsar.views.conftest import HOST, browser, file, second_factor, stale, token_of

WORDS = "Line one\nline <two> „drei“ 🦄"


def end_session(client: Client) -> None:
    """What time or another device does: the row goes, the browser keeps its cookies."""
    Session.objects.filter(pk=client.session.session_key).delete()


def sign_in(client: Client, user: User) -> None:
    """Sign in where somebody stood as a visitor, as the sign-in does: the visitor's session goes on."""
    known = dict(client.session)
    signed = browser(user)
    session = signed.session
    session.update({key: value for key, value in known.items() if key not in session})
    session.save()
    client.cookies["sessionid"] = signed.cookies["sessionid"].value


def post(client: Client, address: str, data: Mapping[str, object], page: str = "") -> str:
    referrer = f"http://{HOST}{page or address}"
    return str(client.post(address, data, headers={"referer": referrer}).headers["Location"])


def prove(client: Client, user: User) -> None:
    """Show again who one is, in the session that goes on."""
    proven, session = browser(user).session, client.session
    session.update({key: value for key, value in proven.items() if key.startswith("account_authentication_")})
    session.save()


@pytest.fixture
def appealing(ann: Client, released: SubjectRequest) -> str:
    """Ann has the form open, and her session ends."""
    address = f"/requests/{released.reference}/appeal/"
    assert ann.get(address).status_code == 200
    end_session(ann)
    return address


def test_a_form_is_filled_again_and_not_sent(ann: Client, subject: User, appealing: str) -> None:
    assert post(ann, appealing, {"words": WORDS}) == f"/accounts/login/?next={appealing.replace('/', '%2F')}"
    sign_in(ann, subject)
    page = ann.get(appealing).content.decode()
    assert "What you typed is still here" in page
    assert "Line one\nline &lt;two&gt; „drei“ 🦄</textarea>" in page
    assert not SubjectRequest.objects.filter(type=RequestType.APPEAL).exists(), "nothing was sent by itself"
    assert "still here" in ann.get(appealing).content.decode(), "a reload loses nothing either"
    assert ann.post(appealing, {"words": WORDS}).status_code == 302
    assert SubjectRequest.objects.filter(type=RequestType.APPEAL).count() == 1
    assert "accounts_typed" not in ann.session


def test_at_rest_it_is_sealed(ann: Client, appealing: str) -> None:
    post(ann, appealing, {"words": "CANARY-typed", "passphrase": "x", "proof_code": "1", "csrfmiddlewaretoken": "t"})
    stored = ann.session["accounts_typed"]
    assert "CANARY" not in str(dict(ann.session))
    assert b"CANARY" not in stored.encode()
    typed = keeping.kept(ann.session, owner=owner.owner_of(User.objects.get(email="ann@example.com")))
    assert typed is not None
    assert typed.names == {"words"}, "what proves something is not kept at all"


def test_somebody_else_on_the_same_browser_sees_nothing(
    ann: Client, outsider: User, subject: User, appealing: str
) -> None:
    post(ann, appealing, {"words": "CANARY-typed"})
    sign_in(ann, outsider)
    for page in (appealing, "/", "/requests/"):
        assert b"CANARY" not in ann.get(page).content
    assert "accounts_typed" not in ann.session, "it is gone once another has signed in"
    sign_in(ann, subject)
    assert b"CANARY" not in ann.get(appealing).content


def test_who_signs_out_leaves_nothing_behind(ann: Client, subject: User, released: SubjectRequest) -> None:
    address = f"/requests/{released.reference}/appeal/"
    ann.get(address)
    ann.post("/accounts/logout/")
    post(ann, address, {"words": "CANARY-typed"})
    assert "accounts_typed" not in ann.session


def test_a_stranger_has_nothing_kept(anonymous: Client, released: SubjectRequest) -> None:
    address = f"/requests/{released.reference}/appeal/"
    anonymous.cookies["visitor"] = "made-up:signature"
    post(anonymous, address, {"words": "CANARY-typed"})
    assert not anonymous.session.keys()


@pytest.mark.thorough
def test_half_an_hour_later_it_is_gone(
    ann: Client, subject: User, appealing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(ann, appealing, {"words": "CANARY-typed"})
    sign_in(ann, subject)
    later = time.time() + keeping.LIFETIME + 1
    monkeypatch.setattr("accounts.typed.keeping.time.time", lambda: later)
    assert b"CANARY" not in ann.get(appealing).content
    assert "accounts_typed" not in ann.session


@pytest.mark.thorough
def test_what_is_too_much_is_not_kept(ann: Client, appealing: str) -> None:
    post(ann, appealing, {"words": "x" * keeping.MOST_CHARACTERS})
    assert "accounts_typed" not in ann.session


@pytest.mark.thorough
def test_a_key_that_is_gone_breaks_no_page(ann: Client, subject: User, appealing: str, settings: Settings) -> None:
    post(ann, appealing, {"words": WORDS})
    session = ann.session
    session["accounts_typed"] = session["accounts_typed"][:-8] + "AAAAAAA="
    session.save()
    sign_in(ann, subject)
    assert b"still here" not in ann.get(appealing).content


def test_a_forged_form_is_not_kept(released: SubjectRequest, subject: User) -> None:
    """Another site sends a form to us: without our token, so that it stops before anything is kept."""
    victim = Client(headers={"host": HOST}, enforce_csrf_checks=True)
    victim.cookies["visitor"] = Signer(salt="accounts.typed.owner").sign(owner.owner_of(subject))
    address = f"/requests/{released.reference}/appeal/"
    sent = victim.post(address, {"words": "A stranger's words"}, headers={"origin": "https://evil.example"})
    assert sent.status_code == 403
    assert b"words" not in sent.content
    assert not victim.session.keys()


def test_a_token_that_no_longer_fits_gives_the_text_back_at_once(released: SubjectRequest, subject: User) -> None:
    client = Client(headers={"host": HOST}, enforce_csrf_checks=True)
    client.force_login(subject)
    address = f"/requests/{released.reference}/appeal/"
    own = {"origin": f"http://{HOST}", "referer": f"http://{HOST}{address}"}
    sent = client.post(address, {"words": "My <own> words"}, headers=own)
    assert sent.status_code == 403
    assert b"My &lt;own&gt; words" in sent.content
    assert address.encode() in sent.content


@pytest.mark.thorough
def test_the_team_s_forms_are_filled_on_the_case(rita: Client, reviewer: User, tenant: Tenant, subject: User) -> None:
    subject_request = file(tenant, subject, RequestType.ENQUIRY)
    case = f"/desk/{subject_request.reference}/"
    rita.get(case)
    end_session(rita)
    assert post(rita, f"{case}deny/", {"reason": "other", "explanation": WORDS}, case).endswith(
        case.replace("/", "%2F")
    )
    sign_in(rita, reviewer)
    page = rita.get(case).content.decode()
    assert "line &lt;two&gt;" in page
    assert '<option value="other" selected>' in page
    assert '<details class="disclosure mt-2" open>' in page
    subject_request.refresh_from_db()
    assert subject_request.status == Status.AWAITING_REVIEW


@pytest.mark.thorough
def test_a_form_that_is_no_longer_there_still_gives_the_text(
    rita: Client, reviewer: User, tenant: Tenant, subject: User
) -> None:
    subject_request = file(tenant, subject, RequestType.ENQUIRY)
    case = f"/desk/{subject_request.reference}/"
    rita.get(case)
    end_session(rita)
    post(rita, f"{case}answer/", {"text": WORDS}, case)
    SubjectRequest.objects.filter(pk=subject_request.pk).update(texts_deleted_at=None, status="fulfilling")
    sign_in(rita, reviewer)
    page = rita.get(case).content.decode()
    assert "the form is no longer on this page" in page
    assert "line &lt;two&gt;" in page


def test_a_second_factor_that_is_asked_for_loses_nothing_either(reviewer: User, tenant: Tenant, subject: User) -> None:
    subject_request = file(tenant, subject, RequestType.ENQUIRY)
    client, case = Client(headers={"host": HOST}), f"/desk/{subject_request.reference}/"
    client.force_login(second_factor(reviewer))
    sent = post(client, f"{case}answer/", {"text": WORDS}, case)
    assert sent == f"/accounts/2fa/reauthenticate/?next={case.replace('/', '%2F')}"
    assert "Line" not in str(dict(client.session)), "the library would keep it as it is, and send it by itself"
    prove(client, reviewer)
    assert "line &lt;two&gt;" in client.get(case).content.decode()
    subject_request.refresh_from_db()
    assert subject_request.status == Status.AWAITING_REVIEW


def test_a_passphrase_is_in_no_session_while_somebody_shows_who_they_are(
    subject: User, released: SubjectRequest
) -> None:
    client, address = stale(browser(subject)), f"/requests/{released.reference}/seal/"
    phrase = {"public_key": "", "passphrase": "CANARY of four words", "again": "CANARY of four words"}
    assert post(client, address, phrase).startswith("/accounts/reauthenticate/code/")
    assert not [row for row in Session.objects.all() if "CANARY" in str(row.get_decoded())]
    prove(client, subject)
    page = client.get(address).content.decode()
    assert "has to be added again" in page
    assert "CANARY" not in page


def test_a_button_that_was_pressed_is_carried_out(subject: User, tenant: Tenant) -> None:
    """Nothing was typed: the sign-in library goes on with it, as before."""
    client = stale(browser(subject))
    client.post("/requests/new/", {"type": "erasure"})
    token = token_of(client.get("/requests/new/check/"))
    assert "reauthenticate" in post(client, "/requests/new/check/", {"token": token})
    assert "account_reauthentication_state" in client.session


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("page", "data"),
    [
        ("question/", {"question": WORDS}),
        ("dispute/", {"decision": "Locked", "disputed": WORDS}),
        ("objection/", {"purposes": ["tips"]}),
        ("restriction/", {"purposes": ["everything", "tips"], "ground": "accuracy", "words": WORDS}),
    ],
)
def test_the_form_of_a_request_begins_again_with_what_was_sent(
    anonymous: Client, page: str, data: dict[str, object]
) -> None:
    """Whoever files has no account and a session of twelve hours: their words are not lost with it."""
    assert anonymous.post(f"/requests/new/{page}", data).headers["Location"] == "/requests/new/who/"
    anonymous.post("/requests/new/who/", {"email": "ann@example.com"})
    check = anonymous.get("/requests/new/check/").content.decode()
    assert "drei" in check or page == "objection/"
    assert "Tips" not in check or page == "objection/", "every use is named alone: the others are in it"


def test_answers_that_are_gone_are_said_to_be(anonymous: Client) -> None:
    sent = anonymous.post("/requests/new/check/", {"token": "of-a-session-that-is-over"}, follow=True)
    assert b"The page was open for too long, so nothing was sent" in sent.content
