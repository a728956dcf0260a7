"""The graph against a brute-force oracle: every path written out, on small random maps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.datamap.graph import Shape, build_graph
from dsar.datamap.plan import make_plan
from tests.datamap.sketch import sketch

SIZE = 5


@dataclass(frozen=True)
class Link:
    """A reference between two collections: from key to foreign key (`fanout`), back, or undecided (None)."""

    number: int
    key: int
    foreign: int
    fanout: bool | None
    declared_on_key: bool

    def word(self) -> tuple[int, str]:
        """Return the collection that declares it, and the words of the sketch."""
        if self.declared_on_key:
            way = {True: ">", False: "<", None: "~"}[self.fanout]
            return self.key, f"id{way}c{self.foreign}.f{self.number}"
        way = {True: "<", False: ">", None: "~"}[self.fanout]
        return self.foreign, f"f{self.number}{way}c{self.key}.id"


@dataclass(frozen=True)
class World:
    links: tuple[Link, ...]
    emails: frozenset[int]
    phones: frozenset[int]

    def lines(self) -> list[str]:
        words: list[list[str]] = [["id*"] for _ in range(SIZE)]
        for link in self.links:
            owner, word = link.word()
            words[owner].append(word)
            if link.declared_on_key:
                words[link.foreign].append(f"f{link.number}")
        for number in range(SIZE):
            words[number] += ["e=email"] * (number in self.emails) + ["p=phone"] * (number in self.phones)
        return [f"c{number}: {' '.join(listed)}" for number, listed in enumerate(words)]


collections = st.integers(0, SIZE - 1)
links = st.builds(
    Link,
    number=st.just(0),
    key=collections,
    foreign=collections,
    fanout=st.sampled_from([True, False, None, None]),
    declared_on_key=st.booleans(),
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    found = draw(st.lists(links, max_size=7))
    numbered = tuple(
        Link(number, link.key, link.foreign, link.fanout, link.declared_on_key) for number, link in enumerate(found)
    )
    return World(
        numbered, draw(st.frozensets(collections, min_size=1, max_size=2)), draw(st.frozensets(collections, max_size=1))
    )


def pure_paths(world: World, at: int, seen: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Yield every way from a collection along fan-outs that visits none twice."""
    yield (*seen, at)
    for link in world.links:
        if link.key == at and link.fanout is not False and link.foreign not in (*seen, at):
            yield from pure_paths(world, link.foreign, (*seen, at))


def decided(world: World) -> list[tuple[Link, bool]]:
    """Return each link with whether it fans out, deciding the undecided by all paths written out."""
    paths = [path for start in world.emails | world.phones for path in pure_paths(world, start)]
    lengths = {end: [len(path) for path in paths if path[-1] == end] for end in range(SIZE)}

    def fans_out(link: Link) -> bool:
        far = min(lengths[link.foreign], default=99)
        return bool(lengths[link.key]) and min(lengths[link.key]) < far

    return [(link, fans_out(link) if link.fanout is None else link.fanout) for link in world.links]


def walks(
    edges: list[tuple[Link, bool]], path: tuple[int, ...], looked_up: bool, used: frozenset[int]
) -> Iterator[int]:
    """Yield where every walk ends that uses no link twice; going round once more changes nothing."""
    yield path[-1]
    for number, (link, fanout) in enumerate(edges):
        start, end = (link.key, link.foreign) if fanout else (link.foreign, link.key)
        forbidden = fanout and looked_up and link.fanout is None
        if start == path[-1] and number not in used and not forbidden:
            yield from walks(edges, (*path, end), looked_up or not fanout, used | {number})


def oracle(world: World, starts: frozenset[int]) -> set[int]:
    edges = decided(world)
    return {end for start in starts for end in walks(edges, (start,), False, frozenset())}


@pytest.mark.thorough
@settings(max_examples=400, deadline=None)
@given(worlds())
def test_reachable_is_what_all_paths_reach(world: World) -> None:
    graph = build_graph(sketch(*world.lines()))
    for kinds, starts in (
        ({"email"}, world.emails),
        ({"phone"}, world.phones),
        ({"email", "phone"}, world.emails | world.phones),
    ):
        assert {int(name[1:]) for _, name in graph.reachable(kinds)} == oracle(world, starts)


@settings(max_examples=200, deadline=None)
@given(worlds())
def test_each_reference_is_one_edge(world: World) -> None:
    data_map = sketch(*world.lines())
    graph = build_graph(data_map)
    edges = [edge for item in data_map.collections() for edge in graph.edges_from(item.key)]
    assert len({frozenset((edge.source, edge.target)) for edge in edges}) == len(edges) == len(world.links)
    expected = {link.number: fanout for link, fanout in decided(world)}
    for edge in edges:
        end = edge.target if edge.shape is Shape.FANOUT else edge.source
        assert expected[int(end.path[1:])] is (edge.shape is Shape.FANOUT)


@settings(max_examples=200, deadline=None)
@given(worlds())
def test_findings_are_the_undecided_fanouts_behind_a_lookup(world: World) -> None:
    edges = decided(world)
    starts = world.emails | world.phones
    behind = {end for start in starts for end in ends_behind_lookups(edges, start)}
    expected = sum(link.fanout is None and fanout and link.key in behind for link, fanout in edges)
    assert len(build_graph(sketch(*world.lines())).findings()) == expected


def ends_behind_lookups(edges: list[tuple[Link, bool]], start: int) -> Iterator[int]:
    """Yield the ends of all walks with a lookup in them."""
    yield from _ends(edges, start, False, frozenset())


def _ends(edges: list[tuple[Link, bool]], at: int, looked_up: bool, used: frozenset[tuple[int, bool]]) -> Iterator[int]:
    if looked_up:
        yield at
    for number, (link, fanout) in enumerate(edges):
        begin, end = (link.key, link.foreign) if fanout else (link.foreign, link.key)
        forbidden = fanout and looked_up and link.fanout is None
        # A link may be used once before a lookup and once after it.
        if begin == at and (number, looked_up) not in used and not forbidden:
            yield from _ends(edges, end, looked_up or not fanout, used | {(number, looked_up)})


@settings(max_examples=200, deadline=None)
@given(worlds())
def test_plan_visits_exactly_the_datasets_reached(world: World) -> None:
    lines = [line.replace("c", "d", 1).replace(":", "/x:", 1) for line in world.lines()]
    lines = [_one_dataset_each(line) for line in lines]
    data_map = sketch(*lines)
    plan = make_plan(data_map, build_graph(data_map), frozenset({"email"}))
    visited = [dataset for stage in plan.stages for dataset in stage]
    assert sorted(visited) == sorted({f"d{number}" for number in oracle(world, world.emails)})
    assert plan.stages[0] == {f"d{number}" for number in world.emails}


def _one_dataset_each(line: str) -> str:
    head, _, words = line.partition(": ")
    for number in range(SIZE):
        words = words.replace(f"c{number}.", f"d{number}/x.")
    return f"{head}: {words}"
