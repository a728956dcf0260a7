"""Small data maps, written in Python: what a manifest of the contract's data set would load to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dsar.datamap.model import Collection, Dataset, Field, Location

HERE = Location("shop.yml", 7)


def make_field(name: str, *, under: str = "", fields: tuple[Field, ...] = (), **facts: Any) -> Field:
    """Return a field; nested ones are given with `under`, the dotted path of their parent."""
    path = f"{under}.{name}" if under else name
    return Field(name=name, path=path, location=HERE, fields=fields, **facts)


def make_collection(name: str, *fields: Field, **facts: Any) -> Collection:
    return Collection(dataset="shop", name=name, location=HERE, fields=fields, **facts)


def make_dataset(*collections: Collection, **facts: Any) -> Dataset:
    return Dataset(key="shop", location=HERE, collections=collections, **facts)


PROFILE = make_field(
    "profile",
    data_type="object",
    fields=(
        make_field("city", under="profile"),
        make_field("token", under="profile", secret=True),
    ),
)
PEOPLE_FIELDS = (
    make_field("person_id", data_type="integer", primary_key=True, identity="person_id"),
    make_field("email", data_type="string", identity="email"),
    make_field("nickname", data_type="string"),
    make_field("active", data_type="boolean"),
    make_field("password", data_type="string", secret=True),
    PROFILE,
)
MEMBER_FIELDS = (
    make_field("org_id", data_type="integer"),
    make_field("person_id", data_type="integer"),
    make_field("role", data_type="string"),
)
VISIT_FIELDS = (make_field("person_id", data_type="integer"), make_field("page", data_type="string"))

PEOPLE: list[dict[str, Any]] = [
    {
        "person_id": 0,
        "email": "zero@example.org",
        "nickname": "",
        "active": False,
        "password": "canary-password-0",
        "profile": {"city": "Porto", "token": "canary-token-0", "shade": "grey"},
        "shoe_size": 38,
    },
    {
        "person_id": 1,
        "email": "Mixed.Case@Example.ORG",
        "nickname": "one",
        "active": True,
        "password": "canary-password-1",
        "profile": {"city": "Łódź", "token": "canary-token-1", "shade": "red"},
        "shoe_size": 41,
    },
    {
        "person_id": 2,
        "email": None,
        "nickname": None,
        "active": True,
        "password": "canary-password-2",
        "profile": {"city": "Ulm", "token": "canary-token-2", "shade": "blue"},
        "shoe_size": 44,
    },
    {
        "person_id": 3,
        "email": "jose\u0301@example.org",
        "nickname": "true",
        "active": False,
        "password": "canary-password-3",
        "profile": {"city": "Ulm", "token": "canary-token-3", "shade": "blue"},
        "shoe_size": 44,
    },
]
MEMBERS = [
    {"org_id": 0, "person_id": 0, "role": "owner"},
    {"org_id": 0, "person_id": 1, "role": "guest"},
    {"org_id": 7, "person_id": 0, "role": ""},
    {"org_id": 7, "person_id": 1, "role": "guest"},
]
VISITS = [
    {"person_id": 1, "page": "/a"},
    {"person_id": 1, "page": "/a"},
    {"person_id": 1, "page": "/b"},
    {"person_id": 2, "page": "/a"},
]


def delivered(person: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a store must deliver of a person: declared, and no secret."""
    kept = {name: person[name] for name in ("person_id", "email", "nickname", "active")}
    return {**kept, "profile": {"city": person["profile"]["city"]}}
