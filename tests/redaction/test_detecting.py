"""What is found in a text, and what is not; and how well that goes in six languages (docs/decisions/0033)."""

from __future__ import annotations

import pytest

from dsar.redaction.detecting import detect
from dsar.redaction.kinds import Kind
from tests.redaction.samples import HELD_OUT, LANGUAGES, TUNED, score


def found(text: str, *, prose: bool = True) -> list[tuple[str, str]]:
    return [(item.kind.value, text[item.start : item.end]) for item in detect(text, prose=prose)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_read_about_as_well(language: str) -> None:
    held_out = score(language, part=HELD_OUT)
    assert held_out.precision() >= 0.89
    assert held_out.recall() >= 0.89


def test_numbers_of_the_decision_record_hold() -> None:
    held_out, tuned = score(*LANGUAGES, part=HELD_OUT), score(*LANGUAGES, part=TUNED)
    assert (round(held_out.precision(Kind.NAME), 2), round(held_out.recall(Kind.NAME), 2)) == (0.97, 0.95)
    for kind in (Kind.EMAIL, Kind.PHONE, Kind.KEY):
        assert (held_out.precision(kind), held_out.recall(kind)) == (1, 1), kind
    assert (tuned.precision(), tuned.recall()) == (1, 1)


def test_a_ticket_of_the_demo() -> None:
    text = "Hello,\nplease give Maren Solberg <maren.solberg@fjordkode.example> access too.\n-- Ada Okafor"
    assert found(text) == [
        ("name", "Maren Solberg"),
        ("email", "maren.solberg@fjordkode.example"),
        ("name", "Ada Okafor"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "write to support@macrosora.example",
        "order 2024-11-03-000148 of 2025-03-01T10:22:00Z, 1.249,00 EUR, IP 192.0.2.17",
        "tpl-1002-0 failed: TypeError in /usr/lib/python3/site-packages/yaml/loader.py line 88",
        "6f2e1f0a-8c4b-4a3f-9d54-6d1f0b7f2a10",
        "Summarise {{ text }} in {{ words }} words.",
        "2026-10-11T06:15:06.694000",
        "",
    ],
)
def test_nothing_is_found(text: str) -> None:
    assert found(text) == []


def test_a_name_in_any_script_is_found_before_its_address() -> None:
    assert found("cc 陈伟 <chen.wei@promptworks.example>")[0] == ("name", "陈伟")
    assert found("ليلى حدّاد <layla.haddad@noor.example>")[1][0] == "email"


def test_where_no_prose_is_no_names_are_looked_for() -> None:
    assert found("Ben Okafor <ben@harbourlight.example>", prose=False) == [("email", "ben@harbourlight.example")]


def test_an_address_with_letters_of_any_script() -> None:
    assert found("an josé@vela.example.") == [("email", "josé@vela.example")]


def test_a_private_key_is_one_value() -> None:
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5v\n-----END OPENSSH PRIVATE KEY-----"
    assert found(f"mine is\n{key}\nthanks") == [("key", key)]


def test_a_password_in_an_address_is_a_key() -> None:
    assert ("key", "hunter2") in found("postgresql://ada:hunter2@db.example/app")


@pytest.mark.parametrize("code", ["R-5JET-H7DD-HV", "R-ESNA-ANNA-JK", "XTRC-2JAD", "A7-MARIA"])
def test_what_chance_spelt_is_no_name(code: str) -> None:
    assert found(f"We have your request: {code}") == []
    assert found(f"Anna Schmidt wrote about {code}.") == [("name", "Anna Schmidt")]
