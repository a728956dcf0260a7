from dsar.models.accepted_map import AcceptedMap
from dsar.models.agent import AgentAuthority
from dsar.models.bundle import Bundle, Download
from dsar.models.case_viewer import CaseViewer
from dsar.models.certificate import Certificate
from dsar.models.check import Check, CheckKind
from dsar.models.choice_writing import ChoiceWriting
from dsar.models.choices import (
    MAILINGS,
    ChangedBy,
    DenialReason,
    Gate,
    Ground,
    NoticeChannel,
    NoticeKind,
    Outcome,
    Purpose,
    RequestType,
    Residence,
    SealedTo,
    Status,
    StepKind,
    StepState,
)
from dsar.models.clock import ClockPause, ClockWarning
from dsar.models.code import VerificationCode
from dsar.models.correction_order import CorrectionOrder
from dsar.models.daily_figure import DailyFigure, DailyStoreFigure, FigureSpan
from dsar.models.decision import Decision, DecisionKind
from dsar.models.dispute import DisputeStatement
from dsar.models.erasure_order import ErasureOrder
from dsar.models.identity import Identity
from dsar.models.internal_note import InternalNote
from dsar.models.legal_hold import LegalHold
from dsar.models.look import Logo, Look, TextName
from dsar.models.message import Attachment, Clarification, Message
from dsar.models.message_template import MessageTemplate
from dsar.models.morning_digest import MorningDigest
from dsar.models.policy import Policy
from dsar.models.preference import PreferenceChange
from dsar.models.proposal import Proposal, ProposalEnd, ProposalKind
from dsar.models.published_figures import PublishedFigures
from dsar.models.purge import PurgeApproval, PurgeRun
from dsar.models.recipient_notice import RecipientNotice
from dsar.models.redaction import (
    HideReason,
    KeepReason,
    RedactionKind,
    RedactionReview,
    RedactionValue,
    RedactionVerdict,
)
from dsar.models.request import SubjectRequest
from dsar.models.restriction import Restriction
from dsar.models.retention_choice import RetentionChoice
from dsar.models.saved_view import SavedView
from dsar.models.setting_change import SettingChange
from dsar.models.step import Step
from dsar.models.stop_writing import StopWriting
from dsar.models.suppression import Suppression
from dsar.models.suspension import Suspension, Visibility

__all__ = [
    "MAILINGS",
    "AcceptedMap",
    "AgentAuthority",
    "Attachment",
    "Bundle",
    "CaseViewer",
    "Certificate",
    "ChangedBy",
    "Check",
    "CheckKind",
    "ChoiceWriting",
    "Clarification",
    "ClockPause",
    "ClockWarning",
    "CorrectionOrder",
    "DailyFigure",
    "DailyStoreFigure",
    "Decision",
    "DecisionKind",
    "DenialReason",
    "DisputeStatement",
    "Download",
    "ErasureOrder",
    "FigureSpan",
    "Gate",
    "Ground",
    "HideReason",
    "Identity",
    "InternalNote",
    "KeepReason",
    "LegalHold",
    "Logo",
    "Look",
    "Message",
    "MessageTemplate",
    "MorningDigest",
    "NoticeChannel",
    "NoticeKind",
    "Outcome",
    "Policy",
    "PreferenceChange",
    "Proposal",
    "ProposalEnd",
    "ProposalKind",
    "PublishedFigures",
    "PurgeApproval",
    "PurgeRun",
    "Purpose",
    "RecipientNotice",
    "RedactionKind",
    "RedactionReview",
    "RedactionValue",
    "RedactionVerdict",
    "RequestType",
    "Residence",
    "Restriction",
    "RetentionChoice",
    "SavedView",
    "SealedTo",
    "SettingChange",
    "Status",
    "Step",
    "StepKind",
    "StepState",
    "StopWriting",
    "SubjectRequest",
    "Suppression",
    "Suspension",
    "TextName",
    "VerificationCode",
    "Visibility",
]
