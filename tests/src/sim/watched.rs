//! A core that writes down what it did, for checkers to read.

use base::{ConnId, Instant, LogIndex};
use mcu::conference::Server;
use mcu::core::{Action, Effect, Event, Input, Output};
use replication::core::{Core, Replicated, SnapshotError};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

/// One input and what came of it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its place in the log.
    pub index: LogIndex,
    /// What happened.
    pub input: Input,
    /// What the core did.
    pub outputs: Vec<Action>,
    /// Its digest then.
    pub digest: u64,
}

/// What a core has written down since somebody looked. Clones are the same tape.
#[derive(Debug, Clone, Default)]
pub struct Tape {
    entries: Rc<RefCell<VecDeque<Entry>>>,
    index: Rc<Cell<LogIndex>>,
}

impl Tape {
    /// The core has taken over the state of another that has handled records up to `index`.
    pub fn begin(&self, index: LogIndex) {
        self.index.set(index);
    }

    /// The next entry, if it is not beyond `last`.
    pub fn next(&self, last: LogIndex) -> Option<Entry> {
        let mut entries = self.entries.borrow_mut();
        match entries.front() {
            Some(entry) if entry.index <= last => entries.pop_front(),
            _ => None,
        }
    }
}

/// The next input is followed by one that the log does not have. Clones are the same switch.
#[derive(Debug, Clone, Default)]
pub struct Divergence(Rc<RefCell<bool>>);

impl Divergence {
    /// From now on.
    pub fn plant(&self) {
        *self.0.borrow_mut() = true;
    }
}

/// The conference server, watched.
pub struct Watched {
    server: Server,
    outputs: VecDeque<Output>,
    tape: Tape,
    divergence: Divergence,
}

impl Watched {
    /// Watches `server`.
    pub fn new(server: Server, tape: Tape, divergence: Divergence) -> Self {
        Watched {
            server,
            outputs: VecDeque::new(),
            tape,
            divergence,
        }
    }

    /// The server itself.
    pub fn server(&self) -> &Server {
        &self.server
    }
}

impl Core for Watched {
    type Event = Event;
    type Effect = Effect;

    fn next_conn(&self) -> ConnId {
        self.server.next_conn()
    }

    fn handle(&mut self, now: Instant, input: Input) {
        while let Some(output) = self.server.poll_output() {
            self.outputs.push_back(output);
        }
        self.tape.index.set(LogIndex(self.tape.index.get().0 + 1));
        self.server.handle(now, input.clone());
        let before = self.outputs.len();
        while let Some(output) = self.server.poll_output() {
            self.outputs.push_back(output);
        }
        let outputs = self.outputs.range(before..);
        let entry = Entry {
            index: self.tape.index.get(),
            input,
            outputs: outputs.map(|output| output.action.clone()).collect(),
            digest: self.server.digest(),
        };
        self.tape.entries.borrow_mut().push_back(entry);
        if std::mem::take(&mut *self.divergence.0.borrow_mut()) {
            self.server.handle(now, Input::Timeout);
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs
            .pop_front()
            .or_else(|| self.server.poll_output())
    }

    fn next_timeout(&self) -> Option<Instant> {
        self.server.next_timeout()
    }
}

impl Replicated for Watched {
    fn digest(&self) -> u64 {
        self.server.digest()
    }

    fn snapshot(&self) -> Vec<u8> {
        self.server.snapshot()
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        self.server.restore(snapshot)
    }
}
