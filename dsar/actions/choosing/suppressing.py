"""Write the refusals of people who are forgotten: nothing is known of them but the hash of their address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from accounts.addresses import address_hasher
from accounts.models import Tenant
from dsar.actions.choosing.running import work_for
from dsar.fulfilment.choosing.choose import choose, places
from dsar.fulfilment.choosing.tracing import trace_all
from dsar.models import Suppression


def write_suppressions(tenant: Tenant, suppressions: Iterable[Suppression]) -> Iterator[str]:
    """Look in the tenant's stores for their addresses, and write each refusal into its rows.

    Yields what stands in the way, without an address. Raises DataMapError, StoreConfigError, KeyringError.
    """
    nobody = work_for(tenant, "")
    written = [item for item in suppressions if places(nobody, item.purpose)]
    if not written:
        return
    hashes = frozenset(item.address_hash for item in written)
    found, problems = trace_all(nobody, hashed=address_hasher(tenant), wanted=hashes)
    yield from (f"{dataset}: {reason}" for dataset, reason in sorted(problems.items()))
    for item in written:
        if item.address_hash in found:
            work = work_for(tenant, found[item.address_hash])
            done = choose(work, item.purpose, given=False, check=lambda: None)
            yield from (f"{dataset}: {reason}" for dataset, reason in sorted(done.problems.items()))
