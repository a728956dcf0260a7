"""What each column of the rights holds and how long (accounts.models.classification)."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.models.classification import Held, Retention, held

RIGHTS: Mapping[str, Mapping[str, Held]] = {
    "SubjectRequest": {
        **held(
            Retention.REGISTER,
            personal="id reference account type status outcome denial_reason language received_at verified_at due_at "
            "extended_at expected_at closed_at",
            operational="tenant regime data_map_fingerprint waits_for texts_deleted_at appeal_of granted_by "
            "assigned_to",
            secrets="filing_token",
        ),
        **held(Retention.PAYLOAD, personal="email explanation question answer residence narrowing"),
        **held(Retention.CLOSING, secrets="sealed_key"),
    },
    "Identity": held(Retention.PAYLOAD, personal="kind value proven_by proven_at", operational="id subject_request"),
    "VerificationCode": held(
        Retention.PAYLOAD, secrets="code_hash", operational="id subject_request sent_at expires_at used_at attempts"
    ),
    "ClockPause": held(
        Retention.REGISTER,
        personal="reason started_at ended_at",
        operational="id subject_request is_clarification",
    ),
    "ClockWarning": held(Retention.REGISTER, operational="id subject_request clock percent given_at"),
    "Decision": {
        # `by` tells of the reviewer, not of the person who asked.
        **held(Retention.REGISTER, personal="kind at dataset", operational="id subject_request by second"),
        **held(Retention.PAYLOAD, personal="reason"),
    },
    "Message": held(
        Retention.PAYLOAD,
        personal="is_from_team text sent_at read_at",
        operational="id subject_request by token",
    ),
    # The bytes are encrypted with the request's key, and gone with it.
    "Attachment": held(Retention.PAYLOAD, personal="kind bytes sha256", operational="id message path"),
    "Clarification": held(Retention.PAYLOAD, personal="end", operational="id message pause reminders"),
    # The team's own words to itself: not handed out with a bundle, see decision 0031.
    "InternalNote": held(Retention.PAYLOAD, operational="id subject_request by text token at mentioned"),
    # What the team weighs among itself, as the reasons of a hold; what is decided of it is a Decision.
    "Proposal": {
        **held(
            Retention.REGISTER,
            operational="id subject_request kind by at ground dataset status fingerprint ended_at ended_by end",
        ),
        **held(Retention.PAYLOAD, operational="reason end_reason"),
    },
    "Step": held(
        # `report` and `error` hold counts and names of tables, never a value of a row.
        Retention.PAYLOAD,
        operational="id subject_request kind dataset stage state attempts not_before lease_until fence rows report "
        "folder keys_sha256 error snapshot_at started_at finished_at",
    ),
    "Bundle": {
        **held(
            Retention.REGISTER,
            personal="bytes sha256 sealed_to made_at expires_at purged_at",
            operational="id subject_request path summary",
        ),
        **held(Retention.EXPIRY, secrets="sealed_key"),
    },
    "ErasureOrder": held(
        Retention.REGISTER,
        personal="undo_until approved_at begun_at keeps_copy restorable_until",
        operational="id subject_request approved approved_stage",
    ),
    "Suspension": {
        # `report` names tables and counts rows; `before` holds what stood in them, and goes when it is put back.
        **held(
            Retention.REGISTER,
            operational="id subject_request wanted version fence attempts not_before lease_until done_at report",
        ),
        **held(Retention.HIDING, secrets="before"),
    },
    "AgentAuthority": {
        # `proof_path` names an object that is encrypted with the request's key, and deleted once it is decided.
        **held(
            Retention.REGISTER,
            personal="confirmed_at decided_at is_accepted wants_copy copy_allowed copy_accepted",
            operational="id subject_request decided_by proof_path proof_kind proof_sha256",
        ),
        **held(Retention.PAYLOAD, personal="name organisation email reason"),
    },
    "CorrectionOrder": held(
        # `path` names an object that is encrypted with the request's key, and gone with it.
        Retention.REGISTER,
        personal="proposed_at approved_at begun_at",
        operational="id subject_request path proposals_sha256 approved approved_stage approved_lines",
    ),
    "DisputeStatement": held(
        Retention.REGISTER,
        personal="made_at expires_at purged_at",
        operational="id subject_request path",
        secrets="sealed_key",
    ),
    "Certificate": {
        **held(
            Retention.REGISTER,
            personal="bytes sha256 made_at expires_at purged_at",
            operational="id subject_request path",
        ),
        **held(Retention.EXPIRY, secrets="sealed_key secret_hash"),
    },
    "RecipientNotice": {
        # `body` may hold what a recipient knows the person by, and what was corrected.
        **held(
            Retention.REGISTER,
            personal="kind name purposes channel queued_at told_at receipt_at given_up_at",
            operational="id subject_request system due_at attempts error left_out",
            secrets="token_hash",
        ),
        **held(Retention.SENDING, secrets="body"),
        **held(Retention.MESSAGE, operational="email"),
    },
    "Restriction": held(
        Retention.REGISTER,
        personal="purpose title ground since lifting_at ended_at",
        operational="id tenant subject_request",
        secrets="address_hash",
    ),
    # `report` holds counts and names of tables; `before`, wrapped, what stood in rows, until it is put back.
    "StopWriting": {
        **held(
            Retention.REGISTER,
            operational="id subject_request version fence attempts not_before lease_until done_at report",
        ),
        **held(Retention.STOP, secrets="before"),
    },
    # The reasons are the team's own words on a dispute.
    "LegalHold": held(
        Retention.REGISTER, personal="since until", operational="id subject_request by reason ended_by end_reason"
    ),
    "Download": held(Retention.REGISTER, personal="started_at completed_at", operational="id bundle account"),
    "PreferenceChange": held(
        Retention.ACCOUNT,
        personal="account purpose given how at",
        operational="id tenant",
        secrets="address_hash",
    ),
    # How far the stores are; what was chosen is in PreferenceChange. `error` names tables, never a value of a row.
    "ChoiceWriting": held(
        Retention.ACCOUNT,
        operational="id tenant purpose change version fence attempts not_before lease_until done_at rows error",
        secrets="address_hash",
    ),
    "Suppression": held(
        Retention.OPT_OUT, personal="purpose since", operational="id tenant because", secrets="address_hash"
    ),
    "RetentionChoice": held(Retention.ACCOUNT, personal="account category days chosen_at", operational="id tenant"),
    # What the team calls its own filters, and who of it looks at a case: rows of minutes, overwritten.
    "SavedView": held(Retention.ACCOUNT, operational="id tenant owner name query is_shared created_at"),
    "CaseViewer": held(Retention.REGISTER, operational="id subject_request account seen_at"),
    # `beyond` names tables and counts places. What was found of others goes with the request's key.
    "RedactionReview": held(Retention.REGISTER, operational="id subject_request looked_at beyond"),
    "RedactionValue": held(
        Retention.CLOSING,
        operational="id subject_request dataset collection kind places by_hand verdict reason words decided_by "
        "decided_at",
        secrets="mark sealed",
    ),
    # Counts and names of tables; `by` tells of the member of the team.
    "PurgeApproval": held(Retention.TENANT, operational="id tenant by at fingerprint"),
    "PurgeRun": held(
        Retention.TENANT,
        operational="id tenant fingerprint deletes started_at lease_until finished_at report",
    ),
    # A data map describes stores; `by` tells of the member of the team.
    "AcceptedMap": held(Retention.TENANT, operational="id tenant by at fingerprint document"),
    "MessageTemplate": held(Retention.TENANT, operational="id tenant name text"),
    # Names of tables and columns, counts.
    "Check": held(Retention.TENANT, operational="id tenant kind asked_at lease_until finished_at report"),
    # The company's own words and picture; `by` tells of the member of the team.
    "Look": held(Retention.TENANT, operational="id tenant texts accent logo"),
    "Logo": held(Retention.TENANT, operational="id tenant sha256 png width height"),
    "SettingChange": held(Retention.TENANT, operational="id tenant name before after why by at"),
    "Policy": held(
        Retention.TENANT,
        operational="id tenant bundle_days undo_hours lifting_days gates regimes publishes_figures two_for_erasure "
        "two_from_rows two_from_collections two_for_refusal two_for_exception",
    ),
    # Counts of a day, of nobody in particular: they outlive the register they were counted from.
    "DailyFigure": held(
        Retention.TENANT,
        operational="id tenant day type regime received fulfilled partly nothing denied unconfirmed withdrawn in_time "
        "seconds hours reasons",
    ),
    "DailyStoreFigure": held(
        Retention.TENANT, operational="id tenant day dataset done failed tries milliseconds slowest rows last_done_at"
    ),
    "PublishedFigures": held(Retention.TENANT, operational="id tenant made_at document"),
    "MorningDigest": held(Retention.ACCOUNT, personal="user chosen_at last_day", operational="id tenant"),
    "FigureSpan": held(Retention.TENANT, operational="id tenant zone first_day last_day"),
}
