"""The keys that we accept against Fideslang's own models: all of theirs, and of ours nothing but `meta`."""

from __future__ import annotations

from enum import Enum

import pytest
from fideslang import models, validation
from pydantic import BaseModel

from dsar.datamap import vocabulary

# fidesops_meta is popped by Fideslang before its models see it.
_BOTH_METAS = frozenset({"meta", "fidesops_meta"})


@pytest.mark.parametrize(
    ("accepted", "model", "more"),
    [
        (vocabulary.DATASET, models.Dataset, _BOTH_METAS),
        (vocabulary.DATASET_FIDES_META, models.DatasetMetadata, frozenset()),
        (vocabulary.COLLECTION, models.DatasetCollection, _BOTH_METAS),
        (vocabulary.COLLECTION_FIDES_META, models.CollectionMeta, frozenset()),
        (vocabulary.COLLECTION_MASKING, models.MaskingStrategyOverride, frozenset()),
        (vocabulary.FIELD, models.DatasetField, _BOTH_METAS),
        (vocabulary.FIELD_FIDES_META, models.FidesMeta, frozenset()),
        (vocabulary.FIELD_MASKING, models.FieldMaskingStrategyOverride, frozenset()),
        (vocabulary.REFERENCE, models.FidesDatasetReference, frozenset()),
        (vocabulary.SYSTEM, models.System, frozenset()),
        (vocabulary.SYSTEM_FIDESCTL_META, models.SystemMetadata, frozenset()),
        (vocabulary.DATA_FLOW, models.DataFlow, frozenset()),
        (vocabulary.DECLARATION, models.PrivacyDeclaration, frozenset({"meta"})),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_accepts_every_key_of_fideslang_and_no_other_than_meta(
    accepted: frozenset[str], model: type[BaseModel], more: frozenset[str]
) -> None:
    assert sorted(accepted) == sorted(model.model_fields.keys() | more)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (vocabulary.LEGAL_BASES, models.LegalBasisForProcessingEnum),
        (vocabulary.SPECIAL_CATEGORY_BASES, models.SpecialCategoryLegalBasisEnum),
        (vocabulary.PROFILING_BASES, models.LegalBasisForProfilingEnum),
        (vocabulary.RESPONSIBILITIES, models.DataResponsibilityTitle),
        (vocabulary.COLLECTION_STRATEGIES, models.MaskingStrategies),
        (vocabulary.FLOW_TYPES, models.FlowableResources),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_words_are_fideslangs(ours: frozenset[str], theirs: type[Enum]) -> None:
    assert sorted(ours) == sorted(member.value for member in theirs)


def test_data_types_are_fideslangs_each_with_its_array() -> None:
    names = validation.DATA_TYPE_NAMES
    assert names | {f"{name}[]" for name in names} == vocabulary.DATA_TYPES


def test_our_keys_and_fidess_never_share_a_name() -> None:
    # Both are kept flat in `extra`, and the hint "it belongs under …" would be ambiguous.
    assert not vocabulary.FIELD_META & vocabulary.FIELD_FIDES_META
    assert not vocabulary.COLLECTION_META & vocabulary.COLLECTION_FIDES_META
    assert not vocabulary.DATASET_META & vocabulary.DATASET_FIDES_META
