"""The word for a status says what happens."""

from __future__ import annotations

import pytest

from dsar.models import RequestType, Status, SubjectRequest
from dsar.views.statuses import look_of


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (RequestType.ACCESS, "Collecting"),
        (RequestType.ERASURE, "Approved"),
        (RequestType.RECTIFICATION, "Being corrected"),
    ],
)
def test_what_is_under_way_is_told_by_what_it_is(kind: RequestType, said: str) -> None:
    look = look_of(SubjectRequest(type=kind, status=Status.FULFILLING))
    assert (str(look.label), str(look.team)) == (said, said)
    assert str(look_of(SubjectRequest(type=kind, status=Status.FULFILLED)).label) == "Done"
