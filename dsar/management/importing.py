"""Reads what `import_export` is given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dsar.bundle.export import Export
from dsar.datamap.problems import did_you_mean
from dsar.fulfilment.collect import Asked
from dsar.fulfilment.importing.load import Import, without
from dsar.management.asking import BadInputError, check_sources, read_data_map, read_parameters, read_stores


def read_import(
    export: Export, *, datamap: Path, stores: Path, parameters: Sequence[str], left_out: Sequence[str]
) -> Import:
    """Return what is to be loaded, and where. Raises BadInputError."""
    data_map = read_data_map(datamap)
    known = {item.key for item in data_map.datasets} | {dataset for dataset, _name in export.rows}
    for key in left_out:
        if key not in known:
            raise BadInputError(f"--leave-out: neither map nor export has a dataset '{key}'{did_you_mean(key, known)}")
    data_map = without(data_map, lambda item: item.dataset in left_out)
    asked = Asked(data_map, read_stores(stores, data_map), {}, read_parameters(parameters, data_map))
    check_sources(asked)
    return Import(export, asked, left_out)
