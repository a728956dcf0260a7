"""What left one place and turned up at another: told as moved where there is one such place only."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def moves(
    removed: Iterable[Key], added: Iterable[Key], before: Callable[[Key], object], after: Callable[[Key], object]
) -> dict[Key, Key]:
    """Return new place -> old place. `before` and `after` give what is alike of a thing that moved, None if nothing.

    Two that are alike are no pair: whoever reads of a move would take the guess for a fact.
    """
    old, new = _alone(removed, before), _alone(added, after)
    return {new[likeness]: old[likeness] for likeness in new if likeness in old}


def _alone(keys: Iterable[Key], likeness: Callable[[Key], object]) -> dict[object, Key]:
    found: dict[object, list[Key]] = {}
    for key in keys:
        if (alike := likeness(key)) is not None:
            found.setdefault(alike, []).append(key)
    return {alike: listed[0] for alike, listed in found.items() if len(listed) == 1}
