//! A server that is watched: whatever it is told, copies made of its snapshots are told too, and
//! must do the same.

use crate::conference;
use base::{ConnId, Instant};
use mcu::conference::Server;
use mcu::core::{Effect, Event, Input, Output};
use replication::core::{Core, Replicated};
use std::collections::VecDeque;

/// The server, and its copies.
pub struct Mirrored {
    config: String,
    original: Server,
    /// One made before each input so far.
    copies: Vec<Server>,
    outputs: VecDeque<Output>,
}

impl Mirrored {
    /// A server by this configuration file.
    pub fn new(config: &str) -> Self {
        let mut original = conference::server(config);
        Mirrored {
            config: config.into(),
            outputs: drain(&mut original).into(),
            original,
            copies: Vec::new(),
        }
    }

    /// The server itself.
    pub fn original(&self) -> &Server {
        &self.original
    }

    /// How many inputs it took.
    pub fn inputs(&self) -> usize {
        self.copies.len()
    }

    /// A server that knows nothing but the snapshot.
    fn copy(&self) -> Server {
        let mut copy = conference::server(&self.config);
        copy.restore(&self.original.snapshot())
            .expect("a snapshot can be read");
        let (as_copied, as_is) = (format!("{copy:?}"), format!("{:?}", self.original));
        assert!(
            as_copied == as_is,
            "the snapshot before input {} loses {}",
            self.inputs(),
            difference(&format!("{:#?}", self.original), &format!("{copy:#?}")),
        );
        copy
    }
}

/// The first line of `one` that `other` does not have.
fn difference<'a>(one: &'a str, other: &str) -> &'a str {
    let mut lines = one.lines().zip(other.lines());
    lines
        .find(|(one, other)| one != other)
        .map_or("its end", |(one, _)| one.trim())
}

fn drain(server: &mut Server) -> Vec<Output> {
    std::iter::from_fn(|| server.poll_output()).collect()
}

impl Core for Mirrored {
    type Event = Event;
    type Effect = Effect;

    fn next_conn(&self) -> ConnId {
        self.original.next_conn()
    }

    fn handle(&mut self, now: Instant, input: Input) {
        self.copies.push(self.copy());
        self.original.handle(now, input.clone());
        let outputs = drain(&mut self.original);
        for copy in &mut self.copies {
            copy.handle(now, input.clone());
            assert_eq!(drain(copy), outputs, "after {input:?}");
            assert_eq!(copy.digest(), self.original.digest(), "after {input:?}");
            assert_eq!(copy.next_timeout(), self.original.next_timeout());
            assert_eq!(copy.next_conn(), self.original.next_conn());
        }
        self.outputs.extend(outputs);
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn next_timeout(&self) -> Option<Instant> {
        self.original.next_timeout()
    }
}
