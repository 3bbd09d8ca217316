//! The reign moves on purpose, and what happens on the way does no harm.

use super::super::handover::{PAUSE_PATIENCE, PREPARE_PATIENCE, WARM_UP};
use super::*;

const MARKS: Bytes = Bytes::from_static(b"marks");

impl Two {
    /// Up to the point where the backup says that it can go on.
    fn prepared() -> Two {
        let mut two = Two::pair();
        two.primary.tell(1);
        two.talk();
        two.primary.replica.hand_over(Instant::ZERO).unwrap();
        two.primary.carry_out();
        two.talk();
        assert_eq!(two.primary.handover, ["Warm"]);
        assert_eq!(two.backup.handover, ["prepare true"]);
        assert!(two.backup.replica.is_preparing());
        two.backup.replica.prepared();
        two.backup.carry_out();
        two.talk();
        assert_eq!(two.primary.handover, ["Warm", "Pause"]);
        assert!(!two.primary.replica.is_frozen());
        two
    }

    fn pause(&mut self) {
        self.primary.replica.paused(Instant::ZERO, MARKS);
        self.primary.carry_out();
    }
}

#[test]
fn the_reign_moves_when_the_backup_holds_everything() {
    let mut two = Two::prepared();
    // On its way when the threads pause.
    two.primary.tell(2);
    two.pause();
    assert!(two.primary.replica.is_frozen());
    assert!(!two.primary.replica.has_handed_over());
    assert_eq!(two.primary.said, [1]);
    two.backup_listens();
    two.primary_listens();
    assert_eq!(two.primary.said, [1, 3], "said before it falls silent");
    assert_eq!(two.primary.handover, ["Warm", "Pause", "Abdicate"]);
    assert!(two.primary.replica.has_handed_over());
    two.backup_listens();
    assert_eq!(two.backup.handover[1], "succeed b\"marks\"");
    assert_eq!(two.backup.replica.role(), Role::Simplex);
    assert_eq!(two.backup.replica.epoch(), Epoch(2));
    two.backup.tell(10);
    assert_eq!(two.backup.said, [13]);
    two.primary_listens();
    assert_eq!(two.primary.replica.role(), Role::Deposed);
    assert_eq!(two.primary.said, [1, 3]);
}

#[test]
fn the_later_reign_is_announced_before_anything_else() {
    let mut two = Two::prepared();
    two.pause();
    two.backup_listens();
    let first = two.backup.outbox.iter().find(|said| said.epoch == Epoch(2));
    assert_eq!(first.map(|said| &said.message), Some(&Message::Reigning));
}

#[test]
fn only_a_primary_has_a_reign_to_give_and_only_once() {
    let mut two = Two::pair();
    let refused = two.backup.replica.hand_over(Instant::ZERO).unwrap_err();
    assert!(refused.contains("this node is backup"), "{refused}");
    two.primary.replica.hand_over(Instant::ZERO).unwrap();
    let refused = two.primary.replica.hand_over(Instant::ZERO).unwrap_err();
    assert!(refused.contains("already"), "{refused}");
    let mut alone = Node::new();
    alone.replica.serve("a test");
    let refused = alone.replica.hand_over(Instant::ZERO).unwrap_err();
    assert!(refused.contains("no backup"), "{refused}");
}

#[test]
fn a_backup_that_has_not_enough_in_time_does_with_what_it_has() {
    let mut two = Two::pair();
    two.primary.replica.hand_over(Instant::ZERO).unwrap();
    two.primary.carry_out();
    two.talk();
    let due = Instant::ZERO + WARM_UP;
    assert_eq!(two.backup.replica.next_timeout(), Some(due));
    two.backup.replica.handle_timeout(due);
    two.backup.carry_out();
    assert!(!two.backup.replica.is_preparing());
    two.talk();
    assert_eq!(two.primary.handover, ["Warm", "Pause"]);
}

