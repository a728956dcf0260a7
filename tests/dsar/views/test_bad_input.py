"""What nobody should send, sent: a page that says so, the right status, and nothing changed."""

from __future__ import annotations

import io
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.models import AuditEvent, OutgoingEmail, User
from dsar.models import Decision, Status, SubjectRequest
from tests.dsar.views.conftest import HOST, token_of

pytestmark = pytest.mark.thorough

NEW = "/requests/new/"
FORM = "application/x-www-form-urlencoded"
FORMS = [NEW, f"{NEW}who/", f"{NEW}check/", "/accounts/login/", "/accounts/signup/"]
LONG, REVERSED, MARKUP = "n" * 5_000, "ann\u202eexe.moc", "<img src=x onerror=alert(1)>"
WORDS = {"long": LONG, "reversed": REVERSED, "markup": MARKUP, "surrogate": "a\ud800b", "nul": "a\x00b"}


@pytest.fixture
def strict(anonymous: Client) -> Client:
    """A browser as the middleware sees it: the token of a form is looked for, so the body is read early."""
    client = Client(enforce_csrf_checks=True, headers={"host": HOST})
    client.get(NEW)
    return client


def body(client: Client, **fields: str) -> str:
    values = {"csrfmiddlewaretoken": client.cookies["csrftoken"].value, **fields}
    return "&".join(f"{name}={quote(value, errors='surrogatepass')}" for name, value in values.items())


def written() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (User, SubjectRequest, OutgoingEmail, AuditEvent, Decision))


@pytest.mark.parametrize("page", FORMS)
def test_more_than_a_form_takes_gets_a_page_that_says_so(strict: Client, page: str) -> None:
    before, whole = written(), body(strict, type="access", email="a" * 10_000_000)
    many = body(strict) + "&x=1" * 300
    files = {"csrfmiddlewaretoken": strict.cookies["csrftoken"].value}
    answers = [strict.post(page, data, content_type=FORM) for data in (whole, many)]
    answers.append(strict.post(page, files | {f"f{number}": io.BytesIO(b"x") for number in range(30)}))
    for answer in answers:
        assert answer.status_code == 413
        assert b"That was too much at once" in answer.content
        assert b"Acme" in answer.content, "it is a page of the portal like any other"
    assert written() == before


def test_what_is_no_form_gets_a_page_that_says_so(strict: Client) -> None:
    answer = strict.post(NEW, b"garbage", content_type="multipart/form-data")
    assert answer.status_code == 400
    assert b"made no sense" in answer.content


@pytest.mark.parametrize("page", FORMS)
def test_an_empty_form_is_told_what_is_missing(anonymous: Client, page: str) -> None:
    anonymous.post(NEW, {"type": "access"})
    before = written()
    answer = anonymous.post(page, {})
    if page.endswith("check/"):
        assert answer.headers["Location"] == f"{NEW}who/"
    else:
        assert b"error" in answer.content
        assert answer.status_code in {200, 422}  # allauth answers a refused form with 200
    assert written() == before


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
@pytest.mark.parametrize(("page", "field"), [(f"{NEW}who/", "email"), ("/accounts/login/", "login")])
def test_no_such_words_are_an_address(strict: Client, page: str, field: str, words: str) -> None:
    strict.post(NEW, body(strict, type="access"), content_type=FORM)
    before = written()
    answer = strict.post(page, body(strict, **{field: f"{words}@example.com"}), content_type=FORM)
    assert answer.status_code in {200, 422}
    assert b"error" in answer.content
    assert MARKUP.encode() not in answer.content
    assert written() == before


@pytest.mark.parametrize("words", [LONG, REVERSED, MARKUP, "a\ud800b"], ids=["long", "reversed", "markup", "surrogate"])
def test_a_question_of_any_letters_is_kept_and_shown_as_text(
    ann: Client, rita: Client, words: str, strict: Client
) -> None:
    ann.post(NEW, {"type": "enquiry"})
    ann.post(f"{NEW}question/", f"question={quote(words, errors='surrogatepass')}", content_type=FORM)
    ann.post(f"{NEW}check/", {"token": token_of(ann.get(f"{NEW}check/"))})
    enquiry = SubjectRequest.objects.get()
    for client, address in [(ann, f"/requests/{enquiry.reference}/"), (rita, f"/desk/{enquiry.reference}/")]:
        page = client.get(address)
        assert page.status_code == 200
        assert MARKUP.encode() not in page.content
        assert enquiry.question[:1_000].encode() in page.content or words == MARKUP


def test_a_nul_byte_is_no_question_and_no_answer(ann: Client, rita: Client, enquiry: SubjectRequest) -> None:
    ann.post(NEW, {"type": "enquiry"})
    assert ann.post(f"{NEW}question/", {"question": WORDS["nul"]}).status_code == 422
    assert rita.post(f"/desk/{enquiry.reference}/answer/", {"text": WORDS["nul"]}).status_code == 422
    enquiry.refresh_from_db()
    assert (enquiry.status, enquiry.answer) == (Status.AWAITING_REVIEW, "")


@pytest.mark.parametrize("bad", ["%00", "%FF", "%ED%A0%80", "x" * 300, "..%2f..", "*", "'"])
def test_an_address_of_no_request_is_not_found(ann: Client, rita: Client, waiting: SubjectRequest, bad: str) -> None:
    persons = [f"/requests/{bad}/", f"/requests/{bad}/progress/", f"/requests/confirm/{bad}/", f"{NEW}{bad}/"]
    desks = [f"/desk/{bad}/", f"/desk/{waiting.reference}/sample/{bad}/people/"]
    desks += [f"/desk/{waiting.reference}/sample/app/{bad}/"]
    assert [ann.get(address).status_code for address in persons] == [404] * 4
    assert [rita.get(address).status_code for address in desks] == [404] * 3


@pytest.mark.parametrize("query", ["q=%00", "q=%ED%A0%80", "status=%00", "type=%FF", "after=%00~1", "q=" + "x" * 5_000])
def test_a_filter_of_any_letters_is_answered(rita: Client, waiting: SubjectRequest, query: str) -> None:
    assert rita.get(f"/desk/?{query}").status_code == 200
