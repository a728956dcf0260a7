"""What a bundle does not hold, in sentences: nobody should take a part for the whole."""

from __future__ import annotations

from collections.abc import Iterator

from dsar.bundle.contents import BundleContents, CollectionContents, CollectionState, StoreContents
from dsar.bundle.display import counted, day, label
from dsar.bundle.part import Part
from dsar.bundle.redacted import redaction_sum, redaction_told
from dsar.bundle.sections import title_of
from dsar.wording import gettext, told


def gaps(contents: BundleContents) -> tuple[str, ...]:
    """Return the gaps: what failed, was left out or withheld, what nobody declared, what reviewers excepted.

    What the person did not ask for is said in one sentence, not of each collection.
    """
    found = [*_unasked(contents), *contents.exceptions, *redaction_sum(contents)]
    for store in contents.stores:
        dataset = contents.data_map.dataset(store.dataset)
        name = told(dataset.name) or store.dataset
        found.extend(_store(store, name))
        for item in store.collections:
            found.extend(f"{title_of(item.collection)} ({name}): {text}" for text in _collection(item))
    return tuple(found)


def _unasked(contents: BundleContents) -> Iterator[str]:
    part = contents.part
    items = [item for store in contents.stores for item in store.collections]
    if part.topics:
        said = gettext("You asked for a part only: {topics}. All other topics are left out.")
        yield said.format(topics=", ".join(map(told, part.topics)))
    if part.is_dated:
        yield gettext("You asked for some days only: {days}.").format(days=_span(part))
        outside = sum(item.outside for item in items)
        yield counted(outside, "{n} record of other days is left out.", "{n} records of other days are left out.")
    undated = [title_of(item.collection) for item in items if item.has_no_days]
    if undated:
        said = gettext("Of these nothing says when a record is from, so all are here: {names}.")
        yield said.format(names=", ".join(dict.fromkeys(undated)))


def _span(part: Part) -> str:
    if part.first_day and part.last_day:
        return gettext("from {first} until {last}").format(first=day(part.first_day), last=day(part.last_day))
    if part.first_day:
        return gettext("from {first} on").format(first=day(part.first_day))
    return gettext("until {last}").format(last=day(part.last_day)) if part.last_day else ""


def _store(store: StoreContents, name: str) -> Iterator[str]:
    if store.undeclared:
        said = gettext("{store}: parts that are not described yet and were not searched: {names}.")
        yield said.format(store=name, names=", ".join(store.undeclared))


def _collection(item: CollectionContents) -> Iterator[str]:
    if item.state is CollectionState.FAILED:
        whole, part = gettext("could not be read: {reason}"), gettext("could not be read completely: {reason}")
        yield (part if item.rows else whole).format(reason=_sentence(told(item.reason)))
    if item.state is CollectionState.EXCLUDED and not item.is_unasked:
        yield gettext("left out: {reason}").format(reason=_sentence(told(item.reason)))
    if item.withheld:
        yield counted(item.withheld, "{n} record of other people withheld.", "{n} records of other people withheld.")
    yield from map(redaction_told, item.redacted)
    # Secrets are named beside the records they belong to; nobody misses a password hash.
    secrets = frozenset(item.collection.secret_paths)
    for path, reason in item.excluded_fields.items():
        if path not in secrets and not item.is_unasked:
            said = gettext("the field “{field}” is left out: {reason}")
            yield said.format(field=label(path), reason=_sentence(told(reason)))
    if item.undeclared:
        said = gettext("fields that are not described yet and were not read: {names}.")
        yield said.format(names=", ".join(item.undeclared))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
