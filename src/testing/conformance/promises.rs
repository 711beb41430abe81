//! The lists of the promises, by area.

/// Hands over the list of those that need a hook, in the same way: `mod area by Hook { promise, … }`.
#[macro_export]
#[doc(hidden)]
macro_rules! conformance_hooked_promises {
    ($($that:tt)+) => {
        $($that)+ {
            mod reopened by Reopen {
                what_was_committed_survives_reopening,
                a_reopened_store_goes_on,
                what_is_gone_stays_gone_after_reopening,
            }
            mod damaged by Damage {
                a_damaged_record_stands_in_its_place,
                a_damaged_event_stands_in_its_place,
                a_damaged_notice_is_offered_as_it_is,
            }
        }
    };
}

/// Hands the list to a macro: `conformance_promises!(that!)` is `that! { mod area { promise, … } … }`, in the
/// order in which a new backend had best keep them. A test compares it with the functions that there are.
#[macro_export]
#[doc(hidden)]
macro_rules! conformance_promises {
    ($($that:tt)+) => {
        $($that)+ {
            mod commits {
                never_committed_reads_as_none,
                a_record_reads_back_as_committed,
                the_latest_commit_is_read,
                an_answer_does_not_change_later,
                a_new_record_must_not_exist_yet,
                a_stale_commit_conflicts_and_names_both_versions,
                a_commit_ahead_of_its_record_conflicts,
                a_conflict_writes_nothing,
                everything_of_a_commit_appears,
                several_records_appear_together,
                one_conflict_refuses_all_records,
                a_contradictory_commit_is_invalid,
                a_dropped_commit_is_whole_or_absent,
                a_dropped_commit_hinders_no_later_one,
            }
            mod commands {
                an_unknown_command_has_no_outcome,
                a_command_is_found_from_any_record,
                a_repeated_command_returns_the_first_outcome,
                a_repeated_command_writes_nothing,
                the_command_is_looked_up_before_the_versions,
                a_command_with_another_body_is_refused,
                a_refused_commit_does_not_use_its_command_up,
                without_a_command_nothing_is_remembered,
                several_commands_are_remembered,
            }
            mod events {
                a_history_has_every_version_once,
                a_history_begins_behind_the_version_asked_for,
                an_unknown_record_has_no_history,
                a_history_stops_at_the_limit,
                the_feed_has_every_event_once,
                the_feed_is_in_commit_order,
                positions_rise_strictly,
                a_position_returned_is_a_place_to_go_on,
                nothing_appears_below_a_returned_position,
                a_history_and_the_feed_agree_on_positions,
                positions_are_compared_by_epoch_first,
                a_position_survives_its_text,
                an_event_limit_is_checked,
            }
            mod texts {
                texts_come_in_the_order_of_their_ids,
                an_unknown_text_is_none,
                a_text_comes_back_byte_for_byte,
                texts_of_every_command_are_kept,
                a_backend_shows_no_words,
                a_text_request_is_checked,
            }
            mod find {
                a_list_has_every_record_once,
                a_list_shows_the_record_as_it_is_now,
                a_list_is_ordered_by_opening,
                a_list_is_ordered_by_update,
                a_list_is_ordered_by_wake_up,
                a_list_is_ordered_by_due_time,
                records_of_one_instant_are_ordered_by_id,
                the_order_by_wake_up_leaves_out_who_has_none,
                pages_have_every_record_once,
                a_record_untouched_between_pages_appears_once,
                the_last_page_says_so,
                a_cursor_survives_its_text,
                a_cursor_of_another_filter_is_refused,
                a_cursor_of_another_order_is_refused,
                a_cursor_of_another_tenant_is_refused,
                a_page_limit_is_checked,
            }
            mod filters {
                a_filter_by_stage,
                a_filter_by_kind,
                a_filter_by_owner,
                a_filter_by_team,
                a_filter_by_customer,
                a_filter_by_priority,
                labels_are_all_required,
                spans_include_their_start_and_exclude_their_end,
                a_filter_by_wake_up_excludes_its_instant,
                filters_are_all_required,
                a_filter_may_match_nothing,
            }
            mod claims {
                a_wake_up_is_due_at_its_instant,
                a_record_without_a_wake_up_is_never_due,
                a_claimed_wake_up_says_what_it_is,
                the_oldest_wake_ups_come_first,
                a_claim_keeps_its_limit,
                a_leased_wake_up_is_not_offered,
                two_claims_share_nothing,
                an_expired_lease_is_taken_over,
                a_lease_that_was_taken_over_is_lost,
                an_expired_lease_still_settles,
                a_lease_settles_once,
                an_unknown_wake_up_has_no_lease,
                a_commit_replaces_the_wake_up,
                a_commit_without_a_wake_up_ends_it,
                a_commit_makes_the_lease_void,
                a_lease_never_fits_a_later_wake_up,
                a_commit_elsewhere_leaves_the_lease,
                a_released_wake_up_is_due_as_before,
                a_retried_wake_up_waits_until_then,
                a_wake_up_that_cannot_run_hides_no_other,
                a_lease_of_a_clock_that_ran_ahead_is_over,
                the_longest_lease_holds,
                a_claim_request_is_checked,
            }
            mod quarantine {
                eight_failed_tries_quarantine_a_record,
                a_quarantined_record_is_found,
                a_quarantined_record_is_tried_hourly_for_ever,
                lapsed_leases_count_as_failed_tries,
                a_quarantined_record_holds_up_no_other,
                a_commit_ends_the_quarantine,
                released_tries_do_not_quarantine,
            }
            mod notices {
                a_notice_is_offered_from_its_instant_on,
                a_leased_notice_is_not_offered,
                an_expired_notice_is_taken_over_under_the_same_id,
                a_notice_that_was_taken_over_is_lost,
                a_done_notice_is_never_offered_again,
                settled_work_is_gone,
                a_dead_notice_is_never_offered_again,
                a_retried_notice_waits_until_then,
                a_postponed_notice_does_not_count_the_try,
                one_person_gets_notices_one_after_the_other,
                a_dead_notice_lets_the_next_go,
                a_notice_that_is_ready_does_not_overtake,
                other_persons_do_not_wait,
                other_roles_do_not_wait,
                what_is_urgent_overtakes,
                nobody_in_particular_waits_in_a_line_of_their_own,
                other_cases_do_not_wait,
                a_commit_leaves_waiting_notices_alone,
                notices_are_never_quarantined,
                a_dead_notice_is_listed_with_its_reason,
                dead_notices_are_listed_page_by_page,
                listing_dead_notices_takes_none,
                a_dead_notice_that_is_put_back_is_offered_beside_its_line,
                a_dead_notice_that_is_dismissed_is_gone,
            }
            mod erasure {
                a_persons_texts_are_gone_everywhere,
                another_persons_texts_stay,
                a_records_texts_are_gone,
                an_erasure_counts_what_it_took,
                an_erasure_repeated_is_harmless,
                a_repeated_command_brings_no_erased_text_back,
                the_facts_stay,
                an_erasure_drops_fingerprints,
                an_erasure_drops_fingerprints_of_who_is_only_mentioned,
                other_fingerprints_stay,
                an_erasure_voids_waiting_notices,
                an_erasure_lets_the_next_in_line_go,
                an_erasure_voids_leased_notices,
                an_erasure_takes_dead_notices,
                other_notices_stay,
                a_text_after_an_erasure_is_kept,
            }
            mod tenants {
                one_id_under_two_tenants_is_two_records,
                one_command_under_two_tenants_is_two_commands,
                texts_do_not_cross_tenants,
                lists_do_not_cross_tenants,
                events_do_not_cross_tenants,
                erasures_do_not_cross_tenants,
                claims_do_not_cross_tenants,
                settlements_do_not_cross_tenants,
                dead_notices_do_not_cross_tenants,
                a_claim_over_all_names_the_tenants_with_work,
                a_claim_over_all_takes_nothing,
                a_claim_over_all_skips_what_is_not_offered,
                a_claim_over_all_goes_by_the_oldest_item,
                a_claim_over_all_keeps_its_limit,
                a_claim_over_all_keeps_the_lanes_apart,
            }
            mod races {
                of_concurrent_commits_on_one_version_one_wins,
                of_concurrent_new_records_one_wins,
                concurrent_repeats_take_effect_once,
                concurrent_commits_to_other_records_all_appear,
                concurrent_claims_share_nothing,
                a_reader_of_the_feed_misses_nothing,
            }
        }
    };
}
