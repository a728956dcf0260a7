"""Which edges a data map has, which way they run, and what they reach."""

from __future__ import annotations

from dsar.datamap.graph import Graph, Shape, build_graph
from dsar.datamap.load import load
from dsar.datamap.model import DataMap
from tests.datamap.maps import DATA
from tests.datamap.sketch import sketch


def edges(data_map: DataMap) -> dict[str, Shape]:
    """Return `from -> to` of every edge, with its shape."""
    graph = build_graph(data_map)
    return {
        f"{edge.source.collection}.{edge.source.path} -> {edge.target.collection}.{edge.target.path}": edge.shape
        for item in data_map.collections()
        for edge in graph.edges_from(item.key)
    }


def names(keys: frozenset[tuple[str, str]]) -> set[str]:
    return {name for _, name in keys}


def graph_of(*lines: str) -> Graph:
    return build_graph(sketch(*lines))


def test_directions_are_obeyed() -> None:
    assert edges(sketch("person: id* email=email address>address.id", "address: id*", "order: who<person.id")) == {
        "person.address -> address.id": Shape.LOOKUP,
        "person.id -> order.who": Shape.FANOUT,
    }


def test_direction_is_about_values_whichever_side_declares_it() -> None:
    assert edges(sketch("person: id*>order.who email=email", "order: who")) == {
        "person.id -> order.who": Shape.FANOUT,
    }
    assert edges(sketch("order: who email=email", "person: id*<order.who")) == {
        "order.who -> person.id": Shape.LOOKUP,
    }


def test_without_primary_keys_the_declaring_field_is_the_foreign_key() -> None:
    assert edges(sketch("person: id email=email", "order: who<person.id")) == {"person.id -> order.who": Shape.FANOUT}
    assert edges(sketch("order: who>person.id email=email", "person: id")) == {"order.who -> person.id": Shape.LOOKUP}


def test_part_of_a_composite_key_is_no_key_by_itself() -> None:
    # Looking a person up in memberships finds many rows: one key, many foreign keys, whoever declares it.
    assert edges(sketch("person: id*>member.person email=email", "member: person* organisation*")) == {
        "person.id -> member.person": Shape.FANOUT
    }


def test_reference_without_direction_never_runs_both_ways() -> None:
    assert edges(sketch("person: id* email=email", "order: who~person.id")) == {"person.id -> order.who": Shape.FANOUT}
    assert edges(sketch("order: email=email who~person.id", "person: id*")) == {"order.who -> person.id": Shape.LOOKUP}


def test_products_do_not_lead_to_everybodys_orders() -> None:
    data_map = sketch(
        "person: id* email=email",
        "order: id* who~person.id product~product.id",
        "product: id*",
        "review: id* product~product.id",
    )
    assert edges(data_map) == {
        "person.id -> order.who": Shape.FANOUT,
        "order.product -> product.id": Shape.LOOKUP,
        "review.product -> product.id": Shape.LOOKUP,
    }
    graph = build_graph(data_map)
    assert names(graph.reachable({"email"})) == {"person", "order", "product"}
    assert graph.findings() == ()


def test_memberships_do_not_lead_to_colleagues() -> None:
    data_map = sketch(
        "person: id* email=email",
        "membership: person*~person.id organisation*~organisation.id",
        "organisation: id*",
        "call: id* organisation~organisation.id",
    )
    assert edges(data_map) == {
        "person.id -> membership.person": Shape.FANOUT,
        "membership.organisation -> organisation.id": Shape.LOOKUP,
        "call.organisation -> organisation.id": Shape.LOOKUP,
    }
    assert names(build_graph(data_map).reachable({"email"})) == {"person", "membership", "organisation"}


def test_declared_direction_does_lead_onward() -> None:
    graph = graph_of("person: id* email=email org~org.id", "org: id*", "call: org<org.id")
    assert names(graph.reachable({"email"})) == {"person", "org", "call"}
    assert graph.findings() == ()


def test_fanout_after_a_lookup_is_a_finding() -> None:
    # A person is found by email, and as the manager of another: the manager's orders are not hers to see.
    graph = graph_of("person: id* email=email manager>person.id", "order: who~person.id")
    (finding,) = graph.findings()
    assert str(finding) == (
        "sketch.yml:1: declare a direction: 'person' can also be reached through a lookup, so following "
        "app:person.id to app:order.who might find the rows of other people"
    )
    assert names(graph.reachable({"email"})) == {"person", "order"}


def test_declared_direction_settles_the_finding() -> None:
    assert graph_of("person: id* email=email manager>person.id", "order: who<person.id").findings() == ()


