"""The certificate of an erasure: made, signed and kept for a while; fetched with the secret of the last email."""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts.addresses import address_hash
from accounts.models import Tenant
from dsar import payloads
from dsar.actions.delivery.signing import tenant_signer
from dsar.actions.erasing.keeping import copies_of
from dsar.actions.erasing.planning import order_of
from dsar.actions.erasing.result import Result
from dsar.actions.fulfilment.leases import Hold
from dsar.actions.trail import note
from dsar.certificate.document import signed_document
from dsar.certificate.facts import (
    LEDGER,
    LEDGER_UNTIL,
    REGISTER,
    SUPPRESSION,
    SUPPRESSION_UNTIL,
    ErasureFacts,
    RecipientTold,
    Remains,
    RequestFacts,
    Restoration,
    RestorationState,
)
from dsar.certificate.gathering import Reading, facts_of
from dsar.certificate.issue import issue_certificate
from dsar.deadlines import REGIMES
from dsar.models import Certificate, SubjectRequest, Suppression
from dsar.tenantmap import tenant_map
from dsar.wording import N_

#: How long it can be fetched.
FETCHABLE = timedelta(days=30)
#: How long the register keeps that there was a request.
_REGISTER = timedelta(days=730)
_SECRET_BYTES = 20
FORMS = {"pdf": "application/pdf", "json": "application/json"}


class NoCertificateError(Exception):
    """There is no such certificate, its time is over, or the secret is another: nobody is told which."""


@dataclass(frozen=True)
class Made:
    """A certificate in storage that no row knows yet, and the secret that opens it."""

    certificate: Certificate
    secret: str
    facts: ErasureFacts

    @property
    def uncopied(self) -> tuple[str, ...]:
        """The titles of stores of which no copy is kept, while one is of others."""
        if self.facts.restoration.state is not RestorationState.KEPT:
            return ()
        return tuple(
            store.title for store in self.facts.stores if store.copy and store.copy.state is not RestorationState.KEPT
        )


def certify(hold: Hold, result: Result, *, recipients: Sequence[RecipientTold], now: datetime) -> Made:
    """Make and sign it, and put it into storage; `recipients` are told as it is kept.

    Raises FactsError, PdfUnavailable, KeyringError, OSError.
    """
    subject_request = hold.step.subject_request
    facts = _facts(subject_request, result, recipients, now=now)
    signer = tenant_signer(subject_request.tenant)
    texts = tenant_map(subject_request.tenant).data_map.translations.get(facts.request.language, {})
    if settings.REPORT_PDF:
        issued = issue_certificate(facts=facts, signer=signer, texts=texts)
        files = {"json": issued.content, "pdf": issued.pdf}
    else:
        files = {"json": signed_document(facts, signer=signer)}
    sealed_key, folder = payloads.new_sealed_key(), f"certificates/{subject_request.reference}/{hold.fence}"
    for form, content in files.items():
        payloads.put(f"{folder}/certificate.{form}.age", io.BytesIO(content), key=payloads.open_key(sealed_key))
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    certificate = Certificate(
        subject_request=subject_request,
        path=folder,
        bytes=len(files.get("pdf", files["json"])),
        sha256=hashlib.sha256(files["json"]).hexdigest(),
        sealed_key=sealed_key,
        secret_hash=_hash(secret),
        made_at=now,
        expires_at=now + FETCHABLE,
    )
    return Made(certificate, secret, facts)


def fetch(*, tenant: Tenant, reference: str, secret: str, form: str, now: datetime) -> bytes:
    """Return a certificate as "pdf" or "json", and record that it was fetched. Raises NoCertificateError."""
    found = Certificate.objects.filter(
        subject_request__tenant=tenant, subject_request__reference=reference, purged_at=None, expires_at__gt=now
    )
    certificate = found.select_related("subject_request__tenant").first()
    known = certificate.secret_hash if certificate else _hash("")
    # Compared in the same time whether or not there is one.
    if not hmac.compare_digest(known, _hash(secret)) or certificate is None or form not in FORMS:
        raise NoCertificateError
    try:
        content = payloads.read(
            f"{certificate.path}/certificate.{form}.age", key=payloads.open_key(certificate.sealed_key)
        )
    except payloads.PayloadGoneError as error:
        raise NoCertificateError from error
    with transaction.atomic():
        note(certificate.subject_request, "certificate.fetched", by=None, at=now)
    return content


def _facts(
    subject_request: SubjectRequest, result: Result, recipients: Sequence[RecipientTold], *, now: datetime
) -> ErasureFacts:
    data_map = tenant_map(subject_request.tenant).platform.data_map
    copies = copies_of(subject_request, _changed(result), now=now)
    return facts_of(
        request=_request(subject_request, result),
        data_map=data_map,
        preview=result.approved,
        done=result.done,
        readings={
            dataset.key: Reading.of(result.proof, dataset.key, at=result.read_at) for dataset in data_map.datasets
        },
        restoration=_restoration(subject_request, copies),
        copies=copies,
        issued_at=now,
        recipients=recipients,
        remains=tuple(_remains(subject_request, now=now)),
        fetchable_until=now + FETCHABLE,
    )


def _remains(subject_request: SubjectRequest, *, now: datetime) -> Iterator[Remains]:
    """Yield what stays of it in this portal. Raises KeyringError."""
    yield Remains(REGISTER, now + _REGISTER)
    yield Remains(LEDGER, why=LEDGER_UNTIL)
    tenant = subject_request.tenant
    refused = Suppression.objects.filter(tenant=tenant, address_hash=address_hash(tenant, subject_request.email))
    if refused.exists():
        yield Remains(SUPPRESSION, why=SUPPRESSION_UNTIL)


def _changed(result: Result) -> frozenset[str]:
    return frozenset(key[0] for key, part in result.done.items() if part.to_do)


def _restoration(subject_request: SubjectRequest, copies: Mapping[str, Restoration]) -> Restoration:
    if not order_of(subject_request).keeps_copy:
        return Restoration(RestorationState.REFUSED)
    kept = (told for told in copies.values() if told.state is RestorationState.KEPT)
    return next(kept, Restoration(RestorationState.NONE))


def _request(subject_request: SubjectRequest, result: Result) -> RequestFacts:
    order = order_of(subject_request)
    if order.approved_at is None or subject_request.verified_at is None:
        raise ValueError("an erasure that nobody approved is not certified")
    kinds = subject_request.identities.filter(proven_at__isnull=False).values_list("kind", flat=True)
    return RequestFacts(
        reference=subject_request.reference,
        tenant=subject_request.tenant.name,
        contact=subject_request.tenant.contact_email,
        regime=REGIMES[subject_request.regime].label,
        received_at=subject_request.received_at,
        verified_at=subject_request.verified_at,
        approved_at=order.approved_at,
        approved_by=N_("a reviewer of the privacy team"),
        erased_at=result.erased_at,
        erased_by=N_("a worker of this portal, as approved"),
        plan_sha256=order.approved,
        identity_kinds=tuple(sorted(set(kinds))),
        language=subject_request.reads,
    )


def _hash(secret: str) -> str:
    """Return the hash under which a secret of 160 random bits is known: it needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()
