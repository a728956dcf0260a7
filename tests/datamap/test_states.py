"""What is written while an account is hidden or processing stopped: read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsar.datamap.load import load
from dsar.datamap.problems import DataMapError
from dsar.datamap.states import State, StateKind
from tests.datamap.maps import load_text, write

MAP = """
dataset:
- fides_key: app
  collections:
  - name: people
    meta:
      only: {{kind: person}}
      retention: {{kind: processed, time_field: at, days: 30}}
      erasure: {{action: delete, by: [owner], since: since}}
      {states}
    fields:
    - {{name: id, fides_meta: {{{key}data_type: integer}}}}
    - {{name: email, fides_meta: {{identity: email, data_type: string}}}}
    - {{name: status, fides_meta: {{data_type: string, length: 9}}}}
    - {{name: use, fides_meta: {{data_type: string, length: 9}}}}
    - {{name: visible, fides_meta: {{data_type: boolean}}}}
    - {{name: tags, fides_meta: {{data_type: "string[]"}}}}
    - {{name: kind, fides_meta: {{data_type: string}}}}
    - {{name: at, fides_meta: {{data_type: string}}}}
    - {{name: owner, fides_meta: {{data_type: string}}}}
    - {{name: since, fides_meta: {{data_type: string}}}}
    - {{name: plain}}
    - {{name: more, fields: [{{name: inside}}]}}
    - name: boss
      fides_meta: {{data_type: integer, references: [{{dataset: app, field: people.id, direction: from}}]}}
    - {{name: password, meta: {{secret: true}}}}
"""
KEY = "primary_key: true, "


def told(folder: Path, states: str, *, key: str = KEY) -> str:
    """Return what is wrong with them, and a map that is right is none of these tests'."""
    with pytest.raises(DataMapError) as error:
        load(write(folder, app=MAP.format(states=states, key=key)))
    return str(error.value)


def test_what_is_written(tmp_path: Path) -> None:
    states = """suspend: {fields: {status: suspended, visible: false}}
      restrict: {fields: {use: held}, purposes: [research, training]}"""
    people = load_text(tmp_path, MAP.format(states=states, key=KEY)).collection(("app", "people"))
    assert people.state(StateKind.SUSPEND) == State({"status": "suspended", "visible": False})
    assert people.state(StateKind.RESTRICT) == State({"use": "held"}, ("research", "training"))


@pytest.mark.parametrize(
    ("purposes", "asked", "expected"),
    [
        ((), frozenset({"tips"}), True),
        (("tips",), frozenset({"tips"}), True),
        (("tips",), frozenset({"research"}), False),
        (("tips",), frozenset(), False),
        (("tips",), None, True),
    ],
)
def test_processing_is_stopped_for_purposes(
    purposes: tuple[str, ...], asked: frozenset[str] | None, expected: bool
) -> None:
    assert State({"status": "held"}, purposes).holds_for(asked) is expected


def test_where_nothing_is_said_it_is_not_possible(tmp_path: Path) -> None:
    people = load_text(tmp_path, MAP.format(states="topic: People", key=KEY)).collection(("app", "people"))
    assert [people.state(kind) for kind in StateKind] == [None, None]