#[test]
fn a_handover_that_is_late_is_broken_off_and_the_pair_stays_whole() {
    // The backup never prepares; the threads never pause.
    for pauses in [false, true] {
        let mut two = match pauses {
            false => {
                let mut two = Two::pair();
                two.primary.replica.hand_over(Instant::ZERO).unwrap();
                two.primary.carry_out();
                two
            }
            true => Two::prepared(),
        };
        let patience = if pauses {
            PAUSE_PATIENCE
        } else {
            PREPARE_PATIENCE
        };
        let due = Instant::ZERO + patience;
        assert_eq!(two.primary.replica.next_timeout(), Some(due));
        two.primary.replica.handle_timeout(due);
        two.primary.carry_out();
        let last = two.primary.handover.last().unwrap();
        assert!(last.starts_with("Resume("), "{last}");
        two.talk();
        assert_eq!(two.backup.handover.last().unwrap(), "prepare false");
        // What comes too late changes nothing.
        two.pause();
        assert!(!two.primary.replica.is_frozen());
        two.primary.tell(5);
        two.talk();
        assert_eq!(two.roles(), (Role::Primary, Role::Backup));
        assert_eq!(
            two.backup.replica.core().sum,
            two.primary.replica.core().sum
        );
        assert!(two.primary.replica.hand_over(due).is_ok(), "tried again");
    }
}

#[test]
fn a_backup_that_dies_on_the_way_leaves_the_primary_as_it_was() {
    for stage in 0..4 {
        let mut two = match stage {
            0 => {
                let mut two = Two::pair();
                two.primary.replica.hand_over(Instant::ZERO).unwrap();
                two
            }
            _ => Two::prepared(),
        };
        if stage >= 2 {
            two.primary.tell(2);
            two.pause();
        }
        if stage == 3 {
            two.backup_listens();
            two.primary_listens();
            assert!(two.primary.replica.has_handed_over());
        }
        (two.primary.replica).peer_gone("it has died", &mut two.primary.shadows);
        two.primary.carry_out();
        assert_eq!(two.primary.replica.role(), Role::Simplex);
        assert!(!two.primary.replica.is_frozen());
        let last = two.primary.handover.last().unwrap();
        assert_eq!(last, "Resume(\"it has died\")");
        // What it gave away may yet wake up.
        let expected = if stage == 3 { Epoch(3) } else { Epoch(1) };
        assert_eq!(two.primary.replica.epoch(), expected);
        let said = two.primary.said.len();
        two.primary.tell(7);
        assert_eq!(two.primary.said.len(), said + 1);
    }
}

#[test]
fn a_primary_that_dies_on_the_way_is_taken_over() {
    for reign_given in [false, true] {
        let mut two = Two::prepared();
        two.primary.tell(2);
        two.pause();
        two.backup_listens();
        if reign_given {
            two.primary_listens();
            two.backup_listens();
        } else {
            assert!(two.primary_dies().is_some());
        }
        assert_eq!(two.backup.replica.role(), Role::Simplex);
        assert_eq!(two.backup.replica.epoch(), Epoch(2));
        two.backup.tell(1);
        assert_eq!(two.backup.said, [4]);
    }
}

#[test]
fn a_copy_that_goes_astray_over_a_handover_gives_the_reign_back() {
    let mut two = Two::prepared();
    two.backup.replica.core.sum += 1;
    two.primary.tell(2);
    two.pause();
    two.talk();
    assert!(two.primary.handover.contains(&"Abdicate".to_string()) || two.primary.said == [1, 3]);
    two.talk();
    assert_eq!(two.roles(), (Role::Primary, Role::Backup));
    assert!(!two.primary.replica.is_frozen());
    assert_eq!(two.backup.replica.core().sum, 3);
}

#[test]
fn what_the_backup_said_before_does_not_count_in_its_own_reign() {
    let mut two = Two::prepared();
    two.pause();
    assert!(two.primary.replica.has_handed_over());
    let epoch = two.primary.replica.epoch();
    let index = two.primary.replica.index();
    let late = Envelope {
        epoch,
        message: Message::Acknowledged(index),
    };
    two.primary.take(late);
    assert!(two.primary.replica.has_handed_over());
}
