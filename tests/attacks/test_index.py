"""Which test tries which attack, so that none is forgotten: a test that is renamed or deleted is missed here."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

TESTS = Path(settings.BASE_DIR) / "tests"

ATTACKS: dict[str, list[str]] = {
    "1 a forged sender": ["attacks/test_codes.py::test_a_request_for_somebody_elses_address_starts_nothing"],
    "2 look-alike addresses": [
        "accounts/test_sign_in.py::test_an_address_that_only_looks_alike_is_somebody_else",
        "accounts/test_sign_in.py::test_a_code_is_mailed_to_the_account_and_never_to_the_address_as_typed",
        "attacks/test_codes.py::test_an_address_that_only_looks_alike_shows_nothing_of_another",
        "dsar/test_the_way_of_a_request.py::test_access_brings_every_row_and_no_other",
    ],
    "3 an address changed and an export at once": [
        "accounts/test_email_change.py::test_the_old_address_is_told",
        "attacks/test_takeover.py::test_an_export_right_after_the_address_changed_waits",
    ],
    "4 a stolen session": ["dsar/views/test_download.py::test_an_old_session_has_to_prove_itself_again"],
    "5 codes replayed or redeemed twice": [
        "accounts/test_sign_in.py::test_a_code_works_once",
        "accounts/test_reauthentication.py::test_a_code_works_once",
        "attacks/test_codes.py::test_a_code_works_once_and_for_its_own_request_alone",
        "dsar/test_code_races.py::test_a_code_is_redeemed_once",
    ],
    "6 codes guessed": [
        "accounts/test_sign_in.py::test_after_three_wrong_codes_the_right_one_is_void",
        "accounts/test_second_factor.py::test_guessing_is_stopped",
        "attacks/test_codes.py::test_the_right_code_is_void_after_three_guesses_and_each_is_recorded",
        "dsar/test_code_races.py::test_guesses_in_parallel_are_three_like_any_others",
    ],
    "7 who is known": [
        "accounts/test_sign_in.py::test_sign_in_looks_the_same_for_a_known_and_an_unknown_address",
        "accounts/test_sign_up.py::test_signing_up_with_a_known_address_looks_the_same_and_makes_no_second_account",
        "attacks/test_codes.py::test_filing_looks_the_same_for_a_known_and_an_unknown_address",
    ],
    "8 filing in bulk": ["attacks/test_floods.py::test_requests_without_an_account_from_one_place"],
    "9 a thief of a mailbox who holds the link": [
        "dsar/views/test_download.py::test_it_is_nobody_elses",
        "dsar/views/test_intake.py::test_opening_the_mailed_link_changes_nothing",
    ],
    "10 links opened by a mail scanner": [
        "attacks/test_every_view.py::test_looking_changes_nothing",
        "dsar/views/test_preferences.py::test_opening_the_link_changes_nothing",
    ],
    "11 links that leak": [
        "attacks/test_texts.py::test_no_page_of_a_person_leaves_a_trace_behind",
        "dsar/test_canaries.py::test_none_of_them_is_where_it_has_no_business",
    ],
    "12 downloads after the right is lost": [
        "dsar/views/test_download.py::test_expired_is_gone_and_says_since_when",
        "attacks/test_takeover.py::test_a_withdrawn_or_refused_request_delivers_nothing",
        "attacks/test_takeover.py::test_a_closed_account_is_signed_out",
        "attacks/test_takeover.py::test_a_deleted_account_leaves_no_way_in",
        "attacks/test_takeover.py::test_a_role_taken_away_closes_every_page_at_once",
    ],
    "13 somebody else's id": [
        "attacks/test_every_view.py::test_nobody_elses_id_and_no_id_at_all_are_the_same",
        "attacks/test_every_view.py::test_every_view_is_on_the_ladder",
    ],
    "14 guessed paths": [
        "attacks/test_paths.py::test_a_guessed_path_leads_nowhere",
        "attacks/test_paths.py::test_a_stolen_copy_is_sealed",
    ],
    "15 another tenant": [
        "accounts/test_tenancy.py::test_no_header_and_no_parameter_changes_the_tenant",
        "attacks/test_every_view.py::test_another_tenants_host_knows_nothing_of_it",
        "dsar/test_two_tenants.py::test_neither_brings_a_row_of_the_other",
    ],
    "16 deciding one's own": [
        "dsar/views/test_case.py::test_nobody_decides_their_own",
        "dsar/views/test_case.py::test_nobody_samples_their_own",
        "attacks/test_takeover.py::test_a_reviewer_who_takes_over_the_persons_address_still_decides_nothing_of_theirs",
    ],
    "17 support roles and payloads": [
        "accounts/test_permissions.py::test_only_reviewer_and_approver_read_payloads",
        "attacks/test_every_view.py::test_a_colleague_without_the_right_is_refused",
    ],
    "18 markup in the queue": [
        "attacks/test_texts.py::test_in_the_case",
        "attacks/test_texts.py::test_in_a_sample_of_rows",
        "attacks/test_texts.py::test_in_the_name_of_a_browser",
    ],
    "19 markup in the bundle": [
        "bundle/test_pages.py::test_hostile_text_stays_text",
        "dsar/test_hostile_rows.py::test_every_row_arrives_and_nothing_runs",
    ],
    "20 formulas": ["bundle/test_spreadsheet.py::test_text_that_would_run_gets_an_apostrophe"],
    "23 requests forged by a PDF": ["bundle/test_report.py::test_no_address_is_ever_fetched"],
    "25 headers of mail": [
        "accounts/test_outbox.py::test_a_header_with_a_line_break_never_enters_the_queue",
        "accounts/test_sign_in.py::test_control_characters_are_refused_with_a_clear_word",
        "attacks/test_texts.py::test_in_a_question_its_answer_and_a_refusal",
    ],
    "27 injection into stores": [
        "stores/contract.py::test_a_hostile_value_matches_nothing_else",
        "stores/test_http.py::test_a_value_cannot_change_the_address",
        "stores/test_redis.py::test_a_value_cannot_build_another_key",
    ],
    "28 a hostile store": [
        "stores/test_http.py::test_pages_without_end_are_an_error",
        "stores/test_http.py::test_other_answers_are_errors_that_say_what_is_wrong",
        "dsar/test_failing_stores.py::test_the_reason_is_on_the_step_and_in_the_way",
    ],
    "29 secrets": [
        "stores/contract.py::test_secrets_and_undeclared_values_never_come",
        "dsar/test_the_way_of_a_request.py::test_access_brings_every_row_and_no_other",
        "repo/test_classification.py::test_what_is_personal_is_delivered_and_what_is_secret_is_not",
    ],
    "34 the audit trail": [
        "accounts/test_audit_verify.py::test_a_changed_column_breaks_that_very_link",
        "accounts/test_audit_verify.py::test_two_events_changed_over_are_found",
        "accounts/test_audit_verify.py::test_a_tail_dropped_with_its_head_mended_is_found_by_the_checkpoints",
    ],
    "35 personal data in logs and messages": [
        "dsar/test_canaries.py::test_none_of_them_is_where_it_has_no_business",
        "portal/test_logs.py::test_an_exceptions_words_are_left_out_and_its_place_is_told",
    ],
    "36 forged messages": ["attacks/test_broker.py::test_a_message_that_is_no_json_is_not_opened"],
    "40 suppression hashes reversed": [
        "dsar/test_preferences.py::test_the_hash_is_keyed_and_differs_by_tenant",
        "dsar/test_preferences.py::test_a_refusal_outlives_the_account",
        "dsar/test_unsubscribing.py::test_no_part_of_a_token_can_be_changed",
    ],
}


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("attack", ATTACKS)
def test_each_attack_is_tried(attack: str) -> None:
    for test in ATTACKS[attack]:
        file, _, name = test.partition("::")
        assert name in names_in(file)
