//! TCP between nodes: in order, nothing is lost but what a break cuts off; what a cut network holds back comes later.

use super::node::Item;
use base::Instant;
use std::collections::VecDeque;

/// The link between two nodes, of which the first has the lower number.
#[derive(Debug, Default)]
pub(super) struct Link {
    /// Rises with every new one.
    pub generation: u64,
    /// Which ends are there.
    pub open: [bool; 2],
    /// It is held back though the network is there.
    pub stalled: bool,
    /// When the last message of each direction arrives.
    pub last: [Instant; 2],
    /// What the network holds back.
    pub backlog: [VecDeque<Item>; 2],
}

impl Link {
    /// A new link in the place of one that has ended.
    pub fn begin(&mut self, now: Instant) {
        *self = Link {
            generation: self.generation + 1,
            open: [true; 2],
            stalled: false,
            last: [now; 2],
            backlog: Default::default(),
        };
    }

    pub fn is_free(&self) -> bool {
        self.open == [false; 2]
    }
}
