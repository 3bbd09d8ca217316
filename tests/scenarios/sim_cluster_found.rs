//! Schedules that found bugs, each named by what must hold.

use mcu_tests::sim::cluster::run;

macro_rules! found {
    ($($name:ident: $seed:literal,)*) => {
        $(#[test]
        fn $name() {
            let found = run($seed);
            assert_eq!(found.violations, [] as [String; 0]);
        })*
    };
}

found! {
    a_reign_that_was_granted_and_not_waited_for_is_void: 2421,
    a_primary_whose_backup_asks_late_does_not_claim_its_reign: 3875,
    what_stood_still_for_a_moment_goes_on: 7507,
    a_proof_of_death_does_not_tell_what_the_dead_has_done: 9484,
    the_next_process_of_a_backup_gives_no_right: 14058,
    a_spare_node_does_not_begin_beside_a_backup: 16250,
    a_seat_is_not_given_away_by_a_node_that_has_just_woken: 17655,
    a_backup_does_not_take_the_next_process_for_its_primary: 25737,
    a_pair_is_told_by_what_its_nodes_have_said_since: 3872,
    who_starts_and_stood_still_hears_first_who_serves: 213576,
    a_backup_that_stood_still_does_not_replace_a_primary_that_is_back: 217543,
    whichever_node_a_backup_that_stood_still_hears_first: 2417099,
    calls_outlive_a_reign_that_began_and_ended_without_them: 224899,
    a_reign_of_the_next_process_is_not_void: 1140855,
    who_goes_on_alone_says_so_before_anything_else: 1171308,
    handshakes_of_a_dead_node_end_before_the_next_backup_takes_over_the_tap: 1165274,
    a_primary_that_dies_before_its_first_beat_to_the_backup_is_missed: 1012472,
    what_a_lost_backup_was_about_to_get_is_over: 2450921,
    who_stood_still_replaces_no_backup: 3061257,
    a_grant_ends_the_wait_of_who_stood_still: 4003627,
    a_second_pause_is_no_time_to_hear_anything: 10009370,
    a_greeting_is_enough_not_to_begin_beside_a_node_that_comes_first: 10092075,
    what_was_heard_before_a_pause_does_not_void_a_reign: 10455909,
    a_grant_on_its_way_to_a_backup_that_has_given_up_ends_no_call: 6121253,
}
