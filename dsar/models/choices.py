"""The closed lists of words that rows hold (docs/glossary.md)."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class RequestType(models.TextChoices):
    """What a person may ask for; what is fulfilled today is actions.intake.OFFERED_TYPES."""

    ACCESS = "access", _("A copy of my data")
    PORTABILITY = "portability", _("An export to take elsewhere")
    RECTIFICATION = "rectification", _("A correction of my data")
    ERASURE = "erasure", _("Deletion of my data")
    OBJECTION = "objection", _("An objection to a use of my data")
    RESTRICTION = "restriction", _("A stop of processing")
    HUMAN_REVIEW = "human_review", _("A human look at an automated decision")
    ENQUIRY = "enquiry", _("A question to the privacy team")
    APPEAL = "appeal", _("An appeal against an answer")


#: What is asked in words and answered in words, by a person of the team: nothing is collected.
WRITTEN_TYPES = frozenset({RequestType.ENQUIRY, RequestType.HUMAN_REVIEW, RequestType.APPEAL})
#: What stops a use of data, for good or for a time (GDPR Articles 18 and 21): data stays where it is.
STOP_TYPES = frozenset({RequestType.OBJECTION, RequestType.RESTRICTION})
#: For these no store is walked.
UNWALKED_TYPES = WRITTEN_TYPES | STOP_TYPES


class Status(models.TextChoices):
    """Where a request stands. There is no status for errors: failures live on steps."""

    AWAITING_VERIFICATION = "awaiting_verification", _("Waiting for you to confirm")
    AWAITING_REVIEW = "awaiting_review", _("With the privacy team")
    FULFILLING = "fulfilling", _("Under way")
    AWAITING_RELEASE = "awaiting_release", _("In final review")
    FULFILLED = "fulfilled", pgettext_lazy("request", "Done")
    DENIED = "denied", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


FINAL_STATUSES = frozenset({Status.FULFILLED, Status.DENIED, Status.WITHDRAWN})


class Outcome(models.TextChoices):
    """What a fulfilled request brought. UPHELD and those after it: what became of what a person looked at again."""

    FULL = "full", _("In full")
    PARTIAL = "partial", _("In part")
    NONE = "none", _("Nothing held")
    UPHELD = "upheld", _("The decision stands")
    CHANGED = "changed", _("The decision was changed")
    NOT_MADE = "not_made", _("No computer decided this alone")
    GRANTED = "granted", _("The appeal was granted")


#: Of an appeal against an answer.
APPEAL_OUTCOMES = (Outcome.UPHELD, Outcome.GRANTED)
REVIEW_OUTCOMES = (Outcome.UPHELD, Outcome.CHANGED, Outcome.NOT_MADE)


class DenialReason(models.TextChoices):
    """Why a request is refused: the Data Rights Protocol's reasons."""

    SUSPECTED_FRAUD = "suspected_fraud", _("Suspected fraud")
    INSUF_VERIFICATION = "insuf_verification", _("Identity not confirmed")
    NO_MATCH = "no_match", _("No data found for this identity")
    CLAIM_NOT_COVERED = "claim_not_covered", _("Not covered by the law or the policy")
    OUTSIDE_JURISDICTION = "outside_jurisdiction", _("Outside the jurisdiction")
    TOO_MANY_REQUESTS = "too_many_requests", _("Too many requests")
    OTHER = "other", _("Another reason")


class Residence(models.TextChoices):
    """Where a person says that they live; which law follows from it is dsar.deadlines.BY_RESIDENCE. "" is not said."""

    EU = "eu", _("European Union or EEA")
    UK = "uk", _("United Kingdom")
    CALIFORNIA = "california", _("California")
    OTHER_US = "other_us", _("Another state of the United States")
    BRAZIL = "brazil", _("Brazil")
    CANADA = "canada", _("Canada")
    ELSEWHERE = "elsewhere", _("Elsewhere")


class StepKind(models.TextChoices):
    """The work of a step. IDENTIFY finds further proven identities first; PACK makes the bundle, or the certificate.

    PREVIEW and VERIFY read every store; ERASE and CORRECT change one.
    """

    IDENTIFY = "identify", _("Find identities")
    COLLECT = "collect", _("Collect")
    PREVIEW = "preview", _("Preview")
    ERASE = "erase", _("Erase")
    CORRECT = "correct", _("Correct")
    VERIFY = "verify", _("Read again")
    PACK = "pack", _("Pack")


class StepState(models.TextChoices):
    READY = "ready", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", pgettext_lazy("step", "Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class NoticeKind(models.TextChoices):
    """What a recipient of the data is told of."""

    ERASURE = "erasure", _("Erased")
    CORRECTION = "correction", _("Corrected")
    ERASURE_UNDONE = "erasure_undone", _("Not erased after all")
    RESTRICTION = "restriction", _("Not used for the time being")
    RESTRICTION_LIFTED = "restriction_lifted", _("Used again")


class NoticeChannel(models.TextChoices):
    """How a recipient of the data is told."""

    EMAIL = "email", _("Email")
    WEBHOOK = "webhook", _("Web address")


class SealedTo(models.TextChoices):
    """What opens a bundle that only the person can open."""

    AGE = "age", _("An age key")
    SSH = "ssh", _("An SSH key")
    PASSPHRASE = "passphrase", _("A passphrase")


class Gate(models.TextChoices):
    """Where a reviewer stands in the way of a request type."""

    NONE = "none", _("No review")
    BEFORE_FULFILMENT = "before_fulfilment", _("Review before anything is done")
    BEFORE_RELEASE = "before_release", _("Review before release")


class Purpose(models.TextChoices):
    """What a person may switch on or leave off. Essential mail is none of these: it cannot be switched off."""

    PRODUCT_NEWS = "product_news", _("Product news")
    TIPS = "tips", _("Tips")
    RESEARCH = "research", _("Research")
    TRAINING = "training", _("Training on my data")
    SHARING = "sharing", _("Sharing with third parties")


#: Purposes that are messages to the person; the others are uses of their data.
MAILINGS = frozenset({Purpose.PRODUCT_NEWS, Purpose.TIPS, Purpose.RESEARCH})


class ChangedBy(models.TextChoices):
    """How a preference came to be changed."""

    PAGE = "page", _("On this page")
    ONE_CLICK = "one_click", _("By the unsubscribe link of a message")
    GPC = "gpc", _("By your browser's privacy signal")
    OBJECTION = "objection", _("By an objection")


class Ground(models.TextChoices):
    """Why a use of data stops: GDPR Article 18(1)(a) to (d); the last is an objection, pending or granted."""

    ACCURACY = "accuracy", _("I say that the data is wrong, and it is being checked")
    UNLAWFUL = "unlawful", _("The use is unlawful, but I do not want the data deleted")
    CLAIMS = "claims", _("I need the data for a legal claim")
    OBJECTION = "objection", _("I object to the use")


#: What a request for a restriction may be based on; the last comes of an objection alone.
ASKED_GROUNDS = (Ground.ACCURACY, Ground.UNLAWFUL, Ground.CLAIMS)
