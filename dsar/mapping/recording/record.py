"""What Article 30(1) wants in a record, purpose by purpose; what the map does not say is named as missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dsar.bundle.article15 import NOBODY, uncovered_datasets
from dsar.bundle.display import category, label, subject, use
from dsar.datamap.model import DataMap, PrivacyDeclaration, System


class Fact(StrEnum):
    """What a record has to hold, by the letters of Article 30(1); the legal basis is asked for beside it."""

    CONTROLLER = "controller"  # (a)
    CONTACT = "contact"  # (a): of the data protection officer, or whoever answers
    PURPOSE = "purpose"  # (b)
    LEGAL_BASIS = "legal_basis"  # Articles 6 and 13; not of Article 30
    SUBJECTS = "subjects"  # (c)
    CATEGORIES = "categories"  # (c)
    RECIPIENTS = "recipients"  # (d)
    TRANSFERS = "transfers"  # (e): third countries, and the safeguards
    PERIOD = "period"  # (f)
    SECURITY = "security"  # (g): Article 32(1)


@dataclass(frozen=True)
class Activity:
    """One purpose of one system. A text that the map does not hold is "", a list empty; `missing` names those.

    Words of Fideslang's keys are in the language that is spoken; other texts are as the map has them.

    `no_transfers`: the map says that nothing goes to a third country. `nobody`: it says that nobody receives it.
    """

    system: str
    description: str
    department: str
    responsibility: tuple[str, ...]
    controller: str
    address: str
    contact: str
    joint_controllers: str
    purpose: str
    use: str
    legal_basis: str
    subjects: tuple[str, ...]
    categories: tuple[str, ...]
    recipients: tuple[str, ...]
    nobody: bool
    transfers: tuple[str, ...]
    no_transfers: bool
    period: str
    security: str
    assessment: str
    stores: tuple[str, ...]
    missing: tuple[Fact, ...]


@dataclass(frozen=True)
class Record:
    """`uncovered` are stores of which no system says why their data is processed. `fingerprint` is the map's."""

    activities: tuple[Activity, ...]
    uncovered: tuple[str, ...]
    fingerprint: str

    @property
    def missing(self) -> int:
        return sum(len(item.missing) for item in self.activities) + len(self.uncovered)


#: Who is responsible is said once for a whole record: Article 30(1)(a) asks for it of the record, not of each purpose.
_OF_THE_WHOLE = ("legal_name", "legal_address", "dpo")


def make_record(data_map: DataMap) -> Record:
    """Return the record of a map, in its order. What names the controller may stand at one of its systems for all."""
    titles = {item.key: item.name or label(item.key) for item in data_map.datasets}
    common = {key: _said_once(data_map.systems, key) for key in _OF_THE_WHOLE}
    activities = [
        _activity(system, declaration, titles, common)
        for system in data_map.systems
        for declaration in system.declarations
    ]
    uncovered = [titles[key] for key in uncovered_datasets(data_map)]
    return Record(tuple(activities), tuple(uncovered), data_map.fingerprint)


def _said_once(systems: Iterable[System], key: str) -> str:
    """Return what all systems that say it agree on; "" if none does, or two differ."""
    said = {text for system in systems if (text := _text(system.extra.get(key)))}
    return said.pop() if len(said) == 1 else ""


def _activity(
    system: System, declaration: PrivacyDeclaration, titles: Mapping[str, str], common: Mapping[str, str]
) -> Activity:
    extra = {**common, **{key: value for key, value in system.extra.items() if _text(value) or key not in common}}
    recipients = [name.strip() for name in declaration.recipients if name.strip()]
    nobody = bool(recipients) and all(name.lower() == NOBODY for name in recipients)
    no_transfers = extra.get("does_international_transfers") is False and not system.transfers
    facts: dict[Fact, Any] = {
        Fact.CONTROLLER: _text(extra.get("legal_name")),
        Fact.CONTACT: _text(extra.get("dpo")),
        Fact.PURPOSE: declaration.name,
        Fact.LEGAL_BASIS: declaration.legal_basis.strip(),
        Fact.SUBJECTS: _labels(declaration.data_subjects, subject),
        Fact.CATEGORIES: _labels(declaration.data_categories, category),
        Fact.RECIPIENTS: tuple(recipients),
        Fact.TRANSFERS: system.transfers or no_transfers,
        Fact.PERIOD: declaration.retention_period.strip(),
        Fact.SECURITY: _text(extra.get("data_security_practices")),
    }
    return Activity(
        system=system.name or label(system.key),
        description=system.description,
        department=_text(extra.get("administrating_department")),
        responsibility=_texts(extra.get("responsibility")),
        controller=facts[Fact.CONTROLLER],
        address=_text(extra.get("legal_address")),
        contact=facts[Fact.CONTACT],
        joint_controllers=_text(extra.get("joint_controller_info")),
        purpose=facts[Fact.PURPOSE],
        use=use(declaration.data_use) if declaration.data_use else "",
        legal_basis=facts[Fact.LEGAL_BASIS],
        subjects=facts[Fact.SUBJECTS],
        categories=facts[Fact.CATEGORIES],
        recipients=() if nobody else facts[Fact.RECIPIENTS],
        nobody=nobody,
        transfers=system.transfers,
        no_transfers=no_transfers,
        period=facts[Fact.PERIOD],
        security=facts[Fact.SECURITY],
        assessment=declaration.impact_assessment,
        stores=tuple(titles.get(key, key) for key in declaration.datasets),
        missing=tuple(fact for fact, said in facts.items() if not said),
    )


def _labels(keys: Iterable[str], named: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(named(key)) for key in keys))


def _texts(value: Any) -> tuple[str, ...]:
    items: Sequence[Any] = value if isinstance(value, list | tuple) else [value]
    return tuple(text for item in items if (text := _text(item)))


def _text(value: Any) -> str:
    """Return what a map says under a key that is kept as it was written: a text, or several."""
    if isinstance(value, list | tuple):
        return "; ".join(_texts(value))
    return "" if value is None else str(value).strip()
