"""Join keys on disk, by collection and paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dsar.fulfilment.found import FormsAt, beyond, portions
from dsar.fulfilment.joinkey import Asked, CollectionKey, Form, Keys, Known, Paths, Reached, form_of
from dsar.fulfilment.reach import Reach
from dsar.fulfilment.shelf import Line, Shelf
from dsar.fulfilment.spelling import spell, unspell

_REACHED = {int(reach): Asked((), reach) for reach in Reach}


@dataclass(frozen=True, slots=True)
class Shelved:
    """The keys of one collection: the number of their place on the shelf, by paths."""

    shelf: Shelf
    places: Mapping[Paths, int]

    @property
    def paths(self) -> frozenset[Paths]:
        return frozenset(self.places)

    def among(self, forms: FormsAt) -> Known:
        found = {paths: self._reached(place, forms(paths)) for paths, place in self.places.items()}
        return {paths: keys for paths, keys in found.items() if keys}

    def _reached(self, place: int, forms: Iterable[Form]) -> dict[Form, Reached]:
        packed = {pack(form): form for form in forms}
        return {packed[key]: _REACHED[reach] for key, reach in self.shelf.reaches(place, list(packed)).items()}

    def unasked(self, wanted: Keys) -> Keys:
        return beyond(wanted, self.among(lambda paths: wanted.get(paths, ())))

    def portions(self, most: int, reach: Reach | None = None) -> Iterator[Keys]:
        return portions(self._items(reach), most)

    def _items(self, reach: Reach | None) -> Iterator[tuple[Paths, Form, Asked]]:
        for paths, place in self.places.items():
            for page in self.shelf.pages(place, reach):
                for line in page:
                    values = unspell(line[2])
                    yield paths, form_of(values), Asked(values, Reach(line[1]), line)

    def beyond(self, asked: Shelved) -> Iterator[tuple[Paths, list[Line]]]:
        """Yield, part by part, the keys that `asked` does not hold, or only by a weaker reach."""
        for paths, place in self.places.items():
            for page in self.shelf.pages(place):
                known = asked.reaches(paths, [form for form, _, _ in page])
                if left := [line for line in page if not (line[0] in known and known[line[0]] <= line[1])]:
                    yield paths, left

    def reaches(self, paths: Paths, forms: list[bytes]) -> Mapping[bytes, int]:
        return self.shelf.reaches(self.places[paths], forms) if paths in self.places else {}


class Shelves:
    """The keys of one set, on a shelf of their own."""

    def __init__(self) -> None:
        self._shelf = Shelf()
        self._places: dict[CollectionKey, dict[Paths, int]] = {}

    def put(self, collection: CollectionKey, paths: Paths, lines: Iterable[Line]) -> None:
        places = self._places.setdefault(collection, {})
        if paths not in places:
            places[paths] = self._shelf.new_place()
        self._shelf.put(places[paths], lines)

    def of(self, collection: CollectionKey) -> Shelved:
        return Shelved(self._shelf, self._places.get(collection, {}))

    def pop(self, collection: CollectionKey) -> Shelved:
        """Return the keys of a collection, to which nothing is added any more: what is put there later is apart."""
        return Shelved(self._shelf, self._places.pop(collection, {}))

    def collections(self) -> Iterable[CollectionKey]:
        return self._places.keys()

    def groups(self) -> Iterator[tuple[CollectionKey, Paths, Iterator[Line]]]:
        for collection, places in self._places.items():
            for paths, place in places.items():
                yield collection, paths, (line for page in self._shelf.pages(place) for line in page)


def lines(keys: Mapping[Form, Asked]) -> Iterator[Line]:
    """Yield keys as they rest on disk."""
    for form, item in keys.items():
        yield item.line or (pack(form), int(item.reach), spell(item.values))


def pack(form: Form) -> bytes:
    """Return a form as bytes: forms are equal where these are, for they are made of texts, booleans and bytes alone."""
    return repr(form).encode()
