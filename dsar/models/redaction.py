"""Other people's values in what was collected, and what a reviewer decided about each."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dsar.models.request import SubjectRequest


class RedactionKind(models.TextChoices):
    """What a value is; the words of dsar.redaction.kinds."""

    NAME = "name", _("Name")
    EMAIL = "email", _("Email address")
    PHONE = "phone", _("Phone number")
    KEY = "key", _("Password or key")
    OTHER = "other", _("Text")


class RedactionVerdict(models.TextChoices):
    OPEN = "", _("Not decided")
    HIDE = "hide", _("Hidden")
    KEEP = "keep", _("Shown")


class HideReason(models.TextChoices):
    """Why a value is hidden: GDPR Article 15(4) speaks of the rights and freedoms of others. The person reads it."""

    OTHER_PERSON = "other_person", _("It is about somebody else, and says nothing about you")
    IN_CONFIDENCE = "in_confidence", _("Somebody told it in confidence")
    OPENS_SOMETHING = "opens_something", _("It opens somebody's account or system")
    AT_RISK = "at_risk", _("Somebody could come to harm if it were known")


class KeepReason(models.TextChoices):
    """Why a value is shown as it stands. For the team alone."""

    OWN = "own", _("It is the person's own")
    NOBODY = "nobody", _("It names no person: a place, a product, an office")
    KNOWN = "known", _("The person knows it: they wrote it, or it was written to them")
    PUBLIC = "public", _("It is public, or part of somebody's work for the company")
    NEEDED = "needed", _("Without it the person could not understand what is held about them")


class RedactionReview(models.Model):
    """That a request's rows were looked through, when, and how much of it is not listed.

    `beyond` maps "dataset:collection" to the number of places whose values are not listed, because there were too many.
    """

    subject_request = models.OneToOneField(SubjectRequest, on_delete=models.CASCADE, related_name="redaction")
    looked_at = models.DateTimeField()
    beyond = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"redaction of {self.subject_request}"


class RedactionValue(models.Model):
    """A value in one collection. What it is and where it stands is in `sealed`, by a key made from the request's.

    `mark` is a keyed hash of the value, by the same key: equal values of one request have one mark. Both tell nothing
    once the request's key is destroyed. `words` are the reviewer's own, which the person reads.
    """

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="redaction_values")
    dataset = models.CharField(max_length=100)
    collection = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=RedactionKind.choices)
    mark = models.CharField(max_length=64)
    sealed = models.BinaryField()
    places = models.PositiveIntegerField()
    by_hand = models.BooleanField(default=False)
    verdict = models.CharField(max_length=4, choices=RedactionVerdict.choices, blank=True, default="")
    reason = models.CharField(max_length=20, choices=[*HideReason.choices, *KeepReason.choices], blank=True, default="")
    words = models.TextField(blank=True, default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "mark", "dataset", "collection"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_request", "mark", "dataset", "collection"], name="redaction_value_once"
            ),
            models.CheckConstraint(
                name="redaction_says_why",
                condition=models.Q(verdict="", reason="", decided_at__isnull=True)
                | (~models.Q(verdict="") & ~models.Q(reason="") & models.Q(decided_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.subject_request}"
