"""Arrays that list several people: in JSON files and in Redis, and by properties of the cut itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from dsar.fulfilment.elements import Elements
from dsar.values import Row, Value, at_path
from tests.fulfilment.walking import Walked, load_text, walk_all
from tests.stores.maps import make_collection, make_field

ANN = {"email": frozenset({"ann@x"})}
DOCUMENTS = """
dataset:
- fides_key: docs
  collections:
  - name: threads
    meta: {retention: {kind: account}, source: {path: "threads/*.json", format: json}}
    fields:
    - {name: id, fides_meta: {data_type: integer, primary_key: true}}
    - {name: owner, fides_meta: {data_type: string, identity: email}}
    - {name: readers, fides_meta: {data_type: "string[]", identity: email}}
    - name: comments
      fides_meta: {data_type: "object[]"}
      fields:
      - {name: by, fides_meta: {data_type: string, identity: email}}
      - {name: text}
      - name: votes
        fides_meta: {data_type: "object[]"}
        fields:
        - {name: voter, fides_meta: {data_type: string, identity: email}}
    - {name: tags, fides_meta: {data_type: "string[]"}}
    - name: teams
      fides_meta: {data_type: "integer[]", references: [{dataset: docs, field: teams.id, direction: to}]}
  - name: teams
    meta: {retention: {kind: account}, source: {path: "teams/*.jsonl", format: jsonl}}
    fields:
    - {name: id, fides_meta: {data_type: integer, primary_key: true}}
    - name: members
      fides_meta: {data_type: "object[]"}
      fields:
      - {name: mail, fides_meta: {data_type: string, identity: email}}
      - name: badge
        fides_meta: {data_type: integer, references: [{dataset: docs, field: badges.id, direction: to}]}
      - {name: former, meta: {identity_source: email}}
  - name: badges
    meta: {retention: {kind: account}, source: {path: "badges/*.jsonl", format: jsonl}}
    fields:
    - {name: id, fides_meta: {data_type: integer, primary_key: true}}
    - {name: doors}
"""
BADGES = [{"id": 0, "doors": "Ann's"}, {"id": 1, "doors": "Bob's"}]
TEAM = {
    "id": 5,
    "members": [
        {"mail": "Ann@X", "badge": 0, "former": "annie@x"},
        {"mail": "bob@x", "badge": 1, "former": "bobby@x"},
    ],
}


def files(folder: Path, *threads: Row, text: str = DOCUMENTS) -> Walked:
    """Return what Ann gets of these threads, one team and two badges."""
    for name in ("threads", "teams", "badges"):
        (folder / "store" / name).mkdir(parents=True)
    for number, thread in enumerate(threads):
        (folder / "store" / "threads" / f"{number}.json").write_bytes(orjson.dumps(thread))
    (folder / "store" / "teams" / "all.jsonl").write_bytes(orjson.dumps(TEAM))
    (folder / "store" / "badges" / "all.jsonl").write_bytes(b"\n".join(map(orjson.dumps, BADGES)))
    return walk_all(load_text(folder, text), {"docs": f"file://{folder}/store"}, ANN)


def thread(**fields: Any) -> Row:
    return {"id": 1, "tags": ["a", "b"], **fields}


def test_only_the_persons_elements_are_delivered(tmp_path: Path) -> None:
    found = files(tmp_path, thread(readers=["bob@x", "ANN@x", "cleo@x"]))
    assert found.rows["threads"] == [thread(readers=["ANN@x"])], "tags are no entry point"


def test_of_objects_those_that_match_are_kept_whole_and_cut_inside(tmp_path: Path) -> None:
    mine = {"by": "ann@x", "text": "mine", "votes": [{"voter": "bob@x"}]}
    voted = {"by": "bob@x", "text": "his", "votes": [{"voter": "ann@x"}, {"voter": "cleo@x"}]}
    other = {"by": "cleo@x", "text": "hers", "votes": []}
    found = files(tmp_path, thread(comments=[mine, voted, other]))
    assert found.rows["threads"] == [thread(comments=[mine, {**voted, "votes": [{"voter": "ann@x"}]}])]


def test_an_array_through_which_nothing_was_found_stays_whole(tmp_path: Path) -> None:
    found = files(tmp_path, thread(owner="ann@x", readers=["bob@x"], comments=[]))
    assert found.rows["threads"] == [thread(owner="ann@x", readers=["bob@x"], comments=[])]


def test_all_elements_are_delivered_where_the_map_says_so(tmp_path: Path) -> None:
    text = DOCUMENTS.replace(
        'data_type: "string[]", identity', 'data_type: "string[]", return_all_elements: true, identity'
    )
    assert files(tmp_path, thread(readers=["bob@x", "ann@x"]), text=text).rows["threads"] == [
        thread(readers=["bob@x", "ann@x"])
    ]


def test_others_elements_lead_nowhere_and_prove_nothing(tmp_path: Path) -> None:
    found = files(tmp_path, thread(owner="bob@x"))
    assert found.rows["teams"] == [{**TEAM, "members": TEAM["members"][:1]}]  # type: ignore[index]
    assert found.rows["badges"] == [BADGES[0]], "badge 0 is a key like any other; Bob's is not hers"
    assert [(kind, value) for kind, value, _where in found.results[0].proven] == [("email", "annie@x")]


def test_a_row_that_lists_only_others_is_withheld(tmp_path: Path) -> None:
    found = files(tmp_path, thread(owner="ann@x", teams=[5]), thread(readers=["bob@x"]))
    assert len(found.rows["threads"]) == 1
    assert (found.withheld["threads"], found.rows["teams"]) == (0, [{**TEAM, "members": TEAM["members"][:1]}])  # type: ignore[index]


def test_identical_documents_are_kept_as_often_as_they_occur(tmp_path: Path) -> None:
    twins = [thread(readers=["ann@x", "bob@x"])] * 2
    assert files(tmp_path, *twins).rows["threads"] == [thread(readers=["ann@x"])] * 2


CACHE = """
dataset:
- fides_key: cache
  collections:
  - name: rooms
    meta: {{retention: {{kind: account}}, source: {{key: "room:{{room}}", type: {kind}}}}}
    fields:
    - {{name: room}}
    - {field}
