from __future__ import annotations

from typing import Any

import pytest

from dsar.bundle.article15 import ReportError, article15
from tests.bundle.builders import CALLS, PEOPLE, data_map, dataset, declaration, system


@pytest.mark.parametrize(
    ("fact", "message"),
    [
        ({"legal_basis": " "}, "no legal basis"),
        ({"retention_period": ""}, "no retention period"),
        ({"recipients": ()}, r"no recipients \(write 'none'"),
        ({"recipients": ("",)}, "no recipients"),
        ({"data_use": ""}, "no purpose"),
        ({"name": ""}, "no purpose"),
    ],
)
def test_a_missing_fact_stops_the_report_and_is_named(fact: dict[str, Any], message: str) -> None:
    the_map = data_map(dataset("app", PEOPLE), systems=(system(declaration(datasets=("app",), **fact)),))
    with pytest.raises(ReportError, match=rf"platform \(map.yml:1\).*{message}"):
        article15(the_map)


def test_a_dataset_without_any_purpose_stops_the_report() -> None:
    the_map = data_map(
        dataset("app", PEOPLE), dataset("usage", CALLS), systems=(system(declaration(datasets=("app",))),)
    )
    with pytest.raises(ReportError, match="usage: no privacy declaration"):
        article15(the_map)


@pytest.mark.parametrize(
    ("declared", "covered"), [("user.contact", True), ("user", True), ("user.conta", False), ("system", False)]
)
def test_a_declaration_without_datasets_covers_those_of_its_categories(declared: str, covered: bool) -> None:
    the_map = data_map(dataset("app", PEOPLE), systems=(system(declaration(data_categories=(declared,))),))
    if covered:
        assert article15(the_map).systems[0].purposes[0].datasets == ("App",)
    else:
        with pytest.raises(ReportError):
            article15(the_map)


def test_nobody_is_a_recipient_only_if_the_map_says_so() -> None:
    the_map = data_map(dataset("app", PEOPLE), systems=(system(declaration(datasets=("app",), recipients=("None",))),))
    assert article15(the_map).systems[0].purposes[0].recipients == ()


def test_where_data_comes_from_is_told_by_collection() -> None:
    assert article15(data_map(dataset("app", PEOPLE))).origins == {
        "provided": ("Your profile",),
        "observed": ("Your profile",),
    }
