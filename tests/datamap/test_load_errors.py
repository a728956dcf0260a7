"""Every mistake in a data map, with the file and line it is told at. The messages are golden."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsar.datamap.load import DataMapError, load
from tests.datamap.maps import write

# Eight lines: what each case needs around it. A case goes on from line 9, indented as the last line is.
APP = """
dataset:
- fides_key: app
  collections:
  - name: person
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - {name: email, fides_meta: {identity: email}}
    - {name: at}
"""
SYSTEM = """
system:
- fides_key: web
  system_type: Service
  privacy_declarations:
  - data_use: essential.service
    data_categories: [user.contact.email]
"""

FIELDS = {
    "misspelt identity": (
        "- {name: x, fides_meta: {identiy: email}}",
        "unknown key 'identiy' in 'fides_meta' of a field; did you mean 'identity'?",
    ),
    "unknown key of a field": (
        "- {name: x, data_category: [user]}",
        "unknown key 'data_category' in a field; did you mean 'data_categories'?",
    ),
    "key at the wrong level": (
        "- {name: x, primary_key: true}",
        "unknown key 'primary_key' in a field; it belongs under 'fides_meta'",
    ),
    "our key at the wrong level": (
        "- {name: x, secret: true}",
        "unknown key 'secret' in a field; it belongs under 'meta'",
    ),
    "unknown key of meta": (
        "- {name: x, meta: {secrets: true}}",
        "unknown key 'secrets' in 'meta' of a field; did you mean 'secret'?",
    ),
    "unknown key of a reference": (
        "- {name: x, fides_meta: {references: [{dataset: app, field: person.id, dirction: to}]}}",
        "unknown key 'dirction' in a reference; did you mean 'direction'?",
    ),
    "unknown category": (
        "- {name: x, data_categories: [user.contact.emial]}",
        "unknown data category 'user.contact.emial'; did you mean 'user.contact.email'?",
    ),
    "unknown use": (
        "- {name: x, data_uses: [essential.servce]}",
        "unknown data use 'essential.servce'; did you mean 'essential.service'?",
    ),
    "unknown subject": (
        "- {name: x, data_subjects: [custmer]}",
        "unknown data subject 'custmer'; did you mean 'customer'?",
    ),
    "unknown data type": (
        "- {name: x, fides_meta: {data_type: strng}}",
        "unknown data type 'strng'; did you mean 'string'?",
    ),
    "data type with something behind": (
        "- {name: x, fides_meta: {data_type: 'string[]!'}}",
        "unknown data type 'string[]!'; did you mean 'string[]'?",
    ),
    "length of nothing": ("- {name: x, fides_meta: {length: 0}}", "'length' must be above 0, not 0"),
    "length in words": ("- {name: x, fides_meta: {length: ten}}", "'length' must be a whole number, not 'ten'"),
    "all elements of no array": (
        "- {name: x, fides_meta: {return_all_elements: true}}",
        "'return_all_elements' is for arrays: declare a 'data_type' that ends in []",
    ),
    "flag in words": (
        "- {name: x, fides_meta: {primary_key: 'yes'}}",
        "'primary_key' must be true or false, not 'yes'",
    ),
    "redact": ("- {name: x, fides_meta: {redact: nam}}", "unknown redact 'nam'; did you mean 'name'?"),
    "masking strategy": (
        "- {name: x, fides_meta: {masking_strategy_override: {strategy: null_rewrit}}}",
        "unknown masking strategy 'null_rewrit'; did you mean 'null_rewrite'?",
    ),
    "masking without strategy": (
        "- {name: x, fides_meta: {masking_strategy_override: {configuration: {a: 1}}}}",
        "'masking_strategy_override' needs 'strategy'",
    ),
    "no name": ("- {description: what}", "a field needs 'name'"),
    "name that YAML reads as true": ("- {name: on}", "'name' must be text, not 'on' (put it in quotes)"),
    "name with a dot": (
        "- {name: a.b}",
        "a field's name holds no dot ('a.b'): nest the inner one under 'fields'",
    ),
    "field that is no mapping": ("- id", "a field must be a mapping, not 'id'"),
    "duplicate field": ("- {name: at}", "duplicate field 'at' (first on line 8)"),
    "duplicate nested field": (
        "- {name: x, fields: [{name: y}, {name: y}]}",
        "duplicate field 'x.y' (first on line 9)",
    ),
    "duplicate key": ("- {name: x, name: y}", "duplicate key 'name' (first on line 9)"),
    "nested under a scalar": (
        "- {name: x, fides_meta: {data_type: string}, fields: [{name: y}]}",
        "'x' has nested fields, so it is an object, not string",
    ),
    "both metas": (
        "- {name: x, fides_meta: {length: 1}, fidesops_meta: {length: 1}}",
        "a field has both 'fides_meta' and 'fidesops_meta'; keep the first",
    ),
    "reference to no dataset": (
        "- {name: x, fides_meta: {references: [{dataset: ap, field: person.id}]}}",
        "this reference names the dataset 'ap', which does not exist; did you mean 'app'?",
    ),
    "reference to no collection": (
        "- {name: x, fides_meta: {references: [{dataset: app, field: persn.id}]}}",
        "this reference names the collection 'persn', which 'app' does not have; did you mean 'person'?",
    ),
    "reference to no field": (
        "- {name: x, fides_meta: {references: [{dataset: app, field: person.emial}]}}",
        "this reference names the field 'emial', which app:person does not have; did you mean 'email'?",
    ),
    "reference without a collection": (
        "- {name: x, fides_meta: {references: [{dataset: app, field: id}]}}",
        "'field' of a reference is written collection.field, not 'id'",
    ),
    "reference without a field": (
        "- {name: x, fides_meta: {references: [{dataset: app}]}}",
        "a reference needs 'field'",
    ),
    "unknown direction": (
        "- {name: x, fides_meta: {references: [{dataset: app, field: person.id, direction: form}]}}",
        "unknown direction 'form'; did you mean 'from'?",
    ),
    "reference to itself": (
        "- {name: x, fides_meta: {references: [{dataset: app, field: person.x, direction: to}]}}",
        "'x' refers to itself",
    ),
    "secret identity": (
        "- {name: x, fides_meta: {identity: token}, meta: {secret: true}}",
        "'x' is secret and is never read: it can be no identity",
    ),
    "secret primary key": (
        "- {name: x, fides_meta: {primary_key: true}, meta: {secret: true}}",
        "'x' is secret and is never read: it can be no primary key",
    ),
    "secret reference": (
        "- {name: x, fides_meta: {references: [{dataset: app, field: person.id}]}, meta: {secret: true}}",
        "'x' is secret and is never read: it can be no reference",
    ),
    "secret identity source": (
        "- {name: x, meta: {secret: true, identity_source: email}}",
        "'x' is secret and is never read: it can be no identity source",
    ),
    "identity inside a secret": (
        "- {name: x, meta: {secret: true}, fields: [{name: y, fides_meta: {identity: token}}]}",
        "'x.y' is secret and is never read: it can be no identity",
    ),
    "unknown origin": ("- {name: x, meta: {origin: given}}", "unknown origin 'given'"),
    "identity source of no kind": (
        "- {name: x, meta: {identity_source: emial}}",
        "no field holds the identity 'emial' that is named as identity_source; did you mean 'email'?",
    ),
}


@pytest.mark.parametrize(("text", "message"), FIELDS.values(), ids=FIELDS.keys())
def test_mistakes_in_a_field(tmp_path: Path, text: str, message: str) -> None:
    assert _told(tmp_path, app=f"{APP.strip()}\n    {text}\n") == [f"app.yml:9: {message}"]


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
    assert _told(tmp_path, app=f"{APP.strip()}\n    {text}\n") == [f"app.yml:9: {message}"]


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
    told = _told(tmp_path, app=f"{APP.strip()}\n    fides_meta:\n      {text}\n")
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
    told = _told(tmp_path, app=APP, web=f"{SYSTEM.strip()}\n{text}\n")
    assert told == [f"web.yml:7: {message}"]


def test_system_lacks_what_fideslang_demands(tmp_path: Path) -> None:
    assert _told(tmp_path, app=APP, web="system:\n- fides_key: web\n  privacy_declarations: [{name: x}]\n") == [
        "web.yml:2: a system needs 'system_type'",
        "web.yml:3: a privacy declaration needs 'data_categories'",
        "web.yml:3: a privacy declaration needs 'data_use'",
    ]


def test_system_names_a_dataset_that_does_not_exist(tmp_path: Path) -> None:
    told = _told(tmp_path, app=APP, web=f"{SYSTEM.strip()}\n    dataset_references: [apps]\n")
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
    assert str(_failure(tmp_path)).splitlines() == expected


def test_not_yaml(tmp_path: Path) -> None:
    (problem,) = _failure(write(tmp_path, app="dataset:\n- fides_key: [app\n  name: x\n")).problems
    assert (problem.location.file, problem.location.line) == ("app.yml", 3)
    assert problem.message.startswith("not YAML: ")


def test_folder_without_files(tmp_path: Path) -> None:
    assert str(_failure(tmp_path)) == f"{tmp_path}:1: no *.yml or *.yaml file is in this folder"


def test_folder_that_does_not_exist(tmp_path: Path) -> None:
    assert "no *.yml or *.yaml file" in str(_failure(tmp_path / "nowhere"))


def test_folder_without_a_dataset(tmp_path: Path) -> None:
    assert "no file in this folder declares a dataset" in str(_failure(write(tmp_path, web=SYSTEM)))


def test_hidden_files_and_others_are_not_read(tmp_path: Path) -> None:
    root = write(tmp_path, app=APP)
    (root / ".app.yml").write_text("rubbish: [")
    (root / "notes.txt").write_text("rubbish: [")
    (root / ".git").mkdir()
    (root / ".git" / "x.yml").write_text("rubbish: [")
    assert [item.key for item in load(root).datasets] == ["app"]


def test_same_dataset_in_two_files(tmp_path: Path) -> None:
    told = _told(tmp_path, app=APP, copy=APP)
    assert told == ["copy.yml:2: duplicate dataset 'app' (first at app.yml:2)"]


def test_same_system_twice(tmp_path: Path) -> None:
    assert _told(tmp_path, app=APP, one=SYSTEM, two=SYSTEM) == [
        "two.yml:2: duplicate system 'web' (first at one.yml:2)"
    ]


def test_same_collection_twice(tmp_path: Path) -> None:
    told = _told(tmp_path, app=f"{APP.strip()}\n  - name: person\n    fields: []\n")
    assert told == ["app.yml:9: duplicate collection 'person' (first on line 4)"]


def test_dataset_after_one_that_does_not_exist(tmp_path: Path) -> None:
    text = APP.replace("- fides_key: app", "- fides_key: app\n  fides_meta: {after: [crm]}")
    assert _told(tmp_path, app=text) == ["app.yml:2: 'after' names the dataset 'crm', which does not exist"]


def test_reference_to_a_secret_field(tmp_path: Path) -> None:
    told = _told(
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
    assert _told(tmp_path, app=APP.strip() + LONELY) == [UNREACHABLE]


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
    assert [line.split(":")[1] for line in _told(tmp_path, app=text)] == ["10"]


def test_all_problems_are_told_at_once_in_order(tmp_path: Path) -> None:
    told = _told(
        tmp_path,
        app=f"{APP.strip()}\n    - {{name: x, data_categories: [usr]}}{LONELY}",
        b=SYSTEM.replace("essential.service", "essential.servce"),
        a="dataset: [",
    )
    assert [line.split(": ")[0] for line in told] == ["a.yml:2", "app.yml:9", "b.yml:5"]


def test_reachability_is_told_beside_mistakes_that_cannot_have_caused_it(tmp_path: Path) -> None:
    told = _told(tmp_path, app=f"{APP.strip()}\n    - {{name: x, data_categories: [usr]}}{LONELY}")
    assert [line.split(":")[1] for line in told] == ["9", "10"]


def test_misspelt_identity_is_told_without_its_echo(tmp_path: Path) -> None:
    told = _told(tmp_path, app=APP.replace("identity", "identiy"))
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
    assert [line.split(":")[0] for line in _told(tmp_path, app=f"{APP}  bad", shop=order)] == ["app.yml"]


def _told(folder: Path, **files: str) -> list[str]:
    return str(_failure(write(folder, **files))).splitlines()


def _failure(folder: Path) -> DataMapError:
    with pytest.raises(DataMapError) as caught:
        load(folder)
    return caught.value
