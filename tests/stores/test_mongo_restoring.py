"""Documents put back, by PyMongo over the wire on the stand-in: the contract, and what is particular to documents."""

from __future__ import annotations

import copy
from typing import Any

import bson
import pytest
from bson.decimal128 import Decimal128
from bson.int64 import Int64

from dsar.stores.base import ForbiddenError
from dsar.stores.restorable import PutBack
from tests.stores.changing_contract import Erasable
from tests.stores.maps import MEMBERS, PEOPLE
from tests.stores.mongo_server import Deployment
from tests.stores.restoring_contract import *  # noqa: F403
from tests.stores.restoring_contract import delete, put_back
from tests.stores.test_mongo import documents, shop
from tests.stores.test_mongo_changing import Opening, either, opening  # noqa: F401


@pytest.fixture
def erasable(either: Deployment, opening: Opening) -> Erasable:  # noqa: F811
    either.collections = {"users": documents(copy.deepcopy(PEOPLE)), "members": documents(copy.deepcopy(MEMBERS))}
    either.collections["users"][0] |= {"money": Decimal128("1.50"), "long": Int64(1), "more": {"deep": [None, 1.0]}}
    return Erasable(opening(*shop().collections), shop(), lambda: held(either))


def held(deployment: Deployment) -> Any:
    """Return every document as BSON; where it stands among the others is nobody's."""
    return {name: sorted(map(bson.encode, found)) for name, found in deployment.collections.items()}


def test_a_document_that_others_made_since_is_left(erasable: Erasable, either: Deployment) -> None:  # noqa: F811
    (person,) = [document for document in either.collections["users"] if document["person_id"] == 0]
    taken = delete(erasable, 0, 1)
    either.collections["users"].append({"_id": person["_id"], "person_id": 0, "nickname": "new"})
    assert put_back(erasable, taken) == PutBack(written=1, left=1)
    assert [row["nickname"] for row in erasable.people(0)] == ["new"]


def test_what_the_server_forbids_leaves_it_as_it_is(erasable: Erasable, either: Deployment) -> None:  # noqa: F811
    taken = delete(erasable, 0)
    gone = held(either)
    either.rules = lambda document: 11000 if document["person_id"] == 0 else None
    with pytest.raises(ForbiddenError, match="shop: users: a unique index forbids it"):
        put_back(erasable, taken)
    assert held(either) == gone
