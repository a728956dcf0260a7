"""A decision that one person has proposed and a second one confirms: the rule of two people."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dsar.models.choices import DenialReason, Status
from dsar.models.request import SubjectRequest


class ProposalKind(models.TextChoices):
    """What two people decide, where the policy says so."""

    ERASURE = "erasure", _("Deletion")
    REFUSAL = "refusal", _("Refusal")
    EXCEPTION = "exception", _("Release without a store")


class ProposalEnd(models.TextChoices):
    """What became of a proposal."""

    CONFIRMED = "confirmed", pgettext_lazy("proposal", "Confirmed")
    REFUSED = "refused", pgettext_lazy("proposal", "Not confirmed")
    WITHDRAWN = "withdrawn", pgettext_lazy("proposal", "Withdrawn")
    VOID = "void", _("Void: the case has changed")


class Proposal(models.Model):
    """`by` has proposed it; nothing is done until somebody else confirms exactly this.

    `status` and `fingerprint` are of what was looked at: once either is another, the proposal is void
    (dsar.actions.seconding.standing). `ground` and `reason` are of a refusal, `dataset` and `reason` of an exception.
    """

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="proposals")
    kind = models.CharField(max_length=10, choices=ProposalKind.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ground = models.CharField(max_length=30, choices=DenialReason.choices, blank=True)
    dataset = models.CharField(max_length=100, blank=True)
    reason = models.TextField(blank=True)
    status = models.CharField(max_length=30, choices=Status.choices)
    fingerprint = models.CharField(max_length=64)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    end = models.CharField(max_length=10, choices=ProposalEnd.choices, blank=True)
    end_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_request", "kind", "dataset"],
                condition=models.Q(ended_at__isnull=True),
                name="proposal_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, end="")
                | models.Q(ended_at__isnull=False) & ~models.Q(end=""),
                name="proposal_ends_somehow",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_by__isnull=True)
                | ~models.Q(end__in=["confirmed", "refused"])
                | ~models.Q(ended_by=models.F("by")),
                name="proposal_of_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"proposal {self.pk} of {self.subject_request}"
