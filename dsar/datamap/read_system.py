"""Reads systems: what Article 15(1) and (2) want told of the processing."""

from __future__ import annotations

from dsar.datamap import vocabulary
from dsar.datamap.items import Item, Keys, read_keys
from dsar.datamap.model import PrivacyDeclaration, System
from dsar.datamap.read_common import read_categories
from dsar.datamap.read_dataset import read_fides_key
from dsar.datamap.read_notify import read_notify
from dsar.datamap.taxonomy import DATA_SUBJECTS, DATA_USES

_ELSEWHERE = {"fidesctl_meta": vocabulary.SYSTEM_FIDESCTL_META, "meta": vocabulary.SYSTEM_META}


def read_system(item: Item) -> System | None:
    """Read one system, or None if it has no key. Mistakes in systems leave the graph as it is."""
    keys = read_keys(item.harmless(), "a system", vocabulary.SYSTEM, _ELSEWHERE)
    key = read_fides_key(keys)
    if key is None:
        return None
    keys.demand("system_type")
    keys.demand("privacy_declarations")
    meta = keys.below("meta", vocabulary.SYSTEM_META)
    _check_kept(keys)
    recipients = meta.texts("recipients")
    declarations = _declarations(keys, recipients)
    of_declarations = (name for item in declarations for name in item.datasets)
    datasets = tuple(dict.fromkeys((*keys.texts("dataset_references"), *of_declarations)))
    return System(
        key=key,
        name=keys.text("name") or key,
        location=item.location,
        description=keys.text("description") or "",
        declarations=declarations,
        transfers=(*meta.texts("transfers"), *keys.texts("legal_basis_for_transfers")),
        automated_decisions=meta.text("automated_decisions") or _profiling(keys),
        source_of_data=meta.text("source_of_data") or "",
        datasets=datasets,
        notify=read_notify(meta, datasets),
        extra=keys.rest(),
    )


def _profiling(keys: Keys) -> str:
    """Say what Fideslang's own keys say of automated decisions (Article 22): nothing, or the legal basis."""
    profiling = keys.peek("uses_profiling")
    if profiling is None or not profiling.flag("'uses_profiling'"):
        return ""
    bases = keys.peek("legal_basis_for_profiling")
    listed = [text for item in bases.items("") if (text := item.text(""))] if bases else []
    return f"Profiling with legal effect; legal basis: {', '.join(listed) or 'not stated'}."


def _check_kept(keys: Keys) -> None:
    """Check the shapes of what is kept under Fideslang's own names."""
    keys.below("fidesctl_meta", vocabulary.SYSTEM_FIDESCTL_META)
    for name, known in (
        ("legal_basis_for_profiling", vocabulary.PROFILING_BASES),
        ("responsibility", vocabulary.RESPONSIBILITIES),
    ):
        listed = keys.peek(name)
        for item in listed.items(f"'{name}'") if listed else ():
            item.word(name, known)


def _flows(keys: Keys, name: str) -> frozenset[str]:
    """Return the keys of what data flows to (`egress`) or comes from (`ingress`)."""
    found = set()
    listed = keys.peek(name)
    for item in listed.items(f"'{name}'") if listed else ():
        flow = read_keys(item, "a data flow", vocabulary.DATA_FLOW)
        flow.demand("type")
        flow.word("type", "type of a data flow", vocabulary.FLOW_TYPES)
        read_categories(flow)
        found.add(read_fides_key(flow) or "")
    return frozenset(found)


def _declarations(keys: Keys, recipients: tuple[str, ...]) -> tuple[PrivacyDeclaration, ...]:
    flows = {name: _flows(keys, name) for name in ("egress", "ingress")}
    datasets = keys.texts("dataset_references")
    return tuple(_declaration(item, recipients, datasets, flows) for item in keys.items("privacy_declarations"))


def _declaration(
    item: Item, recipients: tuple[str, ...], datasets: tuple[str, ...], flows: dict[str, frozenset[str]]
) -> PrivacyDeclaration:
    """Read one purpose; the system's recipients and datasets hold for it where it names none of its own."""
    keys = read_keys(item, "a privacy declaration", vocabulary.DECLARATION, {"meta": vocabulary.DECLARATION_META})
    keys.demand("data_use")
    keys.demand("data_categories")
    _check_flows(keys, flows)
    third_parties = (keys.text("third_parties") or "").strip()
    # Fideslang's own field names them in one text; a list of ours says it better and goes first.
    others = (third_parties,) if third_parties else ()
    use = keys.word("data_use", "data use", DATA_USES) or ""
    return PrivacyDeclaration(
        name=keys.text("name") or use,
        data_use=use,
        data_categories=read_categories(keys),
        data_subjects=keys.words("data_subjects", "data subject", DATA_SUBJECTS),
        datasets=keys.texts("dataset_references") or datasets,
        legal_basis=keys.word("legal_basis_for_processing", "legal basis", vocabulary.LEGAL_BASES) or "",
        retention_period=keys.text("retention_period") or "",
        recipients=keys.below("meta", vocabulary.DECLARATION_META).texts("recipients") or recipients or others,
        third_parties=third_parties,
        shared_with_third_parties=keys.flag("data_shared_with_third_parties"),
        impact_assessment=keys.text("impact_assessment_location") or "",
        extra=_kept(keys),
    )


def _kept(keys: Keys) -> dict[str, object]:
    basis = keys.peek("special_category_legal_basis")
    if basis is not None:
        basis.word("legal basis for special categories", vocabulary.SPECIAL_CATEGORY_BASES)
    return keys.rest()


def _check_flows(keys: Keys, flows: dict[str, frozenset[str]]) -> None:
    for direction, known in flows.items():
        listed = keys.peek(direction)
        for item in listed.items(f"'{direction}'") if listed else ():
            item.word(f"{direction} of this system", known)
