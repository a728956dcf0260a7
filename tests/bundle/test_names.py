from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.bundle.names import is_safe, own_names, slug, slugs


@given(st.lists(st.text(max_size=80), max_size=12))
def test_any_texts_become_safe_names_that_differ(texts: list[str]) -> None:
    names = slugs(texts)
    assert len(set(names)) == len(texts)
    assert all(is_safe(f"data/{name}/{name}.jsonl") for name in names)


def test_a_name_stays_readable() -> None:
    assert [slug("API usage"), slug("api_calls"), slug("Überblick: Käufe")] == [
        "api-usage",
        "api_calls",
        "uberblick-kaufe",
    ]


def test_a_number_never_takes_a_name_that_is_already_there() -> None:
    assert slugs(["a b", "a-b", "a-b-2", "a.b"]) == ["a-b", "a-b-2", "a-b-2-2", "a-b-3"]


def test_a_name_that_can_be_a_files_name_stays_as_it_is() -> None:
    assert own_names(["Person", "person", "two words", "two-words", "_log", "my.shop_2", "con", "a" * 61]) == [
        "Person",
        "person-2",
        "two-words-2",
        "two-words",
        "_log",
        "my.shop_2",
        "con-data",
        "a" * 60,
    ]


@given(st.lists(st.text(max_size=80) | st.text("aA_-.0", max_size=4), max_size=12))
def test_no_two_files_are_one_where_case_is_none(texts: list[str]) -> None:
    names = own_names(texts)
    assert len({name.lower() for name in names}) == len(texts)
    assert all(is_safe(f"data/{name}/{name}.jsonl") for name in names)


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/x",
        "a//b",
        "a/./b",
        "a/..",
        "C:x",
        "a\\b",
        "",
        "a/",
        ".hidden",
        "x" * 300,
        "con.txt",
        "a\x00b",
        "a\nb",
        "ä",
        "a/NUL",
    ],
)
def test_names_that_leave_or_break_a_folder_are_unsafe(name: str) -> None:
    assert not is_safe(name)
