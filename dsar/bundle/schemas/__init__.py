"""JSON Schemas of a bundle's two documents, and the check against them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import orjson
from jsonschema import Draft202012Validator

_MOST = 20


def problems(name: str, content: bytes) -> list[str]:
    """Return what is wrong with a document ("manifest" or "datapackage"): places and rules, no values."""
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        return [f"{name}.json is not JSON"]
    # The library's messages quote the value, which may be a person's.
    found = (
        f"{name}.json: {error.json_path} breaks the rule {error.validator!r}"
        for error in _schema(name).iter_errors(document)
    )
    return [problem for problem, _ in zip(found, range(_MOST), strict=False)]


@cache
def _schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(orjson.loads((Path(__file__).parent / f"{name}.json").read_bytes()))
