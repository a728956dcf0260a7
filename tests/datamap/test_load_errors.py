"""Every other mistake in a data map, with the file and line it is told at. The messages are golden."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsar.datamap.load import load
from tests.datamap.maps import write
from tests.datamap.mistakes import APP, SYSTEM, mistakes_in, refusal

COLLECTIONS = {
    "unknown key": ("titel: x", "unknown key 'titel' in a collection; did you mean 'title' under 'meta'?"),
    "our key at the wrong level": (
        "retention: {kind: account}",
        "unknown key 'retention' in a collection; it belongs under 'meta'",
    ),
    "unknown key of meta": (
        "meta: {retentoin: {kind: account}}",
        "unknown key 'retentoin' in 'meta' of a collection; did you mean 'retention'?",
    ),
    "unknown key of fides_meta": (
        "fides_meta: {skip_procesing: true}",
        "unknown key 'skip_procesing' in 'fides_meta' of a collection; did you mean 'skip_processing'?",
    ),
    "unknown kind of retention": (
        "meta: {retention: {kind: acount}}",
        "unknown kind 'acount'; did you mean 'account'?",
    ),
    "retention in words": ("meta: {retention: 90 days}", "'retention' must be a mapping, not '90 days'"),
    "retention of no kind": ("meta: {retention: {days: 30}}", "'retention' needs 'kind'"),
    "too many days": (
        "meta: {retention: {kind: processed, days: 91, time_field: at}}",
        "a retention of kind 'processed' needs 'days' from 1 to 90, not 91",
    ),
    "no day": (
        "meta: {retention: {kind: processed, days: 0, time_field: at}}",
        "a retention of kind 'processed' needs 'days' from 1 to 90, not 0",
    ),
    "days missing": (
        "meta: {retention: {kind: processed, time_field: at}}",
        "a retention of kind 'processed' needs 'days' from 1 to 90, not none",
    ),
    "time field missing": (
        "meta: {retention: {kind: processed, days: 30}}",
        "a retention of kind 'processed' needs 'time_field'",
    ),
    "time field unknown": (
        "meta: {retention: {kind: processed, days: 30, time_field: att}}",
        "'time_field' names the undeclared field 'att'; did you mean 'at'?",
    ),
    "zone unknown": (
        "meta: {retention: {kind: processed, days: 30, time_field: at, zone: Asia/Tokio}}",
        "'zone' must be a time zone such as 'UTC' or 'Europe/Berlin', not 'Asia/Tokio'; did you mean 'Asia/Tokyo'?",
    ),
    "duty without words": (
        "meta: {retention: {kind: duty, until: 10 years}}",
        "a retention of kind 'duty' needs 'duty': the legal duty, in words",
    ),
    "key of another kind": (
        "meta: {retention: {kind: account, days: 3}}",
        "a retention of kind 'account' takes no 'days'",
    ),
    "erasure in a word": ("meta: {erasure: delete}", "'erasure' must be a mapping, not 'delete'"),
    "source in a word": ("meta: {source: calls}", "'source' must be a mapping, not 'calls'"),
    "suspend in a list": ("meta: {suspend: [a]}", "'suspend' must be a mapping, not a list"),
    "restrict in a list": ("meta: {restrict: [a]}", "'restrict' must be a mapping, not a list"),
    "ignore in a word": ("meta: {ignore: raw}", "'ignore' must be a list, not 'raw'"),
    "unknown sharing": ("meta: {shared: withold}", "unknown shared 'withold'; did you mean 'withhold'?"),
    "unknown controller": ("meta: {controller: us}", "unknown controller 'us'"),
    "only of an undeclared field": (
        "meta: {only: {idd: 1}}",
        "'only' names the undeclared field 'idd'; did you mean 'id'?",
    ),
    "only of many values": ("meta: {only: {id: [1, 2]}}", "'only' takes one value for 'id', not a list"),
    "only of a missing value": ("meta: {only: {id: null}}", "'only' takes one value for 'id', not nothing"),
    "masking strategy": (
        "fides_meta: {masking_strategy_override: {strategy: mask}}",
        "unknown masking strategy of a collection 'mask'",
    ),
    "fields twice": ("fields: [{name: x}]", "duplicate key 'fields' (first on line 5)"),
    "unknown tag": (
        "meta: {source: {path: !secret x}}",
        "not a plain value: could not determine a constructor for the tag '!secret'",
    ),
}


@pytest.mark.parametrize(("text", "message"), COLLECTIONS.values(), ids=COLLECTIONS.keys())
def test_mistakes_in_a_collection(tmp_path: Path, text: str, message: str) -> None:
    assert mistakes_in(tmp_path, app=f"{APP.strip()}\n    {text}\n") == [f"app.yml:9: {message}"]


# The collection's own line stands for what its `after` lists, as a reference's line stands for the reference.
AFTER = {
    "no dataset": ("after: [ap.person]", "'after' names the dataset 'ap', which does not exist; did you mean 'app'?"),
    "no collection": (
        "erase_after: [app.persn]",
        "'erase_after' names the collection 'persn', which 'app' does not have; did you mean 'person'?",
    ),
    "no dot": ("after: [person]", "'after' is written dataset.collection, not 'person'"),
}


@pytest.mark.parametrize(("text", "message"), AFTER.values(), ids=AFTER.keys())
def test_mistakes_in_what_comes_after(tmp_path: Path, text: str, message: str) -> None:
    told = mistakes_in(tmp_path, app=f"{APP.strip()}\n    fides_meta:\n      {text}\n")
    assert told == [f"app.yml:4: {message}"]


SYSTEMS = {
    "unknown key of a system": ("  dpoo: x", "unknown key 'dpoo' in a system; did you mean 'dpo'?"),
    "our key at the wrong level": ("  transfers: [US]", "unknown key 'transfers' in a system; it belongs under 'meta'"),
    "unknown key of meta": (
        "  meta: {recipient: [x]}",
        "unknown key 'recipient' in 'meta' of a system; did you mean 'recipients'?",
    ),
    "unknown key of a declaration": (
        "    retention: 90 days",
        "unknown key 'retention' in a privacy declaration; did you mean 'retention_period'?",
    ),
    "unknown legal basis": (
        "    legal_basis_for_processing: Legitimate interest",
        "unknown legal basis 'Legitimate interest'; did you mean 'Legitimate interests'?",
    ),
    "unknown special basis": (
        "    special_category_legal_basis: Vital interest",
        "unknown legal basis for special categories 'Vital interest'; did you mean 'Vital interests'?",
    ),
    "unknown subject": ("    data_subjects: [usr]", "unknown data subject 'usr'"),
    "flow that the system does not have": ("    egress: [mailer]", "unknown egress of this system 'mailer'"),
    "unknown profiling basis": (
        "  legal_basis_for_profiling: [Law]",
        "unknown legal_basis_for_profiling 'Law'",
    ),
    "recipients in a word": ("  meta: {recipients: Acme}", "'recipients' must be a list, not 'Acme'"),
    "flow of no type": ("  egress: [{fides_key: mailer}]", "a data flow needs 'type'"),
}


@pytest.mark.parametrize(("text", "message"), SYSTEMS.values(), ids=SYSTEMS.keys())
def test_mistakes_in_a_system(tmp_path: Path, text: str, message: str) -> None:
    told = mistakes_in(tmp_path, app=APP, web=f"{SYSTEM.strip()}\n{text}\n")
    assert told == [f"web.yml:7: {message}"]


def test_system_lacks_what_fideslang_demands(tmp_path: Path) -> None:
    assert mistakes_in(tmp_path, app=APP, web="system:\n- fides_key: web\n  privacy_declarations: [{name: x}]\n") == [
        "web.yml:2: a system needs 'system_type'",
        "web.yml:3: a privacy declaration needs 'data_categories'",
        "web.yml:3: a privacy declaration needs 'data_use'",
    ]


def test_system_names_a_dataset_that_does_not_exist(tmp_path: Path) -> None:
    told = mistakes_in(tmp_path, app=APP, web=f"{SYSTEM.strip()}\n    dataset_references: [apps]\n")
    assert told == ["web.yml:2: system 'web' names the dataset 'apps', which does not exist; did you mean 'app'?"]


WHOLE_FILES = {
    "empty": ("", ["app.yml:1: the file is empty"]),
    "only a comment": ("# soon\n", ["app.yml:1: the file is empty"]),
    "a list": ("- dataset\n", ["app.yml:1: a data map must be a mapping, not a list"]),
    "unknown top level": (
        "datasets: []\n",
        ["app.yml:1: unknown key 'datasets' in a data map; did you mean 'dataset'?"],
    ),
    "dataset that is no list": (
        "dataset: {fides_key: app}\n",
        ["app.yml:1: 'dataset' must be a list, not a mapping"],
    ),
    "no key": ("dataset:\n- name: App\n  collections: []\n", ["app.yml:2: a dataset needs 'fides_key'"]),
    "bad key": (
        "dataset:\n- fides_key: a b\n  collections: []\n",
        ["app.yml:2: a fides_key holds letters, digits and . _ < > - only, not 'a b'"],
    ),
    "no collections": ("dataset:\n- fides_key: app\n", ["app.yml:2: a dataset needs 'collections'"]),
    "no fields": (
        "dataset:\n- fides_key: app\n  collections:\n  - name: x\n",
        ["app.yml:4: a collection needs 'fields'"],
    ),
    "dotted collection": (
        "dataset:\n- fides_key: app\n  collections:\n  - {name: a.b, fields: [{name: x, fides_meta: {identity: x}}]}\n",
        ["app.yml:4: a collection's name holds no dot ('a.b'): write the table under meta.source.table"],
    ),
    "not UTF-8": (b"dataset:\n- fides_key: \xff\n", ["app.yml:2: not UTF-8 text"]),
    "control character": (
        "# ééééé\ndataset:\n- fides_key: \x07\n",
        ["app.yml:3: not YAML: a control character stands here"],
    ),
    "two documents": (
        "dataset: []\n---\ndataset: []\n",
        ["app.yml:2: not YAML: expected a single document in the stream, but found another document"],
    ),
    "alias of its parent": ("dataset: &a [*a]\n", ["app.yml:1: this alias refers to what it stands in"]),
    "merge of a list": (
        "dataset:\n- <<: [1]\n",
        ["app.yml:2: expected a mapping for merging, but found scalar"],
    ),
    "key that is a list": ("? [a]\n: 1\n", ["app.yml:1: a key must be a word"]),
}


@pytest.mark.parametrize(("content", "expected"), WHOLE_FILES.values(), ids=WHOLE_FILES.keys())
def test_mistakes_in_a_file(tmp_path: Path, content: str | bytes, expected: list[str]) -> None:
    (tmp_path / "app.yml").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert str(refusal(tmp_path)).splitlines() == expected


def test_not_yaml(tmp_path: Path) -> None:
    (problem,) = refusal(write(tmp_path, app="dataset:\n- fides_key: [app\n  name: x\n")).problems
    assert (problem.location.file, problem.location.line) == ("app.yml", 3)
    assert problem.message.startswith("not YAML: ")


def test_folder_without_files(tmp_path: Path) -> None:
    assert str(refusal(tmp_path)) == f"{tmp_path}:1: no *.yml or *.yaml file is in this folder"


def test_folder_that_does_not_exist(tmp_path: Path) -> None:
    assert "no *.yml or *.yaml file" in str(refusal(tmp_path / "nowhere"))


def test_folder_without_a_dataset(tmp_path: Path) -> None:
    assert "no file in this folder declares a dataset" in str(refusal(write(tmp_path, web=SYSTEM)))


def test_hidden_files_and_others_are_not_read(tmp_path: Path) -> None:
    root = write(tmp_path, app=APP)
    (root / ".app.yml").write_text("rubbish: [")
    (root / "notes.txt").write_text("rubbish: [")
    (root / ".git").mkdir()
    (root / ".git" / "x.yml").write_text("rubbish: [")
    assert [item.key for item in load(root).datasets] == ["app"]


def test_same_dataset_in_two_files(tmp_path: Path) -> None:
    told = mistakes_in(tmp_path, app=APP, copy=APP)
    assert told == ["copy.yml:2: duplicate dataset 'app' (first at app.yml:2)"]


def test_same_system_twice(tmp_path: Path) -> None:
    assert mistakes_in(tmp_path, app=APP, one=SYSTEM, two=SYSTEM) == [
        "two.yml:2: duplicate system 'web' (first at one.yml:2)"
    ]


def test_same_collection_twice(tmp_path: Path) -> None:
    told = mistakes_in(tmp_path, app=f"{APP.strip()}\n  - name: person\n    fields: []\n")
    assert told == ["app.yml:9: duplicate collection 'person' (first on line 4)"]


def test_dataset_after_one_that_does_not_exist(tmp_path: Path) -> None:
    text = APP.replace("- fides_key: app", "- fides_key: app\n  fides_meta: {after: [crm]}")
    assert mistakes_in(tmp_path, app=text) == ["app.yml:2: 'after' names the dataset 'crm', which does not exist"]


def test_reference_to_a_secret_field(tmp_path: Path) -> None:
    told = mistakes_in(
        tmp_path,
        app=f"""{APP.strip()}
    - name: vault
      meta: {{secret: true}}
      fields: [{{name: token}}]
  - name: session
    fields:
    - {{name: token, fides_meta: {{references: [{{dataset: app, field: person.vault.token}}]}}}}
