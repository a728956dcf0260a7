"""The stages of a plan, and what it tells of collections that are not reached."""

from __future__ import annotations

import pytest

from dsar.datamap.graph import build_graph
from dsar.datamap.model import DataMap
from dsar.datamap.plan import Plan, make_plan
from dsar.wording import speaking, told
from tests.datamap.sketch import sketch


def plan(data_map: DataMap, *kinds: str) -> Plan:
    return make_plan(data_map, build_graph(data_map), frozenset(kinds))


def stages(data_map: DataMap, *kinds: str) -> list[list[str]]:
    return [sorted(stage) for stage in plan(data_map, *kinds).stages]


PLATFORM = sketch(
    "app/person: id* email=email",
    "app/session: who<app/person.id",
    "mail/contact: email=email",
    "usage/call: user<app/person.id trace",
    "logs/line: trace<usage/call.trace",
    "billing/customer: phone=phone",
)


def test_datasets_are_visited_as_their_keys_become_known() -> None:
    assert stages(PLATFORM, "email") == [["app", "mail"], ["usage"], ["logs"]]
    assert stages(PLATFORM, "phone") == [["billing"]]
    assert stages(PLATFORM) == []


def test_unreached_collections_are_told_with_a_reason() -> None:
    assert plan(PLATFORM, "email").unreached == {
        ("billing", "customer"): "None of the proven identities (email) leads here; it is found by phone."
    }
    assert plan(PLATFORM).unreached["app", "session"] == (
        "None of the proven identities (none) leads here; it is found by email."
    )


@pytest.mark.parametrize(
    ("language", "proven", "nothing"),
    [
        ("en", "(device_id, email) leads here; it is found by phone or user_id.", "(none)"),
        ("de", "(Geräte-ID und E-Mail) führt hierher; gefunden wird es über Telefon oder Benutzerkennung.", "(keine)"),
        ("fr", "(identifiant d’appareil et e-mail) ne mène ici", "(aucune)"),
        ("it", "(ID del dispositivo e email) conduce qui; si trova tramite telefono o numero.", "(nessuna)"),
    ],
)
def test_the_reason_is_told_in_the_words_of_a_language(language: str, proven: str, nothing: str) -> None:
    data_map = sketch("person: email=email", "device: device=device_id", "bill: phone=phone user=user_id")
    with speaking(language, {"User ID": "Numero"} if language == "it" else {}):
        assert proven in told(plan(data_map, "email", "device_id").unreached["app", "bill"])
        assert nothing in told(plan(data_map).unreached["app", "bill"])


def test_skipped_collections_are_told_so() -> None:
    data_map = sketch("person: email=email", "audit: id*", skip=("audit",))
    assert plan(data_map, "email").unreached == {
        ("app", "audit"): "The data map says to leave it out (skip_processing)."
    }


def test_dataset_that_is_visited_again_stands_at_its_first_stage() -> None:
    data_map = sketch(
        "a/person: id* email=email",
        "b/device: id* who<a/person.id",
        "a/log: id* device<b/device.id",
        "c/trace: log<a/log.id",
    )
    assert stages(data_map, "email") == [["a"], ["b"], ["c"]]


def test_cycle_between_datasets() -> None:
    data_map = sketch("a/x: id* email=email y<b/y.id", "b/y: id* x<a/x.id")
    assert stages(data_map, "email") == [["a"], ["b"]]


def test_after_orders_datasets_that_could_go_together() -> None:
    lines = ("a/x: email=email", "b/y: email=email", "c/z: email=email")
    assert stages(sketch(*lines, after={"a": ("b",), "b": ("c",)}), "email") == [["c"], ["b"], ["a"]]


def test_after_something_that_is_not_visited_holds_nothing_back() -> None:
    data_map = sketch("a/x: email=email", "b/y: phone=phone", after={"a": ("b",)})
    assert stages(data_map, "email") == [["a"]]


def test_after_in_a_circle_holds_nothing_back() -> None:
    data_map = sketch("a/x: email=email", "b/y: email=email", after={"a": ("b",), "b": ("a",)})
    assert stages(data_map, "email") == [["a", "b"]]


def test_after_what_only_it_can_reach_holds_nothing_back() -> None:
    data_map = sketch("a/x: id* email=email", "b/y: x<a/x.id", after={"a": ("b",)})
    assert stages(data_map, "email") == [["a"], ["b"]]


def test_identity_sources_bring_kinds() -> None:
    data_map = sketch("app/person: email=email number<=user_id", "usage/call: user=user_id", "other/x: phone=phone")
    found = plan(data_map, "email")
    assert found.kinds == {"email"}
    assert found.foreseen == {"email", "user_id"}
    assert found.stages == (frozenset({"app", "usage"}),)
    assert set(found.unreached) == {("other", "x")}


def test_fingerprint_changes_with_the_map_and_the_kinds() -> None:
    other = DataMap(PLATFORM.datasets, PLATFORM.systems, "1" * 64)
    found = [plan(PLATFORM, "email"), plan(PLATFORM, "email", "phone"), plan(PLATFORM), plan(other, "email")]
    assert len({item.fingerprint for item in found}) == 4
    assert plan(PLATFORM, "email").fingerprint == found[0].fingerprint
