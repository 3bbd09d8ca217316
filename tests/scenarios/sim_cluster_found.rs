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
}
