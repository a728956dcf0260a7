"""What is asked of the rows: inboxes, whose request it is, what is due."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from accounts.addresses import address_hash
from accounts.emails import normal_email
from accounts.models import Membership, Role, Tenant, User
from accounts.permissions import ROLE_PERMISSIONS, Permission
from dsar.deadlines import HOUSE_PROMISE, ClockReading, Kind, Pause, house_clock, legal_clock, of_kind
from dsar.models import (
    Bundle,
    ClockPause,
    Decision,
    LegalHold,
    Look,
    Policy,
    PreferenceChange,
    Proposal,
    Purpose,
    RequestType,
    Status,
    Step,
    SubjectRequest,
    Suppression,
)
from dsar.models.choices import FINAL_STATUSES, StepKind, StepState
from dsar.models.decision import DecisionKind

SECONDING_ROLES = [role for role, may in ROLE_PERMISSIONS.items() if Permission.APPROVE_SECOND in may]
#: So many latest requests of a type say how long the next will take.
_SAMPLE = 20
_KINDS = {RequestType.ACCESS: Kind.ACCESS, RequestType.OBJECTION: Kind.OPT_OUT}
#: Whether a proposal waits for a second person, of the case as it is; to be asked with the request itself.
WAITS_FOR_SECOND = Exists(
    Proposal.objects.filter(subject_request=OuterRef("pk"), ended_at=None, status=OuterRef("status"))
)
#: Whether a reviewer has decided to release a request without a store; to be asked with the request itself.
HAS_EXCEPTIONS = Exists(Decision.objects.filter(subject_request=OuterRef("pk"), kind=DecisionKind.EXCEPTION))


def visible_to(*, account: User, tenant: Tenant) -> QuerySet[SubjectRequest]:
    """Return the requests that are the account's own: it filed them, or has verified their address."""
    addresses = EmailAddress.objects.filter(user=account, verified=True).values_list("email", flat=True)
    own = Q(account=account) | Q(
        account=None, verified_at__isnull=False, email__in=[normal_email(address) for address in addresses]
    )
    return SubjectRequest.objects.filter(own, tenant=tenant).select_related("tenant").order_by("-received_at")


def is_asked() -> Exists:
    """Return the condition that the person of a request owes the team an answer."""
    return Exists(ClockPause.objects.filter(subject_request=OuterRef("pk"), is_clarification=True, ended_at=None))


def is_own(*, account: User, subject_request: SubjectRequest) -> bool:
    """Tell whether the request is the account's own, so that nobody decides over themselves."""
    addresses = EmailAddress.objects.filter(user=account).values_list("email", flat=True)
    own_addresses = {normal_email(address) for address in [*addresses, account.email]}
    return subject_request.account_id == account.pk or subject_request.email in own_addresses


def has_decided_before(*, account: User, subject_request: SubjectRequest) -> bool:
    """Tell whether the account decided anything of the request whose answer an appeal is against."""
    old = subject_request.appeal_of_id
    return old is not None and Decision.objects.filter(subject_request=old, by=account).exists()


def open_request(*, tenant: Tenant, account: User, request_type: RequestType) -> SubjectRequest | None:
    """Return the account's open request of a type, if there is one."""
    own = visible_to(account=account, tenant=tenant)
    return own.filter(type=request_type).exclude(status__in=FINAL_STATUSES).first()


def of_same_person(subject_request: SubjectRequest) -> QuerySet[SubjectRequest]:
    """Return every request of the tenant by the account or the address of this one, itself among them.

    An address that was forgotten is nobody's: it must not bring together all whose address was.
    """
    own = Q(pk=subject_request.pk)
    if subject_request.email:
        own |= Q(email=subject_request.email)
    if subject_request.account_id is not None:
        own |= Q(account=subject_request.account_id)
    return SubjectRequest.objects.filter(own, tenant=subject_request.tenant)


def unconfirmed_since(tenant: Tenant, email: str, since: datetime) -> int:
    """Return how many requests under an address were filed since then by nobody knows whom."""
    return SubjectRequest.objects.filter(tenant=tenant, email=email, verified_at=None, received_at__gte=since).count()


def policy(tenant: Tenant) -> Policy:
    """Return the tenant's policy; one that was never written is the house default, unsaved."""
    try:
        return tenant.policy
    except Policy.DoesNotExist:
        return Policy(tenant=tenant)


def look(tenant: Tenant) -> Look:
    """Return how the tenant's portal looks; one that was never set is the portal's own, unsaved."""
    try:
        return tenant.look
    except Look.DoesNotExist:
        return Look(tenant=tenant)


