"""A certificate's facts from erasures that were really carried out, in SQLite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from dsar.bundle.signing import Signer
from dsar.certificate.check import FactsError
from dsar.certificate.document import signed_document
from dsar.certificate.facts import CollectionFacts, ErasureFacts, Restoration, RestorationState, SearchState, Staying
from dsar.certificate.gathering import Reading, facts_of
from dsar.certificate.words import HOW, masks_of
from dsar.datamap.erasure import Strategy
from dsar.datamap.graph import build_graph
from dsar.datamap.model import DataMap
from dsar.fulfilment.engine import Work
from dsar.fulfilment.erasing.erase import Erased, Erasure
from dsar.fulfilment.erasing.preview import Preview
from dsar.fulfilment.scope import Scope
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from tests.certificate.cases import KEPT, NO_ROWS, NOW, REQUEST
from tests.datamap.maps import load_text
from tests.fulfilment.erasing.test_erasing import MAP, TABLES

pytestmark = pytest.mark.thorough

#: Beside the map of the erasing tests: what is not reached, and what is not processed.
MORE = """
- fides_key: phones
  name: Telephone
  collections:
  - name: calls
    meta: {title: Calls, erasure: {action: delete}}
    fields:
    - {name: id, fides_meta: {primary_key: true, data_type: integer}}
    - {name: phone, fides_meta: {identity: phone_number, data_type: string}}
  - name: lines
    fides_meta: {skip_processing: true}
    fields:
    - {name: phone, fides_meta: {identity: phone_number, data_type: string}}
