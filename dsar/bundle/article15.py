"""What GDPR Article 15(1)(a)-(h) and (2) want told beside the data, taken from the systems of the data map."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from dsar.bundle.archive import BundleError
from dsar.bundle.display import category, label, use
from dsar.bundle.sections import title_of
from dsar.datamap.model import DataMap, Dataset, Origin, PrivacyDeclaration, System
from dsar.wording import gettext, told

NOBODY = "none"  # the explicit word of a data map for "no recipient"


class ReportError(BundleError):
    """The data map does not say what the law wants told; the message names every missing fact."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose of a system; every text is non-empty, `recipients` is empty for nobody outside."""

    name: str
    use: str
    categories: tuple[str, ...]
    datasets: tuple[str, ...]
    legal_basis: str
    period: str
    recipients: tuple[str, ...]

    def facts(self, tenant: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the facts in the order of reading: what each is called, and its texts."""
        return (
            (gettext("Kind of use"), (self.use,)),
            (gettext("Legal basis"), (self.legal_basis,)),
            (gettext("Kept"), (self.period,)),
            (gettext("Who receives it"), self.recipients or (gettext("Nobody outside {name}").format(name=tenant),)),
            (gettext("Categories"), (" · ".join(self.categories) or gettext("None named"),)),
            (gettext("Where it is kept"), (", ".join(self.datasets),)),
        )


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """A system that works with the person's data; texts that the map leaves out are ""."""

    name: str
    description: str
    purposes: tuple[Purpose, ...]
    automated_decisions: str
    source: str
    transfers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Article15:
    """The whole part: systems, and titles of what was provided, observed or inferred."""

    systems: tuple[SystemFacts, ...]
    origins: dict[str, tuple[str, ...]]


def article15(data_map: DataMap) -> Article15:
    """Return the facts. Raises ReportError if a dataset has no purpose, or a purpose lacks one of its facts."""
    missing = missing_facts(data_map)
    if missing:
        raise ReportError("the data map leaves out what Article 15 wants told: " + "; ".join(missing))
    return told_facts(data_map)


def missing_facts(data_map: DataMap) -> list[str]:
    """Return what Article 15 wants told and the map leaves out, a sentence each."""
    return [*_uncovered(data_map), *_incomplete(data_map)]


def told_facts(data_map: DataMap) -> Article15:
    """Return the facts that the map does tell: an engineer tries a map before its systems are described."""
    systems = [_facts(data_map, system) for system in data_map.systems]
    return Article15(systems=tuple(facts for facts in systems if facts.purposes), origins=_origins(data_map))


def recipients_of(data_map: DataMap, datasets: Collection[str]) -> tuple[str, ...]:
    """Return who receives what these datasets hold: whoever has to be told of a correction (GDPR Article 19)."""
    found = [
        name
        for system in data_map.systems
        for declaration in system.declarations
        if any(dataset.key in datasets for dataset in _datasets(data_map, declaration))
        for name in named_recipients(declaration)
    ]
    return tuple(dict.fromkeys(found))


def named_recipients(declaration: PrivacyDeclaration) -> tuple[str, ...]:
    """Return who receives it; nobody, if the map says so."""
    return tuple(name for name in declaration.recipients if name.strip() and name.strip().lower() != NOBODY)


def uncovered_datasets(data_map: DataMap) -> list[str]:
    """Return the keys of the datasets of which no system says why they are processed."""
    declarations = [declaration for system in data_map.systems for declaration in system.declarations]
    return [
        dataset.key
        for dataset in data_map.datasets
        if dataset.collections and not any(covers(declaration, dataset) for declaration in declarations)
    ]


def _uncovered(data_map: DataMap) -> list[str]:
    return [
        f"{key}: no privacy declaration of any system names this dataset or its categories"
        for key in uncovered_datasets(data_map)
    ]


def _incomplete(data_map: DataMap) -> list[str]:
    return [
        f"{system.key} ({system.location}), declaration {_called(declaration)}: no {fact}"
        for system in data_map.systems
        for declaration in system.declarations
        if _datasets(data_map, declaration)
        for fact in _missing_facts(declaration)
    ]


def _called(declaration: PrivacyDeclaration) -> str:
    return repr(declaration.name or declaration.data_use or "without a name")


def _missing_facts(declaration: PrivacyDeclaration) -> list[str]:
    facts = {
        "purpose": bool(declaration.name and declaration.data_use),
        "legal basis": bool(declaration.legal_basis.strip()),
        "retention period": bool(declaration.retention_period.strip()),
        f"recipients (write {NOBODY!r} if there are none)": any(name.strip() for name in declaration.recipients),
    }
    return [fact for fact, said in facts.items() if not said]


def _datasets(data_map: DataMap, declaration: PrivacyDeclaration) -> tuple[Dataset, ...]:
    return tuple(dataset for dataset in data_map.datasets if dataset.collections and covers(declaration, dataset))


def covers(declaration: PrivacyDeclaration, dataset: Dataset) -> bool:
    """Tell whether a declaration speaks of a dataset: by its name, else by a category of it."""
    if declaration.datasets:
        return dataset.key in declaration.datasets
    return any(within(key, declared) for key in categories_of(dataset) for declared in declaration.data_categories)


def within(key: str, declared: str) -> bool:
    """Tell whether a category is a declared one, or inside of it."""
    # By dotted segments: user.device.cookie_id is not inside user.device.cookie.
    return f"{key}.".startswith(f"{declared}.")


def categories_of(dataset: Dataset) -> Iterable[str]:
    """Yield every category of a dataset's collections and fields, as often as it is named."""
    for collection in dataset.collections:
        yield from collection.data_categories
        for item in collection.walk():
            yield from item.data_categories


def _facts(data_map: DataMap, system: System) -> SystemFacts:
    return SystemFacts(
        name=told(system.name) or label(system.key),
        description=told(system.description),
        purposes=tuple(
            _purpose(declaration, datasets)
            for declaration in system.declarations
            if (datasets := _datasets(data_map, declaration))
        ),
        automated_decisions=told(system.automated_decisions).strip(),
        source=told(system.source_of_data).strip(),
        transfers=tuple(told(text) for text in system.transfers),
    )


def _purpose(declaration: PrivacyDeclaration, datasets: tuple[Dataset, ...]) -> Purpose:
    # Where the declaration names no categories, those of its datasets are what is concerned, 15(1)(b).
    keys = declaration.data_categories or dict.fromkeys(key for dataset in datasets for key in categories_of(dataset))
    return Purpose(
        name=told(declaration.name),
        use=use(declaration.data_use),
        categories=tuple(dict.fromkeys(category(key) for key in keys)),
        datasets=tuple(told(dataset.name) or label(dataset.key) for dataset in datasets),
        legal_basis=told(declaration.legal_basis),
        period=told(declaration.retention_period),
        recipients=tuple(told(name) for name in named_recipients(declaration)),
    )


def _origins(data_map: DataMap) -> dict[str, tuple[str, ...]]:
    """Return origin -> titles of the collections that hold such fields, 15(1)(g)."""
    found: dict[str, dict[str, None]] = {origin.value: {} for origin in Origin}
    for collection in data_map.collections():
        for item in collection.fields:
            found[data_map.origin(collection, item).value][title_of(collection)] = None
    return {origin: tuple(titles) for origin, titles in found.items() if titles}
