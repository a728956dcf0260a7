"""Rows that were erased and are there again: a restored backup, a forgotten copy, an import of old files."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from accounts.models import Tenant
from dsar.actions.trail import note
from dsar.datamap.model import Collection, DataMap
from dsar.datamap.problems import DataMapError
from dsar.emails.erasures import erasure_reappeared
from dsar.fulfilment.engine import Work
from dsar.fulfilment.ledger.ledger import Case
from dsar.fulfilment.replaying.due import Due, read_due
from dsar.fulfilment.replaying.looking import Look, last_looks, unhurried
from dsar.fulfilment.replaying.matching import Matched
from dsar.fulfilment.replaying.replay import Replay, Replayed
from dsar.fulfilment.scope import Scope
from dsar.ledgers import erasure_ledger, ledger_hashes
from dsar.models import Certificate, SubjectRequest
from dsar.stores.base import StoreConfigError, StoreError
from dsar.tenantmap import tenant_map

logger = logging.getLogger(__name__)
#: So long after an erasure its rows are looked for.
WATCHED = timedelta(days=30)
_ALARM = "reappeared"
#: How often each collection is read. A little less than a day: turns do not come to the second.
_EVERY = timedelta(hours=23, minutes=30)
#: How often all of it, and not only what was written since.
_WHOLE = timedelta(days=7)
#: After so long a turn begins with no other collection, and no collection is read for longer (seconds): a task must end
#: before its time limit (portal.settings).
_TURN, _MOST_SECONDS = timedelta(minutes=10), 1_200.0
#: By so much the clock of a store, which says when a file was written, may be behind.
_MARGIN = timedelta(hours=1)


def watch(*, clock: Callable[[], datetime]) -> int:
    """Look for rows of everybody erased in the last 30 days, and alarm the team once a day; return of how many people.

    Nobody is known by name any more: every row is held against the ledger's hashes. Each collection is read once a day
    for all of them, with pauses, and of files and objects, but for once a week, only what was written since. A turn
    that would take too long leaves the rest to the next. Raises OSError, DamagedError.
    """
    start = clock()
    since = start - WATCHED
    erased = Certificate.objects.filter(made_at__gt=since)
    tenants = Tenant.objects.filter(subject_requests__certificate__in=erased).distinct()
    turn = _Turn(clock, ends_at=start + _TURN)
    return sum(_watch(tenant, turn, since=since) for tenant in tenants.order_by("slug"))


@dataclass(frozen=True)
class _Turn:
    clock: Callable[[], datetime]
    ends_at: datetime

    @property
    def is_over(self) -> bool:
        return self.clock() >= self.ends_at


def _watch(tenant: Tenant, turn: _Turn, *, since: datetime) -> int:
    try:
        data_map = tenant_map(tenant).platform.data_map
        found = list(_found_again(tenant, turn, since=since))
    except (DataMapError, StoreConfigError) as error:
        logger.warning("%s: erased rows cannot be looked for: %s", tenant.slug, error)
        return 0
    for key in sorted({key for item in found for key, part in item.preview.parts.items() if part.to_do}):
        # Until it is gone it is looked for everywhere: it is told every day.
        erasure_ledger().look(tenant.slug, collection=":".join(key), at=turn.clock(), is_whole=False, has_found=True)
    return sum(_alarm(tenant, data_map, item, now=turn.clock()) for item in found)


def _found_again(tenant: Tenant, turn: _Turn, *, since: datetime) -> Iterator[Replayed]:
    platform, hashes, ledger = tenant_map(tenant).platform, ledger_hashes(tenant), erasure_ledger()
    looks = last_looks(ledger.lines(), tenant=tenant.slug)
    due = read_due(
        ledger,
        tenant=tenant.slug,
        taken_at=since,
        datasets=[dataset.key for dataset in platform.data_map.datasets],
        data_map=platform.data_map,
        key_id=hashes.key_id,
    )
    work = Work(
        platform.data_map,
        platform.graph,
        {},
        platform.store,
        Scope(platform.data_map),
        parameters={"tenant": tenant.pk},
    )
    replay = Replay(work, due, ledger=ledger, hashes=hashes, clock=turn.clock)
    now = turn.clock()
    wanted = [
        item
        for item in platform.data_map.collections()
        if item.key in due.places and not item.skip_processing and not _is_recent(looks, item, now)
    ]
    wanted.sort(key=lambda item: looks.get(_name(item), Look()).at or since)
    matched, problems = _look(replay, due, wanted, looks, turn, tenant)
    for problem in (*due.problems, *problems):
        logger.warning("%s: erased rows are not looked for everywhere: %s", tenant.slug, problem)
    yield from replay.run(matched, commits=False)


def _look(
    replay: Replay,
    due: Due,
    wanted: Sequence[Collection],
    looks: Mapping[str, Look],
    turn: _Turn,
    tenant: Tenant,
) -> tuple[dict[Case, Matched], list[str]]:
    """Read collections until the turn is over, and note which; return what was found again, and what went wrong."""
    matched, problems = dict[Case, Matched](), list[str]()
    for item in wanted:
        if turn.is_over:
            break
        at = turn.clock()
        written_since = _written_since(due, item, looks.get(_name(item), Look()), at)
        try:
            replay.look(item.key, matched, since=written_since, paced=partial(unhurried, most_seconds=_MOST_SECONDS))
        except (StoreError, StoreConfigError) as error:
            problems.append(f"{_name(item)}: {error}")
            if isinstance(error, StoreError) and error.retry:
                continue  # in the next turn
        erasure_ledger().look(tenant.slug, collection=_name(item), is_whole=written_since is None, at=at)
    return matched, problems


def _name(collection: Collection) -> str:
    return ":".join(collection.key)


def _written_since(due: Due, collection: Collection, look: Look, now: datetime) -> datetime | None:
    """Return since when what may hold erased rows was written; None where all is to be read, once in a while.

    What was not written to since the first of these erasures was done, or since the last look, holds none: unless
    somebody moved old files there, or called a deleted object back.
    """
    if look.at is None or look.whole_at is None or now - look.whole_at >= _WHOLE:
        return None
    erased = (deed.erased_at for (_, name), deed in due.deeds.items() if name == collection.dataset and deed.erased_at)
    return max(look.at, min(erased)) - _MARGIN


def _is_recent(looks: Mapping[str, Look], collection: Collection, now: datetime) -> bool:
    at = looks.get(_name(collection), Look()).at
    return at is not None and now - at < _EVERY


def _alarm(tenant: Tenant, data_map: DataMap, found: Replayed, *, now: datetime) -> int:
    titles = {item.key: item.title or item.name for item in data_map.collections()}
    counts = {key: part.to_do for key, part in found.preview.parts.items()}
    places = [(titles[key], rows) for key, rows in counts.items() if rows]
    subject_request = SubjectRequest.objects.filter(tenant=tenant, reference=found.case.reference).first()
    if not places or subject_request is None or subject_request.closed_at is None:
        return 0
    with transaction.atomic():
        day = (now - subject_request.closed_at).days
        _, is_new = subject_request.warnings.get_or_create(clock=_ALARM, percent=day, defaults={"given_at": now})
        if is_new:
            erasure_reappeared(subject_request, places=places, now=now)
            note(subject_request, "erasure.reappeared", by=None, at=now, rows=sum(rows for _, rows in places))
    return 1
