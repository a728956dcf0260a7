"""A tenant's own rules; what it does not say is the house default."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models import Tenant
from dsar.deadlines import DEFAULT_REGIMES, RegimesError, checked
from dsar.models.choices import Gate, RequestType

DEFAULT_GATES = {
    RequestType.ACCESS: Gate.BEFORE_RELEASE,
    RequestType.PORTABILITY: Gate.NONE,
    RequestType.OBJECTION: Gate.NONE,
}


def default_regimes() -> list[str]:
    """Return the law of a tenant that named none."""
    return list(DEFAULT_REGIMES)


def known_regimes(regimes: object) -> None:
    """Refuse what is no list of laws that we know. Raises ValidationError."""
    try:
        checked(regimes)
    except RegimesError as error:
        raise ValidationError(str(error)) from error


class Policy(models.Model):
    """`gates` maps request types to gates; `bundle_days` is how long a released bundle can be fetched.

    `undo_hours` is how long a person can take a deletion back; it is counted in the 48 hours of the house promise.
    `lifting_days` is how long before its end a person is told that a restriction is lifted (GDPR Article 18(3)).
    `two_for_*` say what two people decide: a deletion of at least `two_from_rows` rows or of rows in at least
    `two_from_collections` collections, a refusal as unfounded or excessive, a release without a store that failed.
    `regimes` are the laws a tenant answers under: the strictest of them holds for whoever does not say where they live.
    `publishes_figures`: how the promise is kept can be read by anybody, under /compliance/.
    """

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="policy")
    bundle_days = models.PositiveSmallIntegerField(default=7, validators=[MinValueValidator(1), MaxValueValidator(90)])
    undo_hours = models.PositiveSmallIntegerField(default=24, validators=[MaxValueValidator(40)])
    lifting_days = models.PositiveSmallIntegerField(default=7, validators=[MinValueValidator(1), MaxValueValidator(30)])
    gates = models.JSONField(default=dict, blank=True)
    regimes = models.JSONField(default=default_regimes, validators=[known_regimes])
    publishes_figures = models.BooleanField(default=False)

    two_for_erasure = models.BooleanField(default=True)
    two_from_rows = models.PositiveIntegerField(default=1_000, validators=[MinValueValidator(1)])
    two_from_collections = models.PositiveSmallIntegerField(
        default=40, validators=[MinValueValidator(1), MaxValueValidator(10_000)]
    )
    two_for_refusal = models.BooleanField(default=True)
    two_for_exception = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "policies"
        constraints = [
            models.CheckConstraint(
                name="bundle_days_in_bounds", condition=models.Q(bundle_days__gte=1, bundle_days__lte=90)
            ),
            models.CheckConstraint(name="undo_hours_in_bounds", condition=models.Q(undo_hours__lte=40)),
            models.CheckConstraint(
                name="lifting_days_in_bounds", condition=models.Q(lifting_days__gte=1, lifting_days__lte=30)
            ),
        ]

    def __str__(self) -> str:
        return f"policy of {self.tenant}"

    def gate(self, request_type: str) -> Gate:
        """Return where a reviewer stands for this type: the tenant's word, else the default of design.md."""
        chosen = self.gates.get(request_type)
        return Gate(chosen) if chosen else DEFAULT_GATES.get(RequestType(request_type), Gate.BEFORE_FULFILMENT)
