"""For how long a category of rows is kept, where that is other than the data map says."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models import Tenant

#: The promise of the privacy policy.
LEAST_DAYS, MOST_DAYS = 1, 90


class RetentionChoice(models.Model):
    """`days` of one category (dsar.fulfilment.purging.people.category_of): a person's own, or, without an account, the
    tenant's for everybody who has chosen none.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="retention_choices")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="retention_choices"
    )
    category = models.CharField(max_length=200)
    days = models.PositiveSmallIntegerField(validators=[MinValueValidator(LEAST_DAYS), MaxValueValidator(MOST_DAYS)])
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="retention_days_in_bounds", condition=models.Q(days__gte=LEAST_DAYS, days__lte=MOST_DAYS)
            ),
            models.UniqueConstraint(
                fields=["tenant", "account", "category"],
                condition=models.Q(account__isnull=False),
                name="retention_chosen_once",
            ),
            models.UniqueConstraint(
                fields=["tenant", "category"], condition=models.Q(account__isnull=True), name="retention_said_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.days} days of {self.category}"
