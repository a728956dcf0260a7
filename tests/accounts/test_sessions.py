"""Where somebody is signed in: what is told of it, and what ending it does."""

from __future__ import annotations

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import AuditEvent, User
from accounts.sessions.places import place
from tests.accounts.conftest import is_signed_in, make_user, sign_in

PAGE = "/accounts/sessions/"
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
LAPTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"


@pytest.fixture
def laptop(person: User) -> Client:
    client = Client(headers={"user-agent": LAPTOP})
    sign_in(client, person)
    return client


@pytest.fixture
def phone(person: User, laptop: Client) -> Client:
    client = Client(headers={"user-agent": PHONE})
    sign_in(client, person)
    return client


def row(client: Client) -> UserSession:
    return UserSession.objects.get(session_key=client.session.session_key)


def test_they_are_told_in_plain_words(laptop: Client, phone: Client) -> None:
    page = laptop.get(PAGE).content.decode()
    assert "Firefox on Linux" in page
    assert "Chrome on Android" in page
    assert page.index("This one") < page.index("Chrome on Android"), "the own one first"
    assert "127.0.0.1" not in page


def test_one_that_is_ended_is_dead_at_once_and_the_others_live(person: User, laptop: Client, phone: Client) -> None:
    key = phone.session.session_key
    laptop.post(PAGE, {"end": row(phone).pk})
    assert phone.get("/requests/")["Location"].startswith("/accounts/login/")
    assert laptop.get("/requests/").status_code == 200
    assert not Session.objects.filter(pk=key).exists()
    event = AuditEvent.objects.get(verb="account.sessions_ended")
    assert (event.actor_id, event.facts) == (person.pk, {"sessions": 1})


def test_all_the_others_at_once(person: User, laptop: Client, phone: Client) -> None:
    third = Client()
    sign_in(third, person)
    laptop.post(PAGE)
    assert [phone.get("/requests/").status_code, third.get("/requests/").status_code] == [302, 302]
    assert is_signed_in(laptop, person)
    assert list(UserSession.objects.filter(user=person)) == [row(laptop)]


def test_nobody_ends_another_persons_session(laptop: Client) -> None:
    otto = Client()
    sign_in(otto, make_user("otto@example.com"))
    otto.post(PAGE, {"end": row(laptop).pk})
    otto.post(PAGE)
    assert laptop.get("/requests/").status_code == 200


def test_what_was_over_already_is_said_and_what_is_no_number_is_not_found(laptop: Client, phone: Client) -> None:
    number = row(phone).pk
    for _ in range(2):
        page = laptop.post(PAGE, {"end": number}, follow=True)
    assert "over already" in page.content.decode()
    for nonsense in ("x", "-1", "٣", "9" * 30, "1 OR 1=1"):
        assert laptop.post(PAGE, {"end": nonsense}).status_code == 404
    assert AuditEvent.objects.filter(verb="account.sessions_ended").count() == 1
    assert laptop.put(PAGE).status_code == 405


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("93.184.216.34", "network 93.184.…"),
        ("::ffff:93.184.216.34", "network 93.184.…"),
        ("2a02:8108:1:2:3:4:5:6", "network 2a02:8108:…"),
        ("192.168.1.20", "a home or office network"),
        ("fd00::1", "a home or office network"),
        ("127.0.0.1", "this computer"),
        ("::1", "this computer"),
        ("203.0.113.9", "network 203.0.…"),
    ],
)
def test_a_place_is_told_roughly(address: str, words: str) -> None:
    assert place(address) == words
