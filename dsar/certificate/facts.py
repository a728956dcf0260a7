"""What a certificate of an erasure says, as values. No name and no value of a person is among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dsar.wording import N_


class SearchState(StrEnum):
    """How a collection came into the erasure; a certificate lists every one of the data map."""

    SEARCHED = "searched"  # whether or not anything was there
    UNREACHED = "unreached"  # none of the person's identities lead here, `reason` says why
    EXCLUDED = "excluded"  # left out on purpose, `reason` says why


class RestorationState(StrEnum):
    """Whether what was removed can be brought back for a while: KEPT until a moment, REFUSED by the person, or NONE."""

    KEPT = "kept"
    REFUSED = "refused"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MaskedField:
    """A field that lost its values: its path, what a reader calls it, the strategy, and what that did, in words."""

    field: str
    title: str
    strategy: str
    how: str


@dataclass(frozen=True, slots=True)
class Staying:
    """Rows that stay and why; `duty` and `until` are in words and may be ""."""

    rows: int
    reason: str
    duty: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class CollectionFacts:
    """One collection. Counts are rows; `verified_at` (aware) is when it was read again, None if it was not.

    `redacted` are values that were taken out of texts. `masked_before` had lost their values before this erasure;
    `left` were to go and were there at the second reading.
    """

    name: str
    title: str
    state: SearchState
    reason: str = ""
    deleted: int = 0
    masked: int = 0
    masks: tuple[MaskedField, ...] = ()
    redacted: int = 0
    masked_before: int = 0
    kept: tuple[Staying, ...] = ()
    flagged: tuple[Staying, ...] = ()
    others: tuple[Staying, ...] = ()
    left: int = 0
    verified_at: datetime | None = None

    @property
    def stays(self) -> int:
        """How many rows that lead to the person stay as they were: kept by rule, or flagged."""
        return sum(item.rows for item in (*self.kept, *self.flagged))

    @property
    def found(self) -> bool:
        """Whether anything was there, other people's rows included."""
        return bool(self.deleted or self.masked or self.masked_before or self.stays or self.others or self.left)

    @property
    def unread(self) -> bool:
        """Whether it should have been read again and was not."""
        return self.state is SearchState.SEARCHED and self.verified_at is None


@dataclass(frozen=True, slots=True)
class Restoration:
    """Whether there is a copy: `until`, aware, is the end of the window of KEPT, and None else; `why` there is NONE."""

    state: RestorationState
    until: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """One dataset; `problem` says why it could not be read again, "" if it was or need not be.

    `copy` says whether what was removed here can be brought back for a while, None where nothing was changed.
    """

    dataset: str
    title: str
    collections: tuple[CollectionFacts, ...]
    problem: str = ""
    copy: Restoration | None = None

    @property
    def changed(self) -> bool:
        """Whether anything was deleted or masked here."""
        return any(item.deleted or item.masked for item in self.collections)


@dataclass(frozen=True, slots=True)
class RecipientTold:
    """Somebody whom the data had been given to and who was told (GDPR Article 19); `receipt` is "" until there is one.

    `told_at` is aware, and None where they could not be told: `how` then says why.
    """

    name: str
    how: str
    told_at: datetime | None
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Remains:
    """What this portal itself goes on keeping of the request, and until when (aware; None: `why` says how long)."""

    what: str
    until: datetime | None = None
    why: str = ""


#: What every erasure leaves in the register of requests, in words.
REGISTER = N_(
    "The entry of this request in the register: its date, its nature and its outcome, and nothing of the data"
)
#: What it leaves in the ledger of erasures (docs/decisions/0021-erased-again-after-a-restore.md), in words.
LEDGER = N_(
    "Codes of what the data was found by, in the ledger of erasures: from them nobody can read who it was. "
    "They are there to erase it again where a backup is restored"
)
#: Why nobody can say until when.
LEDGER_UNTIL = N_("For as long as the ledger is kept: a backup may be of any age")
#: What somebody who had opted out leaves, in words, and until when.
SUPPRESSION = N_("A code of the address in the list of opt-outs: from it nobody can read the address")
SUPPRESSION_UNTIL = N_("Until somebody with this address agrees again")


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """The request and who acted on it: roles in words, never names. Moments are aware.

    `verified_at` is when the person proved who they are. `identity_kinds` are the kinds (email, user_id …) that were
    searched by, without their values. `key_address` is where the tenant publishes the key that signs, "" if nowhere.
    """

    reference: str
    tenant: str
    contact: str
    regime: str
    received_at: datetime
    verified_at: datetime
    approved_at: datetime
    approved_by: str
    erased_at: datetime
    erased_by: str
    plan_sha256: str
    identity_kinds: tuple[str, ...] = ()
    key_address: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class ErasureFacts:
    """Everything a certificate says. `fetchable_until` (aware) ends the time in which it can be fetched, if any.

    `restoration` is KEPT if a copy is kept of any store; which of them, the stores say.
    """

    request: RequestFacts
    data_map_sha256: str
    stores: tuple[StoreFacts, ...]
    restoration: Restoration
    issued_at: datetime
    recipients: tuple[RecipientTold, ...] = ()
    remains: tuple[Remains, ...] = ()
    fetchable_until: datetime | None = None

    def collections(self) -> Iterator[CollectionFacts]:
        for store in self.stores:
            yield from store.collections

    @property
    def read_again_at(self) -> datetime | None:
        """When the last of the collections was read again."""
        return max((item.verified_at for item in self.collections() if item.verified_at), default=None)

    @property
    def proven(self) -> bool:
        """Whether everything that was searched has been read again, and no row was left that was to go."""
        return not any(item.left or item.unread for item in self.collections())

    def totals(self) -> dict[str, int]:
        """Return the sums over all collections, in rows but for the first three."""
        items = list(self.collections())
        return {
            "stores": len(self.stores),
            "collections": len(items),
            "not_read_again": sum(item.unread for item in items),
            "deleted": sum(item.deleted for item in items),
            "masked": sum(item.masked for item in items),
            "masked_before": sum(item.masked_before for item in items),
            "kept": sum(told.rows for item in items for told in item.kept),
            "flagged": sum(told.rows for item in items for told in item.flagged),
            "others": sum(told.rows for item in items for told in item.others),
            "left": sum(item.left for item in items),
        }
