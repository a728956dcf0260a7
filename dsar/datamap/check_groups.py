"""Checks of groups: fields of a collection that are joined together, as one tuple."""

from __future__ import annotations

from dsar.datamap.model import Collection, Direction, Field
from dsar.datamap.problems import Problems


def check_groups(collection: Collection, problems: Problems) -> None:
    """Note every group that cannot be one tuple of one other row."""
    groups: dict[str, list[Field]] = {}
    for field in collection.walk():
        if field.group is not None:
            groups.setdefault(field.group, []).append(field)
    for name, fields in groups.items():
        for field in fields:
            _check_member(name, field, problems)
        _check_whole(name, fields, problems)


def _check_member(name: str, field: Field, problems: Problems) -> None:
    directions = [reference.direction for reference in field.references]
    if directions != [Direction.FROM]:
        problems.add(field.location, f"'{field.path}' is in the group '{name}': it needs one reference, 'from' a field")
    if "." in field.path:
        # Several objects of an array would be mixed: the one's first part with the other's second.
        problems.add(field.location, f"'{field.path}' is in the group '{name}': nested fields can be in none")


def _check_whole(name: str, fields: list[Field], problems: Problems) -> None:
    sources = {(item.target.dataset, item.target.collection) for field in fields for item in field.references}
    if len(fields) == 1:
        problems.add(fields[0].location, f"the group '{name}' has one field only: take it away, or name the others")
    elif len(sources) > 1:
        problems.add(fields[0].location, f"the fields of the group '{name}' must refer to one collection")
