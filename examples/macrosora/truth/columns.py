"""The columns a bundle shows, and how each is spelt. What is not here is secret or left out knowingly."""

from __future__ import annotations

from typing import Any

from examples.macrosora.truth import spelling
from examples.macrosora.truth.spelling import Spell, base64_text, decimal, moment, same, yes_or_no


def _profile(value: str) -> Any:
    return spelling.without(spelling.document(value), ("recovery", "seed"))


def _plain(names: str) -> dict[str, Spell]:
    return dict.fromkeys(names.split(), same)


COLUMNS: dict[str, dict[str, Spell]] = {
    "people": {
        **_plain("id email full_name company job_title phone locale birth_date bio external_id sign_in_count"),
        **_plain("satisfaction"),
        "avatar": base64_text,
        "is_active": yes_or_no,
        "is_restricted": yes_or_no,
        "newsletter": yes_or_no,
        "credit_balance": decimal,
        "profile": _profile,
        "created_at": moment,
        "deleted_at": moment,
    },
    "previous_emails": {**_plain("id person_id email"), "changed_at": moment},
    "organisations": {
        **_plain("id name vat_number country employees contact_email"),
        "created_at": moment,
    },
    "memberships": _plain("person_id organisation_id role joined_on"),
    "invitations": {
        **_plain("id email inviter_person_id organisation_id role message"),
        "sent_at": moment,
        "accepted_at": moment,
    },
    "consents": {
        **_plain("id person_id email purpose source"),
        "given": yes_or_no,
        "evidence": spelling.document,
        "at": moment,
    },
    "api_keys": {
        **_plain("id person_id name prefix call_limit"),
        "scopes": spelling.document,
        "created_at": moment,
        "last_used_at": moment,
    },
    "sessions": {
        **_plain("id person_id ip_address user_agent"),
        "created_at": moment,
        "last_seen_at": moment,
    },
    "sign_ins": {**_plain("id person_id method ip_address"), "at": moment, "succeeded": yes_or_no},
    "devices": {
        **_plain("id person_id browser browser_version operating_system first_seen_on last_seen_on"),
        "trusted": yes_or_no,
    },
    "feature_uses": _plain("person_id feature used_on times"),
    "invoices": {
        **_plain("id organisation_id number billing_name billing_email currency issued_on"),
        "amount": decimal,
        "vat_rate": decimal,
        "paid_at": moment,
        "pdf": base64_text,
    },
    "invoice_lines": {**_plain("invoice_id line description quantity"), "unit_price": decimal},
    "support_tickets": {
        **_plain("id person_id requester_email subject body priority internal_note"),
        "opened_at": moment,
        "closed_at": moment,
    },
    "ticket_messages": {**_plain("id ticket_id author_email text"), "sent_at": moment},
    "model_configurations": {
        **_plain("id owner_id organisation_id name current_version note"),
        "shared_with": spelling.document,
        "created_at": moment,
    },
    "configuration_versions": {
        **_plain("configuration_id version owner_id model system_prompt valid_from"),
        "temperature": decimal,
        "cost_limit": decimal,
        "parameters": spelling.document,
        "stop_sequences": spelling.document,
        "saved_at": moment,
    },
}

#: What the platform worked out for itself, which portability leaves out: fields, or "*" for all of a collection.
INFERRED: dict[tuple[str, str], tuple[str, ...]] = {
    ("app", "people"): ("satisfaction",),
    ("app", "support_tickets"): ("internal_note",),
    ("cache", "feature_flags"): ("*",),
    ("mail", "contacts"): ("engagement", "tags"),
}