@pytest.mark.parametrize("kind", StateKind)
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("{}", "'{kind}' needs 'fields'"),
        ("{fields: {}}", "'fields' of '{kind}' names no field"),
        ("{fields: [status]}", "'fields' of '{kind}' must be a mapping, not a list"),
        ("{fields: {statu: gone}}", "'{kind}' writes the undeclared field 'statu'; did you mean 'status'?"),
        ("{fields: {visible: no-one}}", "'visible' is boolean, and 'no-one' is not"),
        ("{fields: {visible: 0}}", "'visible' is boolean, and 0 is not"),
        ("{fields: {visible: null}}", "'{kind}' needs a 'value' for 'visible'"),
        ("{fields: {status: [a]}}", "'{kind}' needs a 'value' for 'status'"),
        ("{fields: {status: suspended-for-now}}", "'status' holds 9 characters, and 'suspended-for-now' has 17"),
        ("{fields: {id: 1}}", "'id' is a key: '{kind}' writes no key"),
        ("{fields: {boss: 1}}", "'boss' names another row: '{kind}' cannot write it"),
        ("{fields: {email: a}}", "'email' names a person: '{kind}' cannot write it"),
        ("{fields: {password: a}}", "'password' is secret and is never read: '{kind}' cannot put it back"),
        ("{fields: {tags: a}}", "'tags' holds no single value: '{kind}' cannot write it"),
        ("{fields: {more: a}}", "'more' holds no single value: '{kind}' cannot write it"),
        ("{fields: {more.inside: a}}", "'more.inside' is inside an object: '{kind}' writes whole fields only"),
        ("{fields: {plain: a}}", "'{kind}' writes 'plain', whose 'data_type' is not declared"),
        ("{fields: {kind: a}}", "'only' tells by 'kind' what becomes of a row: '{kind}' cannot write it"),
        ("{fields: {owner: a}}", "'by' of an erasure tells by 'owner' what becomes of a row"),
        ("{fields: {since: a}}", "'since' of an erasure tells by 'since' what becomes of a row"),
        ("{fields: {at: a}}", "'retention' tells by 'at' what becomes of a row"),
        ("{field: {status: gone}}", "unknown key 'field' in '{kind}'; did you mean 'fields'?"),
    ],
)
def test_what_cannot_be_written_is_told(tmp_path: Path, kind: StateKind, said: str, expected: str) -> None:
    found = told(tmp_path, f"{kind}: {said}")
    assert expected.replace("{kind}", kind) in found
    assert "app.yml:" in found


def test_a_state_is_no_mask(tmp_path: Path) -> None:
    """Whoever looks could not tell a hidden row from one that was erased."""
    rule = "action: delete, by: [owner], since: since"
    masked = "action: mask, by: [owner], fields: {{status: {{strategy: fixed, value: gone}}}}"
    text = MAP.replace(rule, masked).format(states="suspend: {fields: {status: gone}}", key=KEY)
    with pytest.raises(DataMapError, match="an erasure masks 'status' with the same value"):
        load_text(tmp_path, text)


def test_only_a_restriction_is_for_purposes(tmp_path: Path) -> None:
    said = "{fields: {status: held}, purposes: [trainig]}"
    found = told(tmp_path, f"suspend: {said}\n      restrict: {said}")
    assert "unknown key 'purposes' in 'suspend'" in found
    assert "unknown purpose 'trainig'; did you mean 'training'?" in found


def test_two_states_are_not_held_in_one_field(tmp_path: Path) -> None:
    found = told(
        tmp_path, "suspend: {fields: {status: gone}}\n      restrict: {fields: {visible: false, status: held}}"
    )
    assert "'status' holds 'suspend': 'restrict' cannot write it, too" in found
    assert "'visible' holds" not in found


def test_no_purpose_is_not_every_purpose(tmp_path: Path) -> None:
    found = told(tmp_path, "restrict: {fields: {status: held}, purposes: []}")
    assert "'purposes' of 'restrict' names no purpose: leave it out, and it is for all" in found


def test_a_row_needs_a_key(tmp_path: Path) -> None:
    found = told(tmp_path, "suspend: {fields: {status: gone}}", key="")
    assert "'suspend' can be written only where a primary key names its row" in found


def test_nothing_refers_to_a_state(tmp_path: Path) -> None:
    text = MAP.replace("people.id", "people.visible").format(states="restrict: {fields: {visible: false}}", key=KEY)
    with pytest.raises(DataMapError, match=r"'app:people\.visible' holds a state: it can be no target of a reference"):
        load_text(tmp_path, text)


@pytest.mark.parametrize("kind", StateKind)
def test_a_field_that_holds_a_choice_holds_no_state(tmp_path: Path, kind: StateKind) -> None:
    states = f"""choices: {{tips: {{field: visible, given: true, refused: false}}}}
      {kind}: {{fields: {{status: held, visible: false}}}}"""
    assert f"'visible' holds a choice: '{kind}' cannot write it, too" in told(tmp_path, states)
