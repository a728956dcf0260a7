"""What a difference comes to for a person who asks for their data or for its deletion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dsar.mapping.changes.description import Facts

Meaning = Callable[[Any, Any], str]


def added_collection(facts: Facts) -> str:
    if facts.get("reached_by"):
        return f"Newly reached, by {_listed(facts['reached_by'])}: its rows are searched for and delivered."
    return "It is left out: nobody's rows of it are searched for."


def removed_collection(facts: Facts) -> str:
    if facts.get("reached_by"):
        return "No longer reached: its rows are in no bundle, and no erasure finds them."
    return ""


def added_field(facts: Facts) -> str:
    return "Never read: it is secret." if facts.get("secret") else "It is read and delivered from now on."


def removed_field(facts: Facts) -> str:
    return "" if facts.get("secret") else "It is in no bundle any more."


def _reached(before: Any, after: Any) -> str:
    if not after:
        return "Newly unreachable: its rows are in no bundle, and no erasure finds them."
    if not before:
        return f"Newly reached, by {_listed(after)}: its rows are searched for and delivered."
    lost, more = [kind for kind in before if kind not in after], [kind for kind in after if kind not in before]
    told = [f"Somebody who proves only {_listed(lost, 'or')} is not found here any more."] if lost else []
    told += [f"Somebody who proves only {_listed(more, 'or')} is found here, too."] if more else []
    return " ".join(told)


def _secret(_before: Any, after: Any) -> str:
    return "It is in no bundle any more." if after else "It is delivered from now on."


def _shared(_before: Any, after: Any) -> str:
    return {
        "deliver": "Rows that name somebody else, too, are delivered.",
        "withhold": "Every row that does not name this person is withheld.",
    }.get(after, "Rows that name somebody else are withheld and counted.")


def _retention(before: Any, after: Any) -> str:
    was, now = (before or {}).get("days"), (after or {}).get("days")
    if after is None:
        return "No rows of it are purged any more."
    if was and now and was != now:
        return f"Rows stay {'longer' if now > was else 'shorter'}: {now} days instead of {was}."
    return "Rows stay by another rule than the one that people were told."


def _identity(before: Any, after: Any) -> str:
    told = [f"A search by {before} no longer starts here."] if before else []
    return " ".join([*told, f"A search by {after} starts here."] if after else told)


def _identity_source(before: Any, after: Any) -> str:
    told = [f"Values here are no {before} of the person any more."] if before else []
    return " ".join([*told, f"Values here count as {after} of the person, and are searched for."] if after else told)


def _third_party(_before: Any, after: Any) -> str:
    return "It may speak of other people." if after else "It is no longer said to speak of other people."


def _correct(_before: Any, after: Any) -> str:
    return "People may have it corrected." if after else "People can no longer have it corrected."


def _elements(_before: Any, after: Any) -> str:
    return "All elements are delivered." if after else "Only the elements by which a row was found are delivered."


def _is(text: str) -> Meaning:
    return lambda _before, _after: text


_ERASURE = _is("An erasure does something else here.")
_KEY = _is("Rows are told apart by other values.")
_ROWS = _is("Other rows belong to it.")

COLLECTION: Mapping[str, Meaning] = {
    "reached_by": _reached,
    "found_through": _is("Rows are found by another way."),
    "shared": _shared,
    "retention": _retention,
    "erasure": _ERASURE,
    "masking": _ERASURE,
    "choices": _is("What people switch on and off is written elsewhere, or otherwise."),
    "erase_after": _is("An erasure comes to it at another turn."),
    "only": _ROWS,
    "source": _ROWS,
    "suspend": _is("An account is hidden in another way here."),
    "restrict": _is("Processing is stopped in another way here."),
    "origin": _is("A portability export takes other values of it."),
    "controller": _is("Somebody else decides over its rows."),
}
FIELD: Mapping[str, Meaning] = {
    "secret": _secret,
    "identity": _identity,
    "identity_source": _identity_source,
    "references": _is("Values lead to other rows, or come from others."),
    "primary_key": _KEY,
    "group": _is("It is joined together with other fields."),
    "third_party": _third_party,
    "correct": _correct,
    "origin": _is("A portability export may take it, or leave it."),
    "return_all_elements": _elements,
    "masking": _ERASURE,
    "read_only": _ERASURE,
    "data_type": _is("Values are compared as another type."),
}
PURPOSE: Mapping[str, Meaning] = dict.fromkeys(
    ("data_use", "legal_basis", "retention_period", "recipients", "third_parties", "shared_with_third_parties"),
    _is("People are told something else about why and by whom their data is used (Article 15(1))."),
)


def _listed(words: list[str], last: str = "and") -> str:
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