def test_fanout_is_not_followed_where_only_a_lookup_led() -> None:
    # `user_id` enters at the ticket and looks the person up: from there no order is reached; `email` reaches it.
    graph = graph_of("person: id* email=email", "ticket: user=user_id who>person.id", "order: who~person.id")
    assert names(graph.reachable({"user_id"})) == {"ticket", "person"}
    assert names(graph.reachable({"email"})) == {"person", "order"}
    assert len(graph.findings()) == 1


def test_self_reference_without_direction_is_a_lookup() -> None:
    assert edges(sketch("person: id* email=email manager~person.id")) == {"person.manager -> person.id": Shape.LOOKUP}


def test_directed_cycles_and_self_references_are_accepted() -> None:
    graph = graph_of(
        "person: id* email=email manager>person.id best>order.id",
        "order: id* who<person.id",
    )
    assert names(graph.reachable({"email"})) == {"person", "order"}
    assert graph.findings() == ()


def test_same_pair_declared_on_both_sides_is_one_edge() -> None:
    # Neither is a primary key, so each side calls itself the foreign key: the first declaration counts.
    assert edges(sketch("person: no~order.who email=email", "order: who~person.no")) == {
        "person.no -> order.who": Shape.LOOKUP
    }


def test_declared_direction_beats_a_missing_one_for_the_same_pair() -> None:
    assert edges(sketch("person: id* email=email", "order: who~person.id who>person.id email=email")) == {
        "order.who -> person.id": Shape.LOOKUP
    }


def test_nearer_entry_point_decides() -> None:
    # Both hold an email: neither is nearer, so the order looks its person up and nothing fans out.
    assert edges(sketch("person: id* email=email", "order: email=email who~person.id")) == {
        "order.who -> person.id": Shape.LOOKUP
    }


def test_skipped_collections_take_no_part() -> None:
    graph = build_graph(
        sketch("person: id* email=email", "order: id* who<person.id", "item: order<order.id", skip=("order",))
    )
    assert names(graph.reachable({"email"})) == {"person"}


def test_unknown_kind_leads_nowhere() -> None:
    graph = graph_of("person: id* email=email")
    assert graph.entry_points("phone") == ()
    assert graph.reachable({"phone"}) == frozenset()


def test_what_leads_to_identity_sources() -> None:
    graph = graph_of(
        "person: id* email=email",
        "account: id* who<person.id",
        "old_email: account<account.id value<=email",
        "order: who<person.id",
        "gift: email=email order",
    )
    assert [str(item) for item in graph.identity_sources] == ["app:old_email.value"]
    assert names(graph.toward_identity_sources()) == {"person", "account", "old_email"}


def test_what_leads_to_identity_sources_keeps_to_ways_that_may_be_followed() -> None:
    # org -> member may not be followed after the lookup person -> org, so nothing there can bring an identity.
    graph = graph_of("person: id* email=email org~org.id", "org: id*", "member: org~org.id mail<=email id=user_id")
    assert names(graph.toward_identity_sources()) == {"member"}


def test_nested_fields_are_ends_of_edges() -> None:
    graph = build_graph(load(DATA / "documents"))
    assert {f"{edge.source} -> {edge.target}" for edge in graph.edges_into(("profiles", "rewards"))} == {
        "profiles:profile.contact.phone -> profiles:rewards.owner.phone",
        "profiles:rewards.owner.friend -> profiles:rewards._id",
    }


def test_what_a_lookup_led_to_stays_so_behind_a_declared_fanout() -> None:
    """Else a phone would lead by way of what its owner refers to, and on, to rows that nobody declared to be theirs."""
    graph = build_graph(sketch("a: id* p=phone c>c.id", "c: id*", "y: id* e=email c<c.id", "z: y~y.id"))
    assert graph.reachable({"email"}) == {("app", "y"), ("app", "z")}
    assert graph.reachable({"phone"}) == {("app", "a"), ("app", "c"), ("app", "y")}


def test_nothing_leads_to_a_skipped_collection() -> None:
    graph = build_graph(sketch("a: id* e=email b>b.id c>c.id", "b: id*", "c: id*", skip=("b",)))
    assert [edge.target_key for edge in graph.edges_from(("app", "a"))] == [("app", "c")]
    assert graph.edges_into(("app", "b")) == ()
    assert graph.reachable({"email"}) == {("app", "a"), ("app", "c")}


def test_between_two_primary_keys_the_one_that_is_referred_to_is_the_key() -> None:
    graph = build_graph(sketch("people: id* e=email", "profiles: id*~people.id"))
    (edge,) = graph.edges_from(("app", "people"))
    assert (edge.target_key, edge.shape) == (("app", "profiles"), Shape.FANOUT)
