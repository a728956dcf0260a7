"""One erasure over four kinds of stores undone: a database, keys, a service and documents."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dsar.bundle.sealing import new_key
from dsar.fulfilment.erasing.erase import Erasure
from dsar.fulfilment.erasing.keeper import Together
from dsar.fulfilment.ledger.ledger import Ledger
from dsar.fulfilment.ledger.recording import Recorder
from dsar.fulfilment.restoring.keeping import not_restorable
from dsar.fulfilment.restoring.log import RestorationLog
from dsar.fulfilment.restoring.restore import Restoration, Restored
from dsar.storage import open_storage
from tests.datamap.maps import load_text
from tests.fulfilment.erasing.test_erasing_kinds import MAP, Stores, stores  # noqa: F401 - a fixture
from tests.fulfilment.ledger.test_recording import CASE, HASHES
from tests.stores.http_server import Asked, Reply, Resource

MAKING = MAP.replace(
    'delete: {method: DELETE, path: "/contacts/{id}"}',
    'delete: {method: DELETE, path: "/contacts/{id}"}\n        create: {method: POST, path: /contacts}',
)


def now() -> datetime:
    return datetime.now(UTC)


class Undoing:
    """Erases as a worker does, and undoes it."""

    def __init__(self, stores: Stores, folder: Path) -> None:  # noqa: F811
        self.stores, self.ledger = stores, Ledger(folder / "ledger.jsonl")
        self.log = RestorationLog(open_storage(f"file://{folder}/storage"), "restoration/R-1", key=new_key())

    def erase(self) -> str:
        recorder = Recorder(self.ledger, CASE, data_map=self.stores.data_map, hashes=HASHES, clock=now)
        work = Erasure(self.stores.erasure()._work, keeper=Together([self.log, recorder]))
        return work.execute(fingerprint=work.preview().fingerprint).failure

    def undo(self) -> Restored:
        work = Restoration(
            self.log, CASE, data_map=self.stores.data_map, open_store=self.stores.open_store, ledger=self.ledger
        )
        return work.execute(work.datasets(), clock=now)


def told(everything: dict[str, Any]) -> Any:
    """Return what stores hold, where the order of rows is nobody's."""
    contacts, letters = everything["mail"]
    notes = {name: sorted(found, key=str) for name, found in everything["notes"].items()}
    rows = [sorted(json.dumps(row, sort_keys=True) for row in found) for found in (contacts, letters)]
    return {**everything, "people": sorted(everything["people"]), "mail": rows, "notes": notes}


def test_everything_comes_back_that_can(stores: Stores, tmp_path: Path) -> None:  # noqa: F811
    before, work = told(stores.everything()), Undoing(stores, tmp_path)
    keys = [item.key for item in stores.data_map.collections()]
    gone = not_restorable(keys, data_map=stores.data_map, open_store=stores.open_store)
    assert gone == {("mail", "contacts")}
    assert work.erase() == ""
    done = work.undo()
    assert (done.failure, done.left.total(), done.taken.total()) == ("", 0, 0)
    after = told(stores.everything())
    assert len(after["mail"][0]) == 4, "the map does not say how a contact is made"
    after["mail"][0] = before["mail"][0]
    assert after == before
    assert work.undo().rows.total() == 0, "what is restored is not restored again"


@pytest.mark.parametrize("again", [False, True], ids=["half-way", "in two tries"])
def test_what_a_try_took_that_failed_half_way_comes_back_once(
    stores: Stores,  # noqa: F811
    tmp_path: Path,
    *,
    again: bool,
) -> None:
    (tmp_path / "made").mkdir()
    stores.data_map = load_text(tmp_path / "made", MAKING)
    before, work, answer = told(stores.everything()), Undoing(stores, tmp_path), stores.service.resources
    asked = list[Asked]()

    def failing(request: Asked, real: Resource = answer["contacts"]) -> Reply:
        if request.method == "DELETE":
            asked.append(request)
            return Reply({}, 403) if len(asked) == 3 else real(request)
        return real(request)

    answer["contacts"] = failing
    assert "4 of 6 rows of this service are changed" in work.erase()
    assert len(stores.contacts) == 6
    if again:
        assert work.erase() == ""
        assert len(stores.contacts) == 4
    done = work.undo()
    assert (done.failure, done.left.total()) == ("", 0)
    assert told(stores.everything()) == before
