"""Signing in by a mailed code, and every way in which it must not work."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import OutgoingEmail, Tenant, User
from tests.accounts.conftest import (
    as_seen,
    ask_for_code,
    enter_code,
    is_signed_in,
    mailed_code,
    make_user,
    sign_in,
)


def test_a_person_signs_in_with_the_mailed_code(client: Client, person: User) -> None:
    assert ask_for_code(client, person.email)["Location"] == "/accounts/login/code/confirm/"
    enter_code(client, mailed_code())
    assert is_signed_in(client, person)


def test_the_code_may_be_typed_in_any_case_and_without_the_dash(client: Client, person: User) -> None:
    ask_for_code(client, person.email)
    enter_code(client, mailed_code().replace("-", " ").lower())
    assert is_signed_in(client, person)


def test_a_wrong_code_is_told_and_can_be_mended(client: Client, person: User) -> None:
    ask_for_code(client, person.email)
    code = mailed_code()

    assert b"Incorrect code" in enter_code(client, "BBBB-BBBB").content
    assert not is_signed_in(client)

    enter_code(client, code)
    assert is_signed_in(client, person)


def test_a_code_works_once(client: Client, person: User) -> None:
    ask_for_code(client, person.email)
    code = mailed_code()
    enter_code(client, code)
    client.post("/accounts/logout/")

    enter_code(client, code)

    assert not is_signed_in(client)


def test_a_code_works_only_in_the_browser_that_asked_for_it(person: User) -> None:
    asked, thief = Client(), Client()
    ask_for_code(asked, person.email)
    code = mailed_code()
    ask_for_code(thief, "someone@example.com")

    enter_code(thief, code)

    assert not is_signed_in(thief)


def test_after_three_wrong_codes_the_right_one_is_void(client: Client, person: User) -> None:
    ask_for_code(client, person.email)
    code = mailed_code()
    for _ in range(3):
        enter_code(client, "BBBB-BBBB")

    enter_code(client, code)

    assert not is_signed_in(client)


def test_a_code_is_void_after_ten_minutes(client: Client, person: User, clock: Callable[[float], None]) -> None:
    ask_for_code(client, person.email)
    code = mailed_code()

    clock(601)
    enter_code(client, code)

    assert not is_signed_in(client)


def test_a_mailbox_is_not_flooded_from_many_places(person: User) -> None:
    for number in range(5):
        Client(REMOTE_ADDR=f"192.0.2.{number}").post("/accounts/login/", {"login": person.email})
    assert OutgoingEmail.objects.count() == 3


def test_sign_in_looks_the_same_for_a_known_and_an_unknown_address(person: User) -> None:
    known = walk(Client(), person.email)
    unknown = walk(Client(), "nobody@example.com")
    assert known == unknown
    assert OutgoingEmail.objects.filter(to="nobody@example.com").count() == 1


def walk(client: Client, email: str) -> list[tuple[int, str | None, bytes]]:
    """Ask for a code and try wrong ones to the end; return all that a stranger sees of it."""
    pages = [ask_for_code(client, email), client.get("/accounts/login/code/confirm/")]
    pages += [enter_code(client, "BBBB-BBBB") for _ in range(3)]
    pages += [client.get("/accounts/login/")]
    return [as_seen(page) for page in pages]


@pytest.mark.parametrize(
    "alike",
    [
        "ada+x@example.com",
        "a.da@example.com",
        "ada@ехample.com",  # Cyrillic letters in the domain
        "ada@exarnple.com",
        "ada@example.com.evil.example",
    ],
)
def test_an_address_that_only_looks_alike_is_somebody_else(client: Client, person: User, alike: str) -> None:
    ask_for_code(client, alike)
    assert not OutgoingEmail.objects.filter(kind="login_code").exists()


@pytest.mark.parametrize("typed", ["ADA@EXAMPLE.COM", " ada@example.com ", "Ada@Example.Com"])
def test_case_and_blanks_around_do_not_matter(client: Client, person: User, typed: str) -> None:
    ask_for_code(client, typed)
    enter_code(client, mailed_code())
    assert is_signed_in(client, person)


@pytest.mark.parametrize("typed", ["x@straße.example", "x@ſtrasse.example", "X@STRASSE.EXAMPLE"])
def test_a_code_is_mailed_to_the_account_and_never_to_the_address_as_typed(
    client: Client, tenant: Tenant, typed: str
) -> None:
    make_user("x@strasse.example")
    ask_for_code(client, typed)
    assert set(OutgoingEmail.objects.values_list("to", flat=True)) <= {"x@strasse.example"}


def test_decomposed_letters_are_the_same_letters(client: Client, tenant: Tenant) -> None:
    user = make_user("x@caf\u00e9.example")
    ask_for_code(client, "x@cafe\u0301.example")
    enter_code(client, mailed_code())
    assert is_signed_in(client, user)


@pytest.mark.parametrize(
    "email", ["ada@example.com\r\nBcc: x@example.com", "ada\u202e@example.com", "ada\x00@example.com"]
)
def test_control_characters_are_refused_with_a_clear_word(client: Client, person: User, email: str) -> None:
    response = ask_for_code(client, email)
    assert b"no line breaks or hidden characters" in response.content
    assert not OutgoingEmail.objects.exists()


def test_an_inactive_account_gets_no_code(client: Client, person: User) -> None:
    person.is_active = False
    person.save(update_fields=["is_active"])
    ask_for_code(client, person.email)
    assert OutgoingEmail.objects.get().kind == "unknown_account"


def test_sign_out_is_a_post(client: Client, person: User) -> None:
    sign_in(client, person)
    client.get("/accounts/logout/")
    assert is_signed_in(client, person)
    client.post("/accounts/logout/")
    assert not is_signed_in(client)


def test_a_person_sees_and_ends_their_other_sessions(person: User) -> None:
    here, there = Client(), Client()
    sign_in(here, person)
    sign_in(there, person)

    assert here.get("/accounts/sessions/").content.count(b"this computer") == 2
    here.post("/accounts/sessions/")

    assert is_signed_in(here, person)
    assert not is_signed_in(there)
