"""Facts of erasures: an ordinary one, and what strains a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dsar.certificate.facts import (
    REGISTER,
    CollectionFacts,
    ErasureFacts,
    RecipientTold,
    Remains,
    RequestFacts,
    Restoration,
    RestorationState,
    SearchState,
    Staying,
    StoreFacts,
)
from dsar.certificate.words import masks_of
from tests.bundle.builders import EVIL

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
DUTY = Staying(12, "Invoices are kept.", duty="German Fiscal Code, section 147", until="ten years after issue")
REQUEST = RequestFacts(
    reference="REF-2026-0042",
    tenant="Macrosora",
    contact="privacy@macrosora.example",
    regime="GDPR",
    received_at=NOW - timedelta(hours=40),
    verified_at=NOW - timedelta(hours=39, minutes=50),
    approved_at=NOW - timedelta(hours=20),
    approved_by="a reviewer of the privacy team",
    erased_at=NOW - timedelta(minutes=9),
    erased_by="a worker of this portal",
    plan_sha256="cd" * 32,
    identity_kinds=("user_id", "email"),
    key_address="https://privacy.macrosora.example/bundle-key.txt",
)


def searched(name: str, title: str = "", **more: Any) -> CollectionFacts:
    """Return a collection that was searched, and read again five minutes before NOW unless that is said otherwise."""
    again = {"verified_at": NOW - timedelta(minutes=5)}
    return CollectionFacts(name, title or name, SearchState.SEARCHED, **(again | more))


KEPT = Restoration(RestorationState.KEPT, NOW + timedelta(hours=72))
NO_ROWS = Restoration(RestorationState.NONE, why="This kind of store gives no copy of its rows.")


def made_of(*stores: StoreFacts, restoration: Restoration = KEPT, **more: Any) -> ErasureFacts:
    """Return facts in which every store that was changed and says nothing of a copy has what the whole has."""
    copy = NO_ROWS if restoration.state is RestorationState.NONE else restoration
    return ErasureFacts(
        **{
            "request": REQUEST,
            "data_map_sha256": "ab" * 32,
            "stores": tuple(replace(store, copy=store.copy or (copy if store.changed else None)) for store in stores),
            "restoration": restoration,
            "issued_at": NOW,
            "remains": (Remains(REGISTER, NOW + timedelta(days=730)),),
            "fetchable_until": NOW + timedelta(days=30),
            **more,
        }
    )


def ordinary() -> ErasureFacts:
    """Return an erasure with some of everything."""
    fields = {"email": "hmac", "name": {"strategy": "fixed", "value": "erased"}, "phone": "null", "wish.text": "redact"}
    masks = masks_of({"fields": fields})
    app = StoreFacts(
        "app",
        "Customer database",
        (
            searched("people", "Your profile", deleted=1),
            searched("prompts", "Prompt templates", deleted=48, flagged=(Staying(2, "It belongs to others as well."),)),
            searched("workflows", "Workflows", deleted=7),
            searched("invoices", "Invoices", kept=(DUTY,)),
            searched("consents", "Consents", masked=3, masks=masks, redacted=5, masked_before=1),
            searched("messages", "Messages", deleted=112, others=(Staying(4, "It names another person."),)),
            searched("api_keys", "API keys"),
            searched("invitations", "Invitations"),
            CollectionFacts("audit", "Audit trail", SearchState.EXCLUDED, "The data map says not to process it."),
        ),
    )
    usage = StoreFacts(
        "usage",
        "Usage records",
        (
            searched("api_calls", "API calls", deleted=184_220),
            CollectionFacts("devices", "Devices", SearchState.UNREACHED, "no device_id is known"),
        ),
    )
    cache = StoreFacts("cache", "Cache", (searched("sessions", "Live sessions", deleted=2),), copy=NO_ROWS)
    recipients = (
        RecipientTold("Mailworks Ltd", "by webhook", NOW - timedelta(minutes=4), "receipt 8f2c"),
        RecipientTold("Payfast SA", "by email", NOW - timedelta(minutes=4)),
        RecipientTold("Formerly Inc", "no address is known any more", None),
    )
    return made_of(app, usage, cache, recipients=recipients)


def nothing_held() -> ErasureFacts:
    """Return an erasure of somebody of whom nothing is there."""
    stores = (
        StoreFacts("app", "Customer database", (searched("people", "Your profile"), searched("prompts", "Prompts"))),
        StoreFacts("usage", "Usage records", (searched("api_calls", "API calls"),)),
    )
    return made_of(*stores, restoration=Restoration(RestorationState.NONE))


def much_kept() -> ErasureFacts:
    """Return an erasure in which much stays, for long reasons, and the person refused to have anything restored."""
    reason = "Accounting records are kept as the law wants, for the tax office and the auditors of the company. " * 3
    kept = tuple(Staying(number + 1, reason, "Commercial Code, section 257", "2036-12-31") for number in range(3))
    items = [
        searched(f"ledger_{number}", f"Ledger of the year {2000 + number}", kept=kept, deleted=number)
        for number in range(25)
    ]
    return made_of(StoreFacts("books", "Books", tuple(items)), restoration=Restoration(RestorationState.REFUSED))


def not_complete() -> ErasureFacts:
    """Return an erasure after which rows were left, and one store could not be read again."""
    app = StoreFacts("app", "Customer database", (searched("people", "Profile", deleted=1, left=2),))
    usage = StoreFacts(
        "usage",
        "Usage records",
        (searched("api_calls", "API calls", deleted=10, verified_at=None),),
        problem="no answer in 30 seconds",
    )
    return made_of(app, usage)


def _some(number: int) -> CollectionFacts:
    masks = masks_of({"fields": {f"field_{index}": "null" for index in range(3)}})
    name, title = f"c{number}", f"Collection {number}"
    if number % 5 == 0:
        return searched(name, title)
    if number % 5 == 1:
        return searched(name, title, masked=number, masks=masks)
    return searched(name, title, deleted=number, kept=(DUTY,) if number % 5 == 2 else ())


def of_collections(number: int) -> ErasureFacts:
    """Return an erasure over that many collections in stores of 40."""
    stores = [
        StoreFacts(f"d{first}", f"Store {first}", tuple(_some(at) for at in range(first, min(first + 40, number))))
        for first in range(0, number, 40)
    ]
    return made_of(*stores)


def hostile() -> ErasureFacts:
    """Return facts with hostile text wherever text goes, and names far too long."""
    long = EVIL * 40
    staying = (Staying(3, long, long, long), Staying(2, "x" * 5000))
    masks = tuple(
        replace(mask, field=long, title=long, how=long) for mask in masks_of({"fields": dict.fromkeys("abc", "null")})
    )
    items = (
        searched("a", long, deleted=1, kept=staying, flagged=staying, others=staying),
        searched("b", "w" * 3000, masked=1, masks=masks * 20),
        searched("c", long),
        CollectionFacts("d", long, SearchState.UNREACHED, long),
        CollectionFacts("e", long, SearchState.EXCLUDED, long),
    )
    request = replace(
        REQUEST,
        reference="R" * 400,
        tenant=long,
        contact=long,
        regime=long,
        approved_by=long,
        erased_by=long,
        key_address=long,
        identity_kinds=(long,),
        language='en"><script>',
    )
    return made_of(
        StoreFacts("s", long, items),
        request=request,
        recipients=(RecipientTold(long, long, NOW, long),),
        remains=(Remains(long, NOW, long),),
    )


CASES: dict[str, Callable[[], ErasureFacts]] = {
    "ordinary": ordinary,
    "nothing_held": nothing_held,
    "much_kept": much_kept,
    "not_complete": not_complete,
    "hundreds": lambda: of_collections(400),
    "thousands": lambda: of_collections(1500),
    "hostile": hostile,
}
