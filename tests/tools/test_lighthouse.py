"""What is read of a Lighthouse report."""

from __future__ import annotations

from typing import Any

import pytest

from tools.lighthouse import CATEGORIES, NoScoreError, _read


def report(**changes: Any) -> dict[str, Any]:
    return {
        "requestedUrl": "http://localhost:8000/",
        "finalDisplayedUrl": "http://localhost:8000/",
        "categories": {name: {"score": score} for name, score in zip(CATEGORIES, (0.94, 1, 1), strict=True)},
        "audits": {
            "good": {"score": 1, "title": "Pages are short"},
            "bad": {"score": 0, "title": "Pages are long", "displayValue": "2 MB"},
            "unscored": {"score": None, "title": "Screenshots"},
        },
        **changes,
    }


def test_scores_and_faults() -> None:
    measured = _read(report(), "home", "phone")
    assert measured.scores == {"performance": 94, "accessibility": 100, "best-practices": 100}
    assert measured.lowest == 94
    assert measured.faults == ("Pages are long (2 MB)",)


def test_another_page_than_was_asked_for_is_no_measurement() -> None:
    with pytest.raises(NoScoreError, match="/accounts/login/ came instead"):
        _read(report(finalDisplayedUrl="http://localhost:8000/accounts/login/"), "queue", "phone")


def test_a_category_without_a_score_is_no_measurement() -> None:
    broken = report(categories={name: {"score": None} for name in CATEGORIES})
    with pytest.raises(NoScoreError, match="no score"):
        _read(broken, "home", "phone")