"""
VALUES = '{name: values, fides_meta: {data_type: "string[]", identity: email}}'
MEMBERS = (
    '{name: members, fides_meta: {data_type: "object[]"}, '
    "fields: [{name: member, fides_meta: {data_type: string, identity: email}}, {name: score}]}"
)


@pytest.fixture
def cache(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(f"{redis_url}/9") as client:
        client.flushdb()
        yield client
        client.flushdb()


@pytest.mark.parametrize(
    ("kind", "field", "expected"),
    [
        ("set", VALUES, {"room": "1", "values": ["ann@x"]}),
        ("list", VALUES, {"room": "1", "values": ["ann@x", "Ann@x"]}),
        ("zset", MEMBERS, {"room": "1", "members": [{"member": "ann@x", "score": 2.0}]}),
    ],
)
def test_so_it_is_in_redis(kind: str, field: str, expected: Row, cache: Redis, redis_url: str, tmp_path: Path) -> None:
    if kind == "zset":
        cache.zadd("room:1", {"bob@x": 1, "ann@x": 2})
    else:
        add = cache.sadd if kind == "set" else cache.rpush
        add("room:1", *(["ann@x", "bob@x"] if kind == "set" else ["ann@x", "bob@x", "Ann@x"]))
    data_map = load_text(tmp_path, CACHE.format(kind=kind, field=field))
    assert walk_all(data_map, {"cache": f"{redis_url}/9"}, ANN).rows["rooms"] == [expected]


NESTED = make_collection(
    "threads",
    make_field("who"),
    make_field("items", fields=(make_field("who", under="items"), make_field("note", under="items"))),
)
ELEMENTS = Elements(NESTED, ["who", "items.who"])
names = st.sampled_from(["ann", "bob", ""])
objects = st.fixed_dictionaries({}, optional={"who": names | st.lists(names, max_size=3), "note": names})
documents = st.fixed_dictionaries(
    {}, optional={"who": names | st.lists(names, max_size=3), "items": st.lists(objects, max_size=4)}
)


def is_ann(_path: str, value: Value) -> bool:
    return isinstance(value, str) and value == "ann"


@given(documents)
def test_what_leads_on_is_the_persons_alone(row: Row) -> None:
    part = ELEMENTS.leading_on(row, own=is_ann)
    found = [value for path in ("who", "items.who") for value in at_path(part, path)]
    lists = [row["who"]] if isinstance(row.get("who"), list) else []
    lists += [item.get("who", []) for item in row.get("items", []) if isinstance(item.get("who"), list)]
    single = [row["who"]] if isinstance(row.get("who"), str) else []
    single += [item["who"] for item in row.get("items", []) if item.get("who") == "ann"]
    assert sorted(found) == sorted(single + [name for listed in lists for name in listed if name == "ann"])


@given(documents)
def test_what_is_delivered_loses_no_element_of_the_person_and_nothing_outside_of_arrays(row: Row) -> None:
    part = ELEMENTS.delivered(row, found=is_ann, own=is_ann)
    assert part.keys() == row.keys()
    for path in ("who", "items.who"):
        assert list(at_path(part, path)).count("ann") == list(at_path(row, path)).count("ann")
    items, kept = row.get("items", []), part.get("items", [])
    mine = [item for item in items if "ann" in at_path(item, "who")]
    assert [item.get("note") for item in kept] == [item.get("note") for item in mine or items]
