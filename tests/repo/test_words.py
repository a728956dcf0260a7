"""Every word that rows hold has a label for people and a name outside, and nothing outside is left without one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.db.models import Choices

from dsar.models import choices, rights_protocol
from dsar.models.choices import FINAL_STATUSES, DenialReason, RequestType, Status
from dsar.models.decision import DecisionKind
from dsar.views.statuses import LOOKS

# The Data Rights Protocol 1.0, as its text has them.
STATUSES = {"open", "in_progress", "fulfilled", "revoked", "denied", "expired"}
FINAL = {"fulfilled", "revoked", "denied", "expired"}
REASONS = {
    *("suspected_fraud", "insuf_verification", "no_match", "claim_not_covered"),
    *("outside_jurisdiction", "too_many_requests", "other"),
}
EXERCISES = {"sale:opt-out", "sale:opt-in", "deletion", "access", "access:categories", "access:specific"}
# Opting in again is no request: the person withdraws the objection on the portal.
NOT_TAKEN = {"sale:opt-in"}


def lists() -> Iterator[type[Choices]]:
    yield DecisionKind
    for item in vars(choices).values():
        if isinstance(item, type) and issubclass(item, Choices) and item.choices:
            yield item


@pytest.mark.parametrize("words", list(lists()), ids=lambda item: item.__name__)
def test_every_word_has_a_label_of_its_own(words: Any) -> None:
    labels = [str(label) for label in words.labels]
    assert all(label and label[0].isupper() and "_" not in label for label in labels)
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("words", "mapping"),
    [
        (Status, rights_protocol.STATUSES),
        (RequestType, rights_protocol.EXERCISES),
        (DenialReason, rights_protocol.REASONS),
        (Status, LOOKS),
    ],
)
def test_every_word_is_mapped(words: Any, mapping: Mapping[str, object]) -> None:
    assert set(mapping) == set(words)


def test_statuses_are_the_protocols_and_final_where_ours_are() -> None:
    for status, outside in rights_protocol.STATUSES.items():
        assert outside.status in STATUSES
        assert (outside.status in FINAL) == (status in FINAL_STATUSES)
        assert outside.reason in ({"need_user_verification"} if status == Status.AWAITING_VERIFICATION else {""})


def test_reasons_are_exactly_the_protocols() -> None:
    assert set(rights_protocol.REASONS.values()) == REASONS == set(DenialReason.values)


def test_each_right_of_the_protocol_is_of_one_type() -> None:
    taken = [name for names in rights_protocol.EXERCISES.values() for name in names]
    assert sorted(taken) == sorted(EXERCISES - NOT_TAKEN)
