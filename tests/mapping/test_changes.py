"""manage.py datamap accept and diff: a map is accepted, changed, and told apart, change by change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from dsar.datamap.load import load
from dsar.mapping.changes.description import describe
from dsar.mapping.changes.document import from_document, to_document

ROOT = Path(__file__).resolve().parents[2]
MAP = """
dataset:
- fides_key: app
  collections:
  - name: people
    meta: {retention: {kind: account}}
    fields:
    - {name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
    - {name: phone, data_categories: [user.contact.phone_number], fides_meta: {identity: phone_number}}
  - name: orders
    meta: {retention: {kind: processed, time_field: at, days: 30}, erasure: {action: delete}}
    fields:
    - {name: number, fides_meta: {primary_key: true}}
    - {name: person_id, fides_meta: {references: [{dataset: app, field: people.id, direction: from}]}}
    - {name: at, data_categories: [user.behavior]}
- fides_key: log
  collections:
  - name: logins
    fields:
    - {name: person_id, fides_meta: {references: [{dataset: app, field: people.id, direction: from}]}}
    - {name: ip, data_categories: [user.device.ip_address]}
"""
ORDERS_REFERENCE = "references: [{dataset: app, field: people.id, direction: from}]}}\n    - {name: at"


class Place:
    """A folder with a map that was accepted; `diff` returns the exit status and the document told."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.map, self.accepted, self._capsys = folder / "map", folder / "accepted.json", capsys
        self.map.mkdir()
        self.write(MAP)

    def write(self, text: str) -> None:
        (self.map / "app.yml").write_text(text)

    def run(self, verb: str, *more: str) -> tuple[int, str]:
        try:
            call_command("datamap", verb, "--datamap", str(self.map), *more)
        except SystemExit as stop:
            return int(str(stop.code)), self._capsys.readouterr().out
        return 0, self._capsys.readouterr().out

    def accept(self) -> None:
        assert self.run("accept", "--out", str(self.accepted))[0] == 0

    def diff(self, before: str, after: str) -> dict[tuple[str, str, str], dict[str, Any]]:
        """Accept the map, replace some of its text and return the changes by (name, kind, fact)."""
        self.accept()
        assert before in MAP
        self.write(MAP.replace(before, after))
        status, told = self.run("diff", "--accepted", str(self.accepted), "--format", "json")
        document = json.loads(told)
        assert status == document["status"] == (1 if document["changes"] else 0)
        return {(item["name"], item["kind"], item["fact"]): item for item in document["changes"]}


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Place:
    return Place(tmp_path, capsys)


def test_a_map_that_is_only_written_otherwise_has_not_changed(place: Place) -> None:
    assert place.diff("\n- fides_key: log\n", "\n# the log\n\n- fides_key: log\n") == {}


@pytest.mark.parametrize(
    ("before", "after", "key", "says"),
    [
        (
            "fields:\n    - {name: number",
            "fides_meta: {skip_processing: true}\n    fields:\n    - {name: number",
            ("app:orders", "changed", "reached_by"),
            "Newly unreachable: its rows are in no bundle, and no erasure finds them.",
        ),
        (
            "fields:\n    - {name: number",
            "fides_meta: {skip_processing: true}\n    fields:\n    - {name: number",
            ("user.behavior", "removed", ""),
            "No longer collected anywhere.",
        ),
        (
            "fides_meta: {identity: phone_number}",
            "fides_meta: {}",
            ("app:people.phone", "changed", "identity"),
            "A search by phone_number no longer starts here.",
        ),
        (
            "fides_meta: {identity: phone_number}",
            "fides_meta: {}",
            ("log:logins", "changed", "reached_by"),
            "Somebody who proves only phone_number is not found here any more.",
        ),
        (
            "data_categories: [user.behavior]",
            "data_categories: [user.content]",
            ("user.behavior", "removed", ""),
            "No longer collected anywhere.",
        ),
        (
            "data_categories: [user.behavior]",
            "data_categories: [user.content]",
            ("app:orders.at", "changed", "data_categories"),
            "",
        ),
        (
            "ip_address]",
            "ip_address], meta: {secret: true}",
            ("user.device.ip_address", "removed", ""),
            "No longer collected anywhere.",
        ),
        (
            "ip_address]",
            "ip_address], meta: {secret: true}",
            ("log:logins.ip", "changed", "secret"),
            "It is in no bundle any more.",
        ),
        ("days: 30", "days: 60", ("app:orders", "changed", "retention"), "Rows stay longer: 60 days instead of 30."),
        (
            "action: delete",
            "action: keep, why: Tax law.",
            ("app:orders", "changed", "erasure"),
            "An erasure does something else here.",
        ),
        (
            "    - {name: number, fides_meta: {primary_key: true}}\n",
            "    - {name: number}\n",
            ("app:orders.number", "changed", "primary_key"),
            "Rows are told apart by other values.",
        ),
        (
            ORDERS_REFERENCE,
            ORDERS_REFERENCE.replace(", direction: from", ""),
            ("app:orders.person_id", "changed", "references"),
            "Values lead to other rows, or come from others.",
        ),
        ("  - name: orders\n", "  - name: purchases\n", ("app:purchases", "moved", ""), ""),
        (
            "    - {name: ip, data_categories: [user.device.ip_address]}",
            "    - {name: at}",
            ("log:logins.ip", "removed", ""),
            "It is in no bundle any more.",
        ),
        (
            "    - {name: ip, ",
            "    - {name: at}\n    - {name: ip, ",
            ("log:logins.at", "added", ""),
            "It is read and delivered from now on.",
        ),
        (
            "  - name: orders\n",
            "  - name: orders\n    fides_meta: {erase_after: [log.logins]}\n",
            ("app:orders", "changed", "erase_after"),
            "An erasure comes to it at another turn.",
        ),
    ],
)
def test_a_change_is_told_with_what_it_means(
    place: Place, before: str, after: str, key: tuple[str, str, str], says: str
) -> None:
    changes = place.diff(before, after)
    assert key in changes, list(changes)
    assert changes[key]["meaning"] == says


def test_collections_that_come_and_go(place: Place) -> None:
    log = MAP[MAP.index("- fides_key: log") :]
    gone = place.diff(log, "")
    assert gone[("log:logins", "removed", "")]["meaning"].startswith("No longer reached")
    assert ("log", "removed", "") in gone
    place.accept()
    place.write(MAP)
    status, told = place.run("diff", "--accepted", str(place.accepted))
    assert status == 1
    assert "collection log:logins: added\n    Newly reached, by email and phone_number" in told


def test_the_text_tells_both_states_alike(place: Place) -> None:
    place.accept()
    place.write(MAP.replace("days: 30", "days: 60"))
    _status, told = place.run("diff", "--accepted", str(place.accepted))
    lines = told.splitlines()
    assert lines[0].endswith(
        "retention days: 30, kind: processed, time_field: at -> days: 60, kind: processed, time_field: at"
    )
    assert lines[1:] == ["    Rows stay longer: 60 days instead of 30.", "changes: 1, that matter to a person: 1"]


def test_a_field_that_moves_into_an_object_is_one_move(place: Place) -> None:
    nested = "{name: at, fields: [{name: ip, data_categories: [user.device.ip_address]}]}"
    changes = place.diff("{name: ip, data_categories: [user.device.ip_address]}", nested)
    assert changes[("log:logins.at.ip", "moved", "")]["before"] == "log:logins.ip"
    assert ("log:logins.ip", "removed", "") not in changes


def test_two_that_look_alike_are_no_move(place: Place) -> None:
    logins = MAP[MAP.index("  - name: logins") :]
    changes = place.diff(logins, logins.replace("logins", "first") + logins.replace("logins", "second"))
    assert {kind for _name, kind, fact in changes if not fact} == {"removed", "added"}


@pytest.mark.parametrize("text", ["{}", "[]", "no json", '{"format": "accepted data map, 1", "datasets": 1}'])
def test_what_is_no_accepted_map_is_bad_input(place: Place, text: str) -> None:
    place.accepted.write_text(text)
    assert place.run("diff", "--accepted", str(place.accepted))[0] == 2


def test_bad_input_keeps_what_was_accepted(place: Place) -> None:
    place.accept()
    kept = place.accepted.read_bytes()
    place.write("dataset: [{fides_key: app, colections: []}]")
    assert place.run("accept", "--out", str(place.accepted))[0] == 2
    assert place.run("diff", "--accepted", str(place.accepted))[0] == 2
    assert place.run("diff")[0] == place.run("accept")[0] == 2
    assert place.accepted.read_bytes() == kept


def test_a_real_map_comes_back_from_json_as_it_was() -> None:
    described = describe(load(ROOT / "examples" / "macrosora" / "datamap"))
    assert from_document(json.loads(json.dumps(to_document(described)))) == described
