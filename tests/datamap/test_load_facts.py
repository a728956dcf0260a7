"""What we read is what Fideslang reads, for manifests as Fides' users write them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fideslang import models
from pydantic import BaseModel

from dsar.datamap.erasure import Erasure, ErasureAction, Mask, Strategy
from dsar.datamap.load import load
from dsar.datamap.model import Collection, DataMap, Dataset, Direction, Field, FieldAddress
from dsar.datamap.states import State
from tests.datamap.maps import DATA, load_text

FOLDERS = ("relational", "documents", "fides", "fidesops", "shop")


@pytest.mark.parametrize("folder", FOLDERS)
def test_datasets_say_what_fideslang_reads_in_them(folder: str) -> None:
    manifests = [yaml.safe_load(path.read_text("utf-8")) for path in sorted((DATA / folder).iterdir())]
    theirs = [models.Dataset.model_validate(item) for each in manifests for item in each["dataset"]]
    ours = load(DATA / folder).datasets
    assert [_our_dataset(item) for item in ours] == [_their_dataset(item) for item in theirs]


def test_the_examples_hold_what_they_are_there_for() -> None:
    # Guards the test above: an example that says nothing would agree with anything.
    maps = [load(DATA / folder) for folder in FOLDERS]
    fields = [field for each in maps for item in each.collections() for field in item.walk()]
    assert {"email", "user_id", "phone_number"} <= {field.identity for field in fields}
    directions = {reference.direction for field in fields for reference in field.references}
    assert directions == {None, Direction.TO, Direction.FROM}
    assert any("." in field.path for field in fields)
    assert any(field.return_all_elements for field in fields)
    assert any(item.after for each in maps for item in each.datasets)


MODELS = (
    *(models.Dataset, models.DatasetMetadata, models.DatasetCollection, models.CollectionMeta),
    *(models.DatasetField, models.FidesMeta, models.FidesDatasetReference, models.FieldMaskingStrategyOverride),
)


@pytest.mark.parametrize("model", MODELS)
def test_every_key_of_fideslangs_datasets_stands_in_an_example(model: type[BaseModel]) -> None:
    written = {key for path in DATA.rglob("*.y*ml") for key in _keys(yaml.safe_load(path.read_text("utf-8")))}
    assert set(model.model_fields) <= written


def _keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node
    for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _keys(item)


def _our_dataset(dataset: Dataset) -> dict[str, Any]:
    return {
        "key": dataset.key,
        "name": dataset.name,
        "description": dataset.description,
        "after": dataset.after,
        "namespace": dataset.extra.get("namespace"),
        "collections": {item.name: _our_collection(item) for item in dataset.collections},
    }


def _our_collection(collection: Collection) -> dict[str, Any]:
    return {
        "description": collection.description,
        "categories": set(collection.data_categories),
        "after": collection.after,
        "erase_after": collection.erase_after,
        "skip": collection.skip_processing,
        "masking": (collection.extra.get("masking_strategy_override") or {}).get("strategy"),
        "fields": {item.path: _our_field(item) for item in collection.walk()},
    }


def _our_field(field: Field) -> dict[str, Any]:
    references = [
        (item.target.dataset, f"{item.target.collection}.{item.target.path}", item.direction)
        for item in field.references
    ]
    return {
        "description": field.description,
        "categories": field.data_categories,
        "type": field.data_type,
        "identity": field.identity,
        "references": references,
        "key": field.primary_key,
        "length": field.length,
        "read_only": field.read_only,
        "all": field.return_all_elements,
        "masking": field.extra.get("masking_strategy_override"),
        "uses": field.extra.get("data_uses"),
        "custom": field.extra.get("custom_request_field"),
    }


def _their_dataset(dataset: models.Dataset) -> dict[str, Any]:
    meta = dataset.fides_meta or models.DatasetMetadata()
    inherited = set(dataset.data_categories or ())
    return {
        "key": dataset.fides_key,
        "name": dataset.name or "",
        "description": dataset.description or "",
        "after": tuple(meta.after or ()),
        "namespace": meta.namespace,
        "collections": {item.name: _their_collection(item, inherited) for item in dataset.collections},
    }


def _their_collection(collection: models.DatasetCollection, inherited: set[str]) -> dict[str, Any]:
    meta = collection.fides_meta or models.CollectionMeta()
    override = meta.masking_strategy_override
    return {
        "description": collection.description or "",
        "categories": set(collection.data_categories or ()) | inherited,
        "after": tuple(meta.after or ()),
        "erase_after": tuple(meta.erase_after or ()),
        "skip": bool(meta.skip_processing),
        "masking": override.strategy.value if override else None,
        "fields": dict(pair for item in collection.fields for pair in _their_fields(item, "")),
    }


def _their_fields(field: models.DatasetField, above: str) -> list[tuple[str, dict[str, Any]]]:
    meta = field.fides_meta or models.FidesMeta()
    override = meta.masking_strategy_override
    found = {
        "description": field.description or "",
        "categories": tuple(field.data_categories or ()),
        "type": meta.data_type,
        "identity": meta.identity,
        "references": [(item.dataset, item.field, item.direction) for item in meta.references or ()],
        "key": bool(meta.primary_key),
        "length": meta.length,
        "read_only": bool(meta.read_only),
        "all": bool(meta.return_all_elements),
        "masking": override.model_dump() if override else None,
        "uses": field.data_uses,
        "custom": meta.custom_request_field,
    }
    nested = [pair for item in field.fields or () for pair in _their_fields(item, f"{above}{field.name}.")]
    return [(f"{above}{field.name}", found), *nested]


def test_our_own_keys(tmp_path: Path) -> None:
    data_map = load_text(tmp_path, OURS)
    dataset = data_map.dataset("app")
    calls = dataset.collection("calls")
    assert (dataset.ignore, dataset.origin) == (("tmp_*",), "observed")
    assert (calls.title, calls.topic, calls.shared, calls.controller) == ("Calls", "API usage", "withhold", "customer")
    assert (calls.retention.kind, calls.retention.days, calls.retention.time_field) == ("processed", 30, "meta.at")  # type: ignore[union-attr]
    assert calls.only == {"tenant": "{tenant}", "deleted": False, "kind": 0}
    masks = {"old": Mask(Strategy.NULL), "kind": Mask(Strategy.FIXED, 0)}
    assert calls.erasure == Erasure(ErasureAction.MASK, masks=masks, by=("email",))
    assert calls.source == {"path": "calls/*.jsonl", "format": "jsonl"}
    assert (calls.suspend, calls.restrict) == (State({"state": "hidden"}), State({"use": "held"}, ("tips",)))
    assert calls.ignore == ("raw_*",)
    assert calls.secret_paths == ("token",)
    assert [field.path for field in calls.walk() if field.third_party] == ["prompt"]
    assert calls.at("old").identity_source == "email"
    assert data_map.origin(calls, calls.at("prompt")) == "provided"
    assert data_map.origin(calls, calls.at("kind")) == "inferred"
    assert data_map.origin(calls, calls.at("meta.at")) == "provided"
    assert data_map.origin(calls, calls.at("meta.ip")) == "observed"
    bill = dataset.collection("bill")
    assert (bill.retention.duty, bill.retention.until) == ("Commercial Code section 257", "2036-12-31")  # type: ignore[union-attr]
    assert data_map.origin(bill, bill.at("email")) == "observed"


OURS = """
dataset:
- fides_key: app
  meta: {ignore: ["tmp_*"], origin: observed}
  collections:
  - name: calls
    meta:
      title: Calls
      topic: API usage
      retention: {kind: processed, time_field: meta.at, days: 30}
      shared: withhold
      controller: customer
      origin: inferred
      only: {tenant: "{tenant}", deleted: false, kind: 0}
      erasure: {action: mask, by: [email], fields: {old: null, kind: {strategy: fixed, value: 0}}}
      source: {path: "calls/*.jsonl", format: jsonl}
      ignore: ["raw_*"]
      suspend: {fields: {state: hidden}}
      restrict: {fields: {use: held}, purposes: [tips]}
    fields:
    - {name: email, fides_meta: {identity: email}}
    - {name: id, fides_meta: {primary_key: true}}
    - {name: state, fides_meta: {data_type: string}}
    - {name: use, fides_meta: {data_type: string}}
    - {name: old, meta: {identity_source: email}}
    - {name: tenant}
    - {name: deleted}
    - {name: kind}
    - {name: token, meta: {secret: true}}
    - {name: prompt, meta: {third_party: true, origin: provided}}
    - name: meta
      meta: {origin: provided}
      fields: [{name: at}, {name: ip, meta: {origin: observed}}]
  - name: bill
    meta: {retention: {kind: duty, duty: Commercial Code section 257, until: 2036-12-31}}
    fields:
    - {name: email, fides_meta: {identity: email}}
