"""The shop: a usual relational map, its edges and its stages."""

from __future__ import annotations

from dsar.datamap.graph import Edge, Shape, build_graph
from dsar.datamap.load import load
from dsar.datamap.plan import make_plan
from tests.datamap.maps import DATA

FANOUTS = {
    "customer.id -> payment_card.customer_id",
    "customer.id -> orders.customer_id",
    "customer.id -> login.customer_id",
    "orders.id -> order_item.order_id",
    "employee.id -> service_request.employee_id",
}
LOOKUPS = {
    "customer.address_id -> address.id",
    "employee.address_id -> address.id",
    "payment_card.billing_address_id -> address.id",
    "orders.shipping_address_id -> address.id",
    "order_item.product_id -> product.id",
}


def test_edges_of_the_shop() -> None:
    data_map = load(DATA / "shop")
    graph = build_graph(data_map)
    edges = [edge for item in data_map.collections() for edge in graph.edges_from(item.key)]
    assert {_said(edge) for edge in edges if edge.shape is Shape.FANOUT} == FANOUTS
    assert {_said(edge) for edge in edges if edge.shape is Shape.LOOKUP} == LOOKUPS
    assert sorted(edges) == sorted(edge for item in data_map.collections() for edge in graph.edges_into(item.key))
    assert graph.findings() == ()
    assert graph.kinds == {"email"}
    assert [str(point) for point in graph.entry_points("email")] == [
        "shop:customer.email",
        "shop:employee.email",
        "shop:visit.email",
        "shop:service_request.email",
        "shop:service_request.alt_email",
        "shop:report.email",
    ]


def test_plan_of_the_shop() -> None:
    data_map = load(DATA / "shop")
    plan = make_plan(data_map, build_graph(data_map), frozenset({"email"}))
    assert plan.stages == (frozenset({"shop"}),)
    assert plan.unreached == {}


def test_undeclared_columns_are_ignored_by_name() -> None:
    shop = load(DATA / "shop").dataset("shop")
    assert {item.name: item.ignore for item in shop.collections if item.ignore} == {
        "orders": ("payment_card_id",),
        "order_item": ("item_no",),
        "product": ("description",),
    }


def _said(edge: Edge) -> str:
    return f"{edge.source.collection}.{edge.source.path} -> {edge.target.collection}.{edge.target.path}"
