//! Which of two relays has the address: the one that took it last. Both have it for a moment when they
//! did not hear each other; then the later reign wins, or the first relay if both began at once.

use crate::failover::Role;

/// What a relay is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// Nothing.
    Stay,
    /// Take the address.
    Take,
    /// Give it up: the other has it.
    Yield,
    /// The other has it too, and must give it up: tell the LAN again where it is.
    Insist,
}

/// One relay's side.
#[derive(Debug, Clone)]
pub(super) struct Contest {
    first: bool,
    active: bool,
    peer_lives: bool,
    /// Number of its own reign.
    epoch: u64,
    /// The highest that it knows of.
    highest: u64,
}

impl Contest {
    /// A relay that starts; the `first` has precedence.
    pub fn new(first: bool) -> Self {
        Contest {
            first,
            active: false,
            peer_lives: false,
            epoch: 0,
            highest: 0,
        }
    }

    pub fn is_active(&self) -> bool {
        self.active
    }

    pub fn peer_lives(&self) -> bool {
        self.peer_lives
    }

    /// The other beats.
    pub fn beat(&mut self, epoch: u64, role: Role) -> Decision {
        self.highest = self.highest.max(epoch);
        self.peer_lives = role != Role::Deposed;
        let peer_active = role == Role::Simplex;
        let peer_wins = epoch > self.epoch || epoch == self.epoch && !self.first;
        match (self.active, peer_active) {
            (true, true) if peer_wins => Decision::Yield,
            (true, true) => Decision::Insist,
            (false, false) if self.first || !self.peer_lives => Decision::Take,
            _ => Decision::Stay,
        }
    }

    /// The other is silent, or its host says that it is not there.
    pub fn gone(&mut self) -> Decision {
        self.peer_lives = false;
        match self.active {
            true => Decision::Stay,
            false => Decision::Take,
        }
    }

    /// The address has disappeared from this host.
    pub fn lapsed(&mut self) -> Decision {
        match self.peer_lives {
            true => Decision::Yield,
            false => Decision::Take,
        }
    }

    /// It has the address now; the number of its reign.
    pub fn take(&mut self) -> u64 {
        self.active = true;
        self.highest += 1;
        self.epoch = self.highest;
        self.epoch
    }

    /// It has it no more; the number of the reign that it knows of.
    pub fn give_up(&mut self) -> u64 {
        self.active = false;
        self.highest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two relays, and what each says of itself.
    struct Two([Contest; 2]);

    impl Two {
        fn new() -> Self {
            Two([Contest::new(true), Contest::new(false)])
        }

        fn follow(&mut self, place: usize, decision: Decision) {
            match decision {
                Decision::Take => drop(self.0[place].take()),
                Decision::Yield => drop(self.0[place].give_up()),
                Decision::Stay | Decision::Insist => {}
            }
        }

        fn hears(&mut self, place: usize) {
            let other = &self.0[1 - place];
            let (epoch, role) = match other.active {
                true => (other.epoch, Role::Simplex),
                false => (other.highest, Role::Backup),
            };
            let decision = self.0[place].beat(epoch, role);
            self.follow(place, decision);
        }

        fn loses(&mut self, place: usize) {
            let decision = self.0[place].gone();
            self.follow(place, decision);
        }

        fn active(&self) -> [bool; 2] {
            [self.0[0].active, self.0[1].active]
        }
    }

    #[test]
    fn the_first_has_precedence_when_both_start() {
        for order in [[0, 1], [1, 0]] {
            let mut two = Two::new();
            for place in order {
                two.hears(place);
            }
            assert_eq!(two.active(), [true, false], "{order:?}");
        }
    }

    #[test]
    fn one_that_is_alone_takes_the_address_and_keeps_it() {
        for place in [0, 1] {
            let mut two = Two::new();
            two.loses(place);
            two.0[1 - place] = Contest::new(place == 1);
            two.hears(1 - place);
            two.hears(place);
            let mut expected = [false; 2];
            expected[place] = true;
            assert_eq!(two.active(), expected);
        }
    }

    #[test]
    fn whatever_happens_one_has_it_when_both_have_heard_each_other() {
        // Every sequence of six events out of four, then both hear each other twice.
        for sequence in 0..4_usize.pow(6) {
            let mut two = Two::new();
            for turn in 0..6 {
                match sequence / 4_usize.pow(turn) % 4 {
                    event @ (0 | 1) => two.hears(event),
                    event => two.loses(event - 2),
                }
            }
            for _ in 0..2 {
                two.hears(0);
                two.hears(1);
            }
            let active = two.active();
            assert!(active[0] != active[1], "{sequence}: {active:?}");
        }
    }

    #[test]
    fn the_later_reign_wins_and_the_earlier_gives_up() {
        let mut two = Two::new();
        two.hears(0);
        two.hears(1);
        two.loses(1);
        assert_eq!(two.active(), [true, true]);
        assert_eq!(
            two.0[1].beat(two.0[0].epoch, Role::Simplex),
            Decision::Insist
        );
        two.hears(0);
        assert_eq!(two.active(), [false, true]);
    }

    #[test]
    fn one_that_leaves_is_followed_at_once() {
        let mut second = Contest::new(false);
        assert_eq!(second.beat(1, Role::Simplex), Decision::Stay);
        assert_eq!(second.beat(1, Role::Deposed), Decision::Take);
        assert_eq!(second.take(), 2);
        assert_eq!(second.beat(1, Role::Deposed), Decision::Stay);
    }

    #[test]
    fn an_address_that_disappeared_comes_back_unless_the_other_may_have_it() {
        let mut first = Contest::new(true);
        first.take();
        assert_eq!(first.lapsed(), Decision::Take);
        first.beat(0, Role::Backup);
        assert_eq!(first.lapsed(), Decision::Yield);
    }
}
