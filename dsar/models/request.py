"""One request of a person."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import languages
from accounts.models import Tenant
from dsar.deadlines import REGIMES
from dsar.models.choices import DenialReason, Outcome, RequestType, Residence, Status
from dsar.wording import told


class SubjectRequest(models.Model):
    """A request and where it stands. `received_at` starts both clocks; `due_at` is the house promise's end.

    `email` is the identity it was filed under, in normal form. `regime` is the law it runs under, a key of
    dsar.deadlines.REGIMES: chosen at intake by `residence`, else by the tenant's policy. `filing_token` makes a double
    submit one request. `sealed_key` is the wrapped age key of what steps collect; None means destroyed. `waits_for`
    says why its work cannot go on for now (a mistake in a data map, with file and line); "" while it can.
    `extended_at`: since then the law's term is the longer one that it allows; the house promise stays as it was.
    `narrowing` is what of their data the person asked for (dsar.bundle.part); empty is everything. `appeal_of` is the
    request whose answer an appeal is against; `granted_by` the appeal by which a request was filed anew.
    `assigned_to` is who of the team has taken it; it stays when the request is closed.
    `texts_deleted_at`: its texts, identities and steps are gone since; what is left is the register.
    """

    reference = models.CharField(max_length=20, unique=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="subject_requests")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="subject_requests"
    )
    email = models.EmailField(max_length=254)
    type = models.CharField(max_length=20, choices=RequestType.choices)
    status = models.CharField(max_length=24, choices=Status.choices, default=Status.AWAITING_VERIFICATION)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    denial_reason = models.CharField(max_length=24, choices=DenialReason.choices, blank=True)
    explanation = models.TextField(blank=True)
    question = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    language = models.CharField(max_length=10, default="en")
    narrowing = models.JSONField(default=dict, blank=True)
    appeal_of = models.OneToOneField("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="appeal")
    granted_by = models.OneToOneField("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="anew")
    residence = models.CharField(max_length=12, choices=Residence.choices, blank=True, default="")
    regime = models.CharField(max_length=10, default="gdpr")
    filing_token = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    extended_at = models.DateTimeField(null=True, blank=True)
    expected_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    data_map_fingerprint = models.CharField(max_length=64, blank=True)
    sealed_key = models.BinaryField(null=True)
    waits_for = models.TextField(blank=True)
    texts_deleted_at = models.DateTimeField(null=True, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "filing_token"], name="request_filed_once"),
            models.CheckConstraint(
                name="request_closed_iff_final",
                condition=models.Q(status__in=["fulfilled", "denied", "withdrawn"], closed_at__isnull=False)
                | (~models.Q(status__in=["fulfilled", "denied", "withdrawn"]) & models.Q(closed_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="request_denied_has_reason",
                condition=~models.Q(status="denied") | ~models.Q(denial_reason=""),
            ),
            models.CheckConstraint(
                name="open_request_has_its_texts",
                condition=models.Q(texts_deleted_at__isnull=True) | models.Q(closed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "status", "due_at", "id"], name="request_queue"),
            models.Index(fields=["tenant", "email"], name="request_of_email"),
            # Not of the open ones: by its figures a planner takes “no closing” for one moment among a million.
            models.Index(
                fields=["tenant", "closed_at"], name="request_closed", condition=models.Q(closed_at__isnull=False)
            ),
            # The queue reads nothing but this of the open ones; the register probes the others (dsar.worklist.paging).
            # closed_at is always null here: SQLite looks it up in the row unless it is in the index.
            models.Index(
                fields=["tenant", "due_at", "id", "status", "type", "regime", "assigned_to", "closed_at"],
                name="request_open",
                condition=models.Q(closed_at__isnull=True),
            ),
            # Without what is waited for: a text may be longer than an index takes.
            models.Index(
                fields=["tenant", "due_at", "id", "status", "type", "regime", "assigned_to", "closed_at"],
                name="request_stuck",
                condition=models.Q(closed_at__isnull=True, waits_for__gt=""),
            ),
            models.Index(
                fields=["tenant", "type", "status", "regime", "closed_at", "id"],
                name="request_register",
                condition=models.Q(closed_at__isnull=False),
            ),
            models.Index(
                fields=["tenant", "assigned_to", "type", "status", "regime", "closed_at", "id"],
                name="request_register_of",
                condition=models.Q(closed_at__isnull=False),
            ),
            models.Index(
                fields=["tenant", "assigned_to", "closed_at", "id"],
                name="request_closed_of",
                condition=models.Q(closed_at__isnull=False),
            ),
            # For the end of an account alone.
            models.Index(
                fields=["assigned_to"], name="request_assigned", condition=models.Q(assigned_to__isnull=False)
            ),
            models.Index(fields=["tenant", "received_at"], name="request_received"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_final(self) -> bool:
        return self.closed_at is not None

    @property
    def reads(self) -> str:
        """The language of whoever filed it: the account's by now, else that of the page that it was filed on."""
        chosen = self.account.language if self.account else ""
        return languages.nearest(chosen or self.language, self.tenant)

    @property
    def complaint(self) -> str:
        """What the law of the request lets somebody do who is refused: a sentence, or two.

        With the supervisory authority that the company names, if it does.
        """
        allowed = told(REGIMES[self.regime].complaint.text)
        look = getattr(self.tenant, "look", None)
        authority = " ".join(look.text("authority", get_language() or "en").split()).rstrip(".") if look else ""
        if not authority:
            return allowed
        supervises = _("The authority that supervises us: %(authority)s.") % {"authority": authority}
        return f"{allowed} {supervises}"