def expected_at(*, tenant: Tenant, request_type: str, now: datetime) -> datetime:
    """Return when a request verified now will likely be done: the median of the latest of its type.

    Never later than the house promise; with too few to tell, the promise itself.
    """
    latest = SubjectRequest.objects.filter(
        tenant=tenant, type=request_type, status=Status.FULFILLED, verified_at__isnull=False
    ).order_by("-closed_at")[:_SAMPLE]
    moments = latest.values_list("verified_at", "closed_at")
    lengths = sorted(closed - verified for verified, closed in moments if closed and verified)
    usual = lengths[len(lengths) // 2] if len(lengths) >= 5 else HOUSE_PROMISE
    return now + min(usual, HOUSE_PROMISE)


def queue(tenant: Tenant) -> QuerySet[SubjectRequest]:
    """Return the team's open requests, what is due first on top."""
    return SubjectRequest.objects.filter(tenant=tenant, closed_at=None).order_by("due_at", "id")


def register(tenant: Tenant) -> QuerySet[SubjectRequest]:
    """Return every request of a tenant, the latest first."""
    return SubjectRequest.objects.filter(tenant=tenant).order_by("-received_at", "-id")


def kind_of(request_type: str) -> Kind:
    """Return which of the laws' rules a request of a type is under."""
    return _KINDS.get(RequestType(request_type), Kind.OTHER)


def clocks(subject_request: SubjectRequest, *, now: datetime) -> tuple[ClockReading, ClockReading]:
    """Return the readings of the house promise and of the law's term, as of now or as of closing."""
    at = subject_request.closed_at or now
    pauses = [
        Pause(pause.started_at, pause.reason, pause.ended_at or subject_request.closed_at, pause.is_clarification)
        for pause in subject_request.pauses.all()
    ]
    law = of_kind(subject_request.regime, kind_of(subject_request.type))
    zone = subject_request.tenant.time_zone
    return (
        house_clock(received_at=subject_request.received_at, pauses=pauses, now=at),
        legal_clock(
            law,
            received_at=subject_request.received_at,
            zone=zone,
            now=at,
            extended=subject_request.extended_at is not None,
            pauses=pauses,
        ),
    )


def open_older_than(age: timedelta, *, now: datetime) -> QuerySet[SubjectRequest]:
    """Return open requests of every tenant that were received at least so long ago."""
    return SubjectRequest.objects.filter(closed_at=None, received_at__lte=now - age).select_related("tenant")


def holds(*, now: datetime) -> QuerySet[LegalHold]:
    """Return the legal holds of every tenant that last now."""
    return LegalHold.objects.filter(Q(until=None) | Q(until__gt=now), since__lte=now)


def is_held(request: str, *, now: datetime) -> Exists:
    """Return the condition that the request in a column (`pk` of a request, `subject_request`) is under legal hold."""
    return Exists(holds(now=now).filter(subject_request=OuterRef(request)))


def holds_on_person(subject_request: SubjectRequest, *, now: datetime | None = None) -> QuerySet[LegalHold]:
    """Return every legal hold on whoever asks, the latest first; `now` for those that last now alone."""
    found = LegalHold.objects.all() if now is None else holds(now=now)
    theirs = found.filter(subject_request__in=of_same_person(subject_request))
    return theirs.select_related("subject_request", "by", "ended_by").order_by("-since", "-id")


def reviewers(tenant: Tenant) -> QuerySet[User]:
    """Return the accounts that hold the reviewer's role in a tenant."""
    members = Membership.objects.filter(tenant=tenant, role=Role.REVIEWER).values("user")
    return User.objects.filter(pk__in=members, is_active=True)


def seconds(proposal: Proposal) -> list[User]:
    """Return who may confirm what was proposed: neither the first nor the person whose request it is."""
    tenant = proposal.subject_request.tenant
    members = Membership.objects.filter(tenant=tenant, role__in=SECONDING_ROLES).values("user")
    others = User.objects.filter(pk__in=members, is_active=True).exclude(pk=proposal.by_id).order_by("pk")
    return [user for user in others if not is_own(account=user, subject_request=proposal.subject_request)]


def current_bundle(subject_request: SubjectRequest) -> Bundle | None:
    """Return the bundle that is or will be delivered; an older one, or one that was purged, is not."""
    return subject_request.bundles.filter(purged_at=None).first()


def latest_bundle(subject_request: SubjectRequest) -> Bundle | None:
    """Return the last bundle made, purged or not."""
    return subject_request.bundles.first()


def open_failures(subject_request: SubjectRequest) -> list[Step]:
    """Return the failed steps for which no exception is recorded: they block release."""
    failed = subject_request.steps.filter(state=StepState.FAILED)
    return failures_without_exception(failed, excepted_datasets(subject_request))


def failures_without_exception(steps: Iterable[Step], excepted: Container[str]) -> list[Step]:
    """Return the steps among these that failed and are not released without."""
    failed = (step for step in steps if step.state == StepState.FAILED)
    return [step for step in failed if step.kind == StepKind.PACK or step.dataset not in excepted]


def excepted_datasets(subject_request: SubjectRequest) -> dict[str, Decision]:
    """Return the datasets that a reviewer released without, and the decision that says why."""
    decisions = subject_request.decisions.filter(kind=DecisionKind.EXCEPTION)
    return {decision.dataset: decision for decision in decisions}


def switched_on(*, tenant: Tenant, email: str) -> frozenset[Purpose]:
    """Return the purposes that an address has switched on: all others are off. Raises KeyringError.

    A purpose on the suppression list is off, whatever else is written: of two changes at once, the refusal holds.
    """
    own = {"tenant": tenant, "address_hash": address_hash(tenant, email)}
    newest = PreferenceChange.objects.filter(**own).order_by().values("purpose").annotate(newest=Max("pk"))
    # By whoever has the address now: an address that changed hands has no consent of its former owner's.
    current = PreferenceChange.objects.filter(pk__in=newest.values("newest"), account__email=normal_email(email))
    given = current.filter(given=True).values_list("purpose", flat=True)
    refused = Suppression.objects.filter(**own).values_list("purpose", flat=True)
    return frozenset(Purpose(purpose) for purpose in set(given) - set(refused))


def refused(*, tenant: Tenant, email: str) -> frozenset[Purpose]:
    """Return the purposes that an address has opted out of: the suppression list's word. Raises KeyringError."""
    hashed = address_hash(tenant, email)
    found = Suppression.objects.filter(tenant=tenant, address_hash=hashed).values_list("purpose", flat=True)
    return frozenset(map(Purpose, found))


def preference_history(*, tenant: Tenant, account: User) -> QuerySet[PreferenceChange]:
    """Return every change of the account's, under an earlier address too, the latest first. Raises KeyringError."""
    own = Q(account=account) | Q(account=None, address_hash=address_hash(tenant, account.email))
    return PreferenceChange.objects.filter(own, tenant=tenant).order_by("-at", "-pk")
