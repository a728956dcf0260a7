"""Being asked again before a sensitive act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import OutgoingEmail, User
from tests.accounts.conftest import add_second_factor, authenticator_code, mailed_code, sign_in

pytestmark = pytest.mark.urls("tests.accounts.urls")

DOWNLOAD = "/test/download/"
BY_CODE = "/accounts/reauthenticate/code/"
BY_APP = "/accounts/2fa/reauthenticate/"


@pytest.fixture
def stolen(client: Client, person: User, clock: Callable[[float], None]) -> Client:
    """A session whose person signed in six minutes ago."""
    sign_in(client, person)
    clock(360)
    return client


def send(client: Client) -> Any:
    return client.post(f"{BY_CODE}?next={DOWNLOAD}", {"action": "send", "next": DOWNLOAD})


def enter(client: Client, code: str) -> Any:
    return client.post(BY_CODE, {"code": code, "next": DOWNLOAD})


def test_anonymous_is_sent_to_sign_in(client: Client, person: User) -> None:
    assert client.get(DOWNLOAD)["Location"] == f"/accounts/login/?next={DOWNLOAD}"


def test_shortly_after_sign_in_nobody_is_asked_again(client: Client, person: User) -> None:
    sign_in(client, person)
    assert client.get(DOWNLOAD).status_code == 200


def test_a_session_without_any_proof_is_asked(client: Client, person: User) -> None:
    client.force_login(person)
    assert client.get(DOWNLOAD)["Location"].startswith(BY_CODE)


def test_a_person_without_password_or_second_factor_is_asked_for_a_mailed_code(stolen: Client, person: User) -> None:
    assert stolen.get(DOWNLOAD)["Location"] == f"{BY_CODE}?next=/test/download/".replace(
        "/test/", "%2Ftest%2F"
    ).replace("download/", "download%2F")
    before = OutgoingEmail.objects.count()
    assert b"Email me a code" in stolen.get(BY_CODE).content
    assert OutgoingEmail.objects.count() == before, "a GET mailed a code"

    send(stolen)
    assert OutgoingEmail.objects.latest("pk").to == person.email
    assert b'autocomplete="one-time-code"' in stolen.get(BY_CODE).content
    assert enter(stolen, mailed_code())["Location"] == DOWNLOAD

    assert stolen.get(DOWNLOAD).status_code == 200


def test_the_proof_grows_old(stolen: Client, clock: Callable[[float], None]) -> None:
    send(stolen)
    enter(stolen, mailed_code())
    clock(301)
    assert stolen.get(DOWNLOAD).status_code == 302


def test_a_button_is_carried_out_after_the_proof(stolen: Client) -> None:
    assert stolen.post(DOWNLOAD).status_code == 302
    send(stolen)
    assert enter(stolen, mailed_code()).content == b"POST "


def test_what_was_typed_is_not_but_waits_to_be_sent_again(stolen: Client) -> None:
    assert stolen.post(DOWNLOAD, {"reason": "moving"}).status_code == 302
    assert "moving" not in str(dict(stolen.session))
    send(stolen)
    assert enter(stolen, mailed_code())["Location"] == DOWNLOAD


def test_a_wrong_code_proves_nothing(stolen: Client) -> None:
    send(stolen)
    assert b"Incorrect code" in enter(stolen, "BBBB-BBBB").content
    assert stolen.get(DOWNLOAD).status_code == 302


def test_after_three_wrong_codes_the_right_one_is_void(stolen: Client) -> None:
    send(stolen)
    code = mailed_code()
    for _ in range(3):
        enter(stolen, "BBBB-BBBB")
    enter(stolen, code)
    assert stolen.get(DOWNLOAD).status_code == 302


def test_a_code_works_once(stolen: Client, clock: Callable[[float], None]) -> None:
    send(stolen)
    code = mailed_code()
    enter(stolen, code)
    clock(301)
    enter(stolen, code)
    assert stolen.get(DOWNLOAD).status_code == 302


def test_a_code_is_void_after_ten_minutes(stolen: Client, clock: Callable[[float], None]) -> None:
    send(stolen)
    code = mailed_code()
    clock(601)
    enter(stolen, code)
    assert stolen.get(DOWNLOAD).status_code == 302


def test_a_code_is_void_once_the_address_was_changed(stolen: Client, person: User) -> None:
    send(stolen)
    User.objects.filter(pk=person.pk).update(email="thief@example.com")
    enter(stolen, mailed_code())
    assert stolen.get(DOWNLOAD).status_code == 302


def test_no_code_is_kept_in_the_session(stolen: Client) -> None:
    send(stolen)
    code = mailed_code()
    assert code not in str(dict(stolen.session))
    assert code.replace("-", "").lower() not in str(dict(stolen.session))


def test_the_page_does_not_send_more_than_a_few_codes_a_minute(stolen: Client) -> None:
    before = OutgoingEmail.objects.count()
    for _ in range(5):
        send(stolen)
    assert OutgoingEmail.objects.count() == before + 3


def test_whoever_has_a_second_factor_is_asked_for_it_and_a_mailed_code_does_not_do(
    stolen: Client, person: User, secret: str
) -> None:
    add_second_factor(person, secret)
    assert stolen.get(DOWNLOAD)["Location"].startswith(BY_APP)

    send(stolen)
    assert not OutgoingEmail.objects.filter(kind="reauthentication_code").exists()

    assert stolen.post(BY_APP, {"code": authenticator_code(secret), "next": DOWNLOAD})["Location"] == DOWNLOAD
    assert stolen.get(DOWNLOAD).status_code == 200


@pytest.mark.parametrize("page", ["/accounts/2fa/totp/activate/", "/accounts/2fa/recovery-codes/generate/"])
def test_allauths_own_sensitive_pages_ask_too(stolen: Client, page: str) -> None:
    assert stolen.get(page)["Location"].startswith(BY_CODE)


def test_changing_the_address_asks_too(stolen: Client, person: User) -> None:
    response = stolen.post("/accounts/email/", {"action_add": "", "email": "new@example.com"})
    assert response["Location"].startswith(BY_CODE)
    assert not OutgoingEmail.objects.filter(to="new@example.com").exists()