"""
NONE = Restoration(RestorationState.NONE)


class Scene:
    """A shop in a file, and the erasure of Ann from it."""

    def __init__(self, folder: Path) -> None:
        self.data_map: DataMap = load_text(folder, MAP + MORE)
        url = f"sqlite:///{folder / 'shop.db'}"
        self.engine = create_engine(url)
        self.run(TABLES + "; create table calls (id bigint, phone varchar(20)); create table lines (phone int)")
        stores = {key: open_store(self.data_map.dataset(key), StoreConfig(url, {})) for key in ("shop", "phones")}
        identities = {"email": frozenset({"ann@example.org"})}
        work = Work(self.data_map, build_graph(self.data_map), identities, stores.__getitem__, Scope(self.data_map))
        self.erasure = Erasure(work)

    def run(self, statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements.split(";"):
                connection.execute(text(statement))

    def erase(self) -> tuple[Preview, Erased]:
        preview = self.erasure.preview()
        assert preview.problems == ()
        return preview, self.erasure.execute(fingerprint=preview.fingerprint)

    def facts(self, preview: Preview, erased: Erased, **more: Any) -> ErasureFacts:
        found, at = self.erasure.verify(), NOW - timedelta(minutes=1)
        return facts_of(
            **{
                "request": replace(REQUEST, plan_sha256=preview.fingerprint),
                "data_map": self.data_map,
                "preview": preview,
                "done": erased.done,
                "readings": {item.key: Reading.of(found, item.key, at=at) for item in self.data_map.datasets},
                "restoration": NONE,
                "copies": {key[0]: NO_ROWS for key in erased.done},
                "issued_at": NOW,
                **more,
            }
        )


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def by_name(facts: ErasureFacts) -> Mapping[str, CollectionFacts]:
    return {item.name: item for item in facts.collections()}


def test_what_an_erasure_did_is_told_of_every_collection(scene: Scene) -> None:
    preview, erased = scene.erase()
    facts = scene.facts(preview, erased)
    assert facts.proven
    assert facts.data_map_sha256 == scene.data_map.fingerprint
    told = by_name(facts)
    assert set(told) == {item.name for item in scene.data_map.collections()}
    deleted = {name: item.deleted for name, item in told.items() if item.deleted}
    assert deleted == {"people": 1, "orders": 2, "visits": 2, "teams": 1}
    assert told["invoices"].kept == (Staying(1, "Invoices are kept.", "Tax law section 147", "ten years"),)
    assert told["addresses"].flagged == (Staying(2, "It was only looked up: others may refer to it too."),)
    assert told["teams"].flagged == (Staying(1, "The person is named in it, but it is not theirs to erase."),)
    assert {item.verified_at for item in told.values()} == {NOW - timedelta(minutes=1), None}
    assert (told["calls"].state, told["calls"].reason) == (SearchState.UNREACHED, preview.unreached["phones", "calls"])
    assert (told["lines"].state, told["lines"].reason) == (
        SearchState.EXCLUDED,
        "The data map says not to process it.",
    )
    assert [store.title for store in facts.stores] == ["shop", "Telephone"]


def test_masked_rows_say_how_each_field_lost_its_value(scene: Scene) -> None:
    facts = scene.facts(*scene.erase())
    consents = by_name(facts)["consents"]
    assert consents.masked == 1
    assert {mask.field: mask.how for mask in consents.masks} == {
        "email": HOW[Strategy.HMAC],
        "note": HOW[Strategy.NULL],
        "place": HOW[Strategy.FIXED],
        "token": HOW[Strategy.RANDOM],
    }


def test_every_strategy_has_words_for_those_who_know_no_database() -> None:
    assert HOW.keys() == set(Strategy)
    with pytest.raises(ValueError, match="lobotomy"):
        masks_of({"fields": {"mind": "lobotomy"}})


def test_rows_that_come_back_are_told_as_left(scene: Scene) -> None:
    preview, erased = scene.erase()
    scene.run("insert into people values (7, 'ann@example.org'); insert into visits values (7, 'back'), (7, 'again')")
    facts = scene.facts(preview, erased)
    assert not facts.proven
    assert {name: item.left for name, item in by_name(facts).items() if item.left} == {"people": 1, "visits": 2}


def test_a_store_that_cannot_be_read_again_proves_nothing(scene: Scene) -> None:
    preview, erased = scene.erase()
    facts = scene.facts(preview, erased, readings={"shop": Reading(None, failure="no answer in 30 seconds")})
    assert not facts.proven
    assert facts.stores[0].problem == "no answer in 30 seconds"
    assert facts.totals()["not_read_again"] == 7
    assert not scene.facts(preview, erased, readings={}).proven


def test_a_store_that_was_left_out_tells_why_and_what_stays_in_it(scene: Scene) -> None:
    preview = scene.erasure.preview()
    facts = scene.facts(preview, Erased(), excluded={"shop": "It is wound up by a court."})
    people = by_name(facts)["people"]
    assert (people.state, people.kept) == (SearchState.EXCLUDED, (Staying(1, "It is wound up by a court."),))
    assert facts.totals()["deleted"] == 0


def test_what_was_not_done_is_not_told_as_done(scene: Scene) -> None:
    preview = scene.erasure.preview()
    facts = scene.facts(preview, Erased())
    assert (facts.totals()["deleted"], facts.totals()["masked"], facts.totals()["left"]) == (0, 0, 7)
    assert not facts.proven


def test_nobody_at_all_is_told_too(scene: Scene) -> None:
    scene.erase()
    scene.run("delete from consents where id = 1; delete from invoices where id = 1; delete from teams")
    again = scene.erasure.preview()
    facts = scene.facts(again, Erased())
    assert facts.proven
    assert facts.totals()["deleted"] == facts.totals()["masked"] == facts.totals()["kept"] == 0


def test_parts_that_contradict_each_other_are_refused(scene: Scene) -> None:
    preview, erased = scene.erase()
    with pytest.raises(ValueError, match="the data map has no collection shop:ghosts"):
        scene.facts(preview, Erased({("shop", "ghosts"): erased.done["shop", "people"]}))
    cases: list[tuple[dict[str, Any], str]] = [
        ({"excluded": {"shop": ""}}, "shop:people is excluded without a reason"),
        ({"issued_at": NOW - timedelta(minutes=2)}, "issued before it was read again"),
        ({"issued_at": NOW - timedelta(days=9)}, "issued before it was erased"),
        ({"issued_at": NOW.replace(tzinfo=None)}, "a moment has no time zone"),
        ({"request": replace(REQUEST, plan_sha256="x")}, "the fingerprint of the plan is no sha256"),
        ({"request": replace(REQUEST, erased_at=NOW)}, "read again before it was erased"),
        ({"restoration": Restoration(RestorationState.REFUSED, NOW)}, "a window for restoring has an end if"),
        ({"restoration": Restoration(RestorationState.KEPT)}, "a window for restoring has an end if"),
        ({"restoration": KEPT}, "a copy is kept on the whole if, and only if"),
        ({"copies": {}}, "shop says of a copy if, and only if, something was changed in it"),
        ({"copies": {"shop": NO_ROWS, "phones": NO_ROWS}}, "phones says of a copy"),
        ({"copies": {"shop": NONE}}, "shop has no copy and does not say why"),
        ({"copies": {"shop": replace(NO_ROWS, until=NOW)}}, "shop has a copy with another end"),
    ]
    for more, says in cases:
        with pytest.raises(FactsError, match=says):
            scene.facts(preview, erased, **more)


def test_the_facts_of_an_erasure_hold_no_value_of_the_person(scene: Scene) -> None:
    content = signed_document(scene.facts(*scene.erase()), signer=Signer.generate())
    assert b"example.org" not in content
    assert b"Ann" not in content
