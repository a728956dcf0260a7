"""An explanation as one document for machines; it holds no value of a person."""

from __future__ import annotations

from typing import Any

from dsar.datamap.graph import CollectionKey
from dsar.mapping.explaining.expected import Expected
from dsar.mapping.explaining.explanation import Explanation, Left, ToldStage, ToldVisit
from dsar.mapping.explaining.steps import Key


def document(explanation: Explanation, status: int) -> dict[str, Any]:
    """Return JSON types."""
    return {
        "status": status,
        "identities": dict(explanation.given),
        "foreseen": list(explanation.foreseen),
        "brings": [{"identity": kind, "field": field} for kind, field in explanation.brings],
        "stores": {
            key: {"kind": store.kind, "asked": store.asked, "failure": store.failure}
            for key, store in explanation.stores.items()
        },
        "identifying": [_name(key) for key in explanation.identifying],
        "stages": list(map(_stage, explanation.stages)),
        "unreached": list(map(_left, explanation.unreached)),
        "skipped": list(map(_left, explanation.skipped)),
        "not_followed": [
            {"from": list(map(str, item.sources)), "to": _name(item.target), "paths": list(item.paths)}
            for item in explanation.not_followed
        ],
    }


def _stage(stage: ToldStage) -> dict[str, Any]:
    held_back = {key: list(others) for key, others in stage.held_back.items()}
    return {"held_back": held_back, "visits": list(map(_visit, stage.visits))}


def _visit(told: ToldVisit) -> dict[str, Any]:
    visit = told.visit
    return {
        "dataset": visit.collection[0],
        "collection": visit.collection[1],
        "keys": [_key(key, expected) for key, expected in zip(visit.keys, told.expected, strict=True)],
        "queries": list(told.told.queries) if told.told else [],
        "notes": list(told.told.notes) if told.told else [],
        "delivered": list(told.delivered),
        "again": visit.again,
        "circles": visit.circles,
        "after": list(visit.waits_for),
        "problem": told.problem,
    }


def _key(key: Key, expected: Expected) -> dict[str, Any]:
    return {
        "paths": list(key.paths),
        "identity": key.kind or None,
        "from": list(map(str, key.sources)),
        "shape": str(key.shape) if key.shape else None,
        "directed": key.directed,
        "reaches": [reach.name.lower() for reach in key.reaches],
        "rows": None if expected.rows is None else round(expected.rows, 1),
        "basis": str(expected.basis),
        "at_most": expected.at_most,
        "by": expected.by,
    }


def _left(left: Left) -> dict[str, Any]:
    return {"collection": _name(left.collection), "reason": left.reason, "ways": list(left.ways)}


def _name(key: CollectionKey) -> str:
    return f"{key[0]}:{key[1]}"