"""


def test_what_systems_say() -> None:
    web, mailer = load(DATA / "systems").systems
    support, mail = web.declarations
    assert (web.name, web.transfers) == ("Web", ("United States", "SCCs"))
    assert web.automated_decisions == "Profiling with legal effect; legal basis: Contract."
    assert web.source_of_data == "The person, and the organisation that invited them."
    assert web.extra["dpo"] == "privacy@example.com"
    assert (support.data_use, support.legal_basis) == ("essential.service", "Contract")
    assert (support.retention_period, support.datasets) == ("90 days", ("app",))
    assert support.recipients == ("Hosting Ltd",)
    assert support.data_subjects == ("customer",)
    assert (mail.recipients, mail.third_parties, mail.shared_with_third_parties) == (
        ("Mailer Inc",),
        "processors",
        True,
    )
    assert mail.extra["special_category_legal_basis"] == "Explicit consent"
    assert (mailer.name, mailer.automated_decisions) == ("mailer", "None.")


def test_third_parties_receive_the_data_where_no_recipients_are_named(tmp_path: Path) -> None:
    text = (DATA / "systems" / "systems.yml").read_text("utf-8")
    (tmp_path / "systems.yml").write_text(text.replace("    meta: {recipients: [Mailer Inc]}\n", ""), "utf-8")
    for other in (DATA / "systems").glob("*.yml"):
        if other.name != "systems.yml":
            (tmp_path / other.name).write_bytes(other.read_bytes())
    without_any = load(tmp_path).systems[0].declarations[1]
    assert without_any.recipients == ("Hosting Ltd",), "the system's own list says it better"
    file = tmp_path / "systems.yml"
    file.write_text(file.read_text("utf-8").replace("    recipients: [Hosting Ltd]\n", ""), "utf-8")
    assert load(tmp_path).systems[0].declarations[1].recipients == ("processors",)


def test_systems_are_valid_fideslang() -> None:
    manifest = yaml.safe_load((DATA / "systems" / "systems.yml").read_text("utf-8"))
    assert [models.System.model_validate(item).fides_key for item in manifest["system"]] == ["web", "mailer"]


def test_merge_keys_and_aliases_are_read_as_yaml_means_them(tmp_path: Path) -> None:
    data_map = load_text(
        tmp_path,
        """
        dataset:
        - fides_key: app
          collections:
          - &person
            name: person
            fields:
            - &email {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}
          - <<: *person
            name: visitor
          - name: guest
            fields: [*email]
        """,
    )
    assert [(item.name, [field.identity for field in item.fields]) for item in data_map.collections()] == [
        ("person", ["email"]),
        ("visitor", ["email"]),
        ("guest", ["email"]),
    ]


def test_keys_without_a_value_count_as_absent(tmp_path: Path) -> None:
    data_map = load_text(
        tmp_path,
        """
        dataset:
        - fides_key: app
          name:
          meta:
          collections:
          - name: person
            description:
            fides_meta:
            fields:
            - {name: email, description: '', data_categories: null, fides_meta: {identity: email, references: null}}
        """,
    )
    assert data_map.collection(("app", "person")).at("email").references == ()


def test_references_lead_to_nested_fields() -> None:
    profile = load(DATA / "documents").collection(("profiles", "rewards"))
    assert [item.target for item in profile.at("owner.phone").references] == [
        FieldAddress("profiles", "profile", "contact.phone")
    ]


def test_locations_are_lines_in_the_file() -> None:
    data_map = load(DATA / "shop")
    text = (DATA / "shop" / "shop.yml").read_text("utf-8").splitlines()
    for collection in data_map.collections():
        assert f"name: {collection.name}" in text[collection.location.line - 1]
        for field in collection.walk():
            assert f"name: {field.name}," in text[field.location.line - 1]


def test_fingerprint_changes_with_names_and_bytes_only(tmp_path: Path) -> None:
    def fingerprint(name: str, more: bytes = b"") -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        (folder / name).write_bytes((DATA / "shop" / "shop.yml").read_bytes() + more)
        return load(folder).fingerprint

    first: DataMap = load(DATA / "shop")
    assert first.fingerprint == fingerprint("shop.yml")
    assert len({first.fingerprint, fingerprint("other.yml"), fingerprint("shop.yml", b"# \n")}) == 3
