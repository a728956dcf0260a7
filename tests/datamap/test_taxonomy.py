"""The taxonomy against the package that publishes it, and matching by segments."""

from __future__ import annotations

from typing import Any

import pytest
from fideslang.default_taxonomy import DEFAULT_TAXONOMY

from dsar.datamap import taxonomy


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (taxonomy.DATA_CATEGORIES, DEFAULT_TAXONOMY.data_category),
        (taxonomy.DATA_USES, DEFAULT_TAXONOMY.data_use),
        (taxonomy.DATA_SUBJECTS, DEFAULT_TAXONOMY.data_subject),
    ],
    ids=["data_categories", "data_uses", "data_subjects"],
)
def test_holds_exactly_what_fideslang_publishes(ours: frozenset[str], theirs: list[Any]) -> None:
    assert sorted(ours) == sorted(item.fides_key for item in theirs)


@pytest.mark.parametrize(
    ("category", "key", "expected"),
    [
        ("user.device.cookie_id", "user.device.cookie", False),
        ("user.device.cookie", "user.device.cookie", True),
        ("user.contact.email", "user.contact", True),
        ("user.contact.email", "user", True),
        ("user", "user.contact", False),
        ("username", "user", False),
        ("system.operations", "user", False),
    ],
)
def test_matches_by_whole_segments(category: str, key: str, expected: bool) -> None:
    assert taxonomy.matches(category, key) is expected