""",
    )
    assert told == [
        "app.yml:14: 'app:person.vault.token' is secret and is never read: it can be no target of a reference"
    ]


LONELY = "\n  - name: lonely\n    fields: [{name: id}]\n"
UNREACHABLE = (
    "app.yml:9: no identity can ever reach collection 'lonely': declare an identity, a reference or a direction, "
    "or skip_processing"
)


def test_collection_that_no_identity_can_reach(tmp_path: Path) -> None:
    assert mistakes_in(tmp_path, app=APP.strip() + LONELY) == [UNREACHABLE]


def test_skipped_collection_may_be_unreachable(tmp_path: Path) -> None:
    data_map = load(write(tmp_path, app=f"{APP.strip()}{LONELY}    fides_meta: {{skip_processing: true}}\n"))
    assert data_map.collection(("app", "lonely")).skip_processing


def test_nothing_is_reached_through_a_skipped_collection(tmp_path: Path) -> None:
    text = f"""{APP.strip()}
    fides_meta: {{skip_processing: true}}
  - name: order
    fields:
    - {{name: who, fides_meta: {{references: [{{dataset: app, field: person.id, direction: from}}]}}}}
"""
    assert [line.split(":")[1] for line in mistakes_in(tmp_path, app=text)] == ["10"]


def test_all_problems_are_told_at_once_in_order(tmp_path: Path) -> None:
    told = mistakes_in(
        tmp_path,
        app=f"{APP.strip()}\n    - {{name: x, data_categories: [usr]}}{LONELY}",
        b=SYSTEM.replace("essential.service", "essential.servce"),
        a="dataset: [",
    )
    assert [line.split(": ")[0] for line in told] == ["a.yml:2", "app.yml:9", "b.yml:5"]


def test_reachability_is_told_beside_mistakes_that_cannot_have_caused_it(tmp_path: Path) -> None:
    told = mistakes_in(tmp_path, app=f"{APP.strip()}\n    - {{name: x, data_categories: [usr]}}{LONELY}")
    assert [line.split(":")[1] for line in told] == ["9", "10"]


def test_misspelt_identity_is_told_without_its_echo(tmp_path: Path) -> None:
    told = mistakes_in(tmp_path, app=APP.replace("identity", "identiy"))
    assert told == ["app.yml:7: unknown key 'identiy' in 'fides_meta' of a field; did you mean 'identity'?"]


def test_reference_is_not_called_wrong_when_its_target_could_not_be_read(tmp_path: Path) -> None:
    order = """
dataset:
- fides_key: shop
  collections:
  - name: order
    fields:
    - {name: who, fides_meta: {references: [{dataset: app, field: person.id, direction: from}]}}
"""
    assert [line.split(":")[0] for line in mistakes_in(tmp_path, app=f"{APP}  bad", shop=order)] == ["app.yml"]
