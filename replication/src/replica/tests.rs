//! Both nodes of a pair around a service of a few lines; the link is a queue.

mod handover;

use super::*;
use crate::core::{Core, SnapshotError};
use crate::tcp::shadows::{Limits as ShadowLimits, Shadows};
use bytes::Bytes;
use std::collections::BTreeSet;

/// Adds up what it is told and says each sum; a number from `CALLS` on is a call that wants ports.
#[derive(Default, Clone)]
struct Adder {
    index: u64,
    sum: u64,
    outputs: VecDeque<Output<u64>>,
}

const CALLS: u64 = 1000;
/// What it says if a call gets no ports.
const NO_PORTS: u64 = u64::MAX;

impl Core for Adder {
    type Event = u64;
    type Effect = u64;
    fn next_conn(&self) -> ConnId {
        ConnId(1)
    }
    fn handle(&mut self, _: Instant, input: Input<u64>) {
        self.index += 1;
        let action = match input {
            Input::Event(call) if call >= CALLS => {
                Action::AllocatePorts(CallId(call), [127, 0, 0, 1].into())
            }
            Input::Event(number) => {
                self.sum += number;
                Action::Effect(self.sum)
            }
            Input::PortsAllocated(_, ports) => Action::Effect(ports.audio.into()),
            Input::PortsUnavailable(..) => Action::Effect(NO_PORTS),
            _ => return,
        };
        let after = LogIndex(self.index);
        self.outputs.push_back(Output { after, action });
    }
    fn poll_output(&mut self) -> Option<Output<u64>> {
        self.outputs.pop_front()
    }
    fn next_timeout(&self) -> Option<Instant> {
        None
    }
}

impl Replicated for Adder {
    fn digest(&self) -> u64 {
        self.index ^ (self.sum << 32)
    }
    fn snapshot(&self) -> Vec<u8> {
        postcard::to_stdvec(&(self.index, self.sum)).unwrap()
    }
    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let read = postcard::from_bytes(snapshot);
        (self.index, self.sum) = read.map_err(|error| SnapshotError(error.to_string()))?;
        Ok(())
    }
}

/// A node with what its shell would hold.
struct Node {
    replica: Replica<Adder>,
    shadows: Shadows,
    said: Vec<u64>,
    outbox: VecDeque<Envelope<u64>>,
    /// Ports that other processes of its host have.
    taken: BTreeSet<u16>,
    next_port: u16,
    bound: Vec<u16>,
    reports: Vec<String>,
    /// Steps of a handover, and whether what goes to the other node next comes after them.
    handover: Vec<String>,
    now: Instant,
}

impl Node {
    fn new() -> Self {
        let limits = ShadowLimits {
            connections: 10,
            handshakes: 10,
            buffered_octets: 1 << 16,
        };
        Node {
            replica: Replica::new(Adder::default(), Limits::default()),
            shadows: Shadows::new(limits),
            said: Vec::new(),
            outbox: VecDeque::new(),
            taken: BTreeSet::new(),
            next_port: 5000,
            bound: Vec::new(),
            reports: Vec::new(),
            handover: Vec::new(),
            now: Instant::ZERO,
        }
    }

    fn carry_out(&mut self) {
        while let Some(step) = self.replica.poll_step() {
            match step {
                Step::Act(Action::Effect(sum)) => self.said.push(sum),
                Step::Act(_) | Step::Follow(_) | Step::Free(_) => {}
                Step::Send(envelope) => self.outbox.push_back(envelope),
                Step::Capture => self
                    .replica
                    .snapshot(Vec::new(), Bytes::new(), Bytes::new()),
                Step::Drain => self.replica.drained(),
                Step::Adopt(_) => self.replica.ready(),
                Step::BackupPorts(call, outcome) => {
                    self.reports
                        .push(format!("ports of {}: {outcome:?}", call.0));
                }
                Step::Slow(why) => {
                    (self.replica).peer_gone(&why, &mut self.shadows);
                }
                Step::Role(role, why) => self.reports.push(format!("{}: {why}", role.name())),
                Step::Bind(call, _, exactly) => {
                    let bound = self.bind(exactly);
                    self.replica.bound(self.now, call, bound);
                }
                Step::Prepare(wanted) => {
                    self.handover.push(format!("prepare {wanted}"));
                    if wanted {
                        self.replica.listening();
                    }
                }
                step @ (Step::Warm | Step::Pause | Step::Abdicate | Step::Resume(_)) => {
                    self.handover.push(format!("{step:?}"));
                }
                Step::Succeed(marks) => {
                    self.handover.push(format!("succeed {marks:?}"));
                    assert!(
                        self.replica
                            .peer_gone("handover", &mut self.shadows)
                            .is_some()
                    );
                }
            }
        }
    }

    fn bind(&mut self, exactly: Option<Ports>) -> Result<Ports, String> {
        let port = exactly.map_or(self.next_port, |ports| ports.audio);
        self.next_port = self.next_port.max(port + 2);
        if self.taken.contains(&port) {
            return Err(format!("{port} is taken"));
        }
        self.bound.push(port);
        Ok(Ports {
            control: port,
            audio: port,
            video: port,
        })
    }

    fn tell(&mut self, event: u64) {
        self.replica.handle(Instant::ZERO, Input::Event(event));
        self.carry_out();
    }

    fn take(&mut self, envelope: Envelope<u64>) {
        self.replica
            .message(Instant::ZERO, envelope, &mut self.shadows);
        self.carry_out();
        self.replica.apply(&mut self.shadows);
        self.carry_out();
    }
}

struct Two {
    primary: Node,
    backup: Node,
}

impl Two {
    fn pair() -> Two {
        let mut two = Two::alone();
        two.join();
        two
    }

    /// The second one has not started.
    fn alone() -> Two {
        let mut two = Two {
            primary: Node::new(),
            backup: Node::new(),
        };
        two.primary.replica.serve("a test");
        two.primary.carry_out();
        two
    }

    fn join(&mut self) {
        let two = self;
        // What a greeting does.
        two.backup.replica.reign(two.primary.replica.epoch());
        two.backup.replica.join("a test");
        two.backup.carry_out();
        two.talk();
        assert_eq!(two.roles(), (Role::Primary, Role::Backup));
    }

    fn roles(&self) -> (Role, Role) {
        (self.primary.replica.role(), self.backup.replica.role())
    }

    fn backup_listens(&mut self) {
        while let Some(envelope) = self.primary.outbox.pop_front() {
            self.backup.take(envelope);
        }
    }

    fn primary_listens(&mut self) {
        while let Some(envelope) = self.backup.outbox.pop_front() {
            self.primary.take(envelope);
        }
    }

    fn talk(&mut self) {
        while !self.primary.outbox.is_empty() || !self.backup.outbox.is_empty() {
            self.backup_listens();
            self.primary_listens();
        }
    }

    fn primary_dies(&mut self) -> Option<Outstanding> {
        let outstanding = self
            .backup
            .replica
            .peer_gone("a test", &mut self.backup.shadows);
        self.backup.carry_out();
        outstanding
    }
}

#[test]
fn what_an_event_causes_waits_until_the_backup_holds_it() {
    let mut two = Two::pair();
    two.primary.tell(1);
    two.primary.tell(2);
    assert!(two.primary.said.is_empty());
    two.backup_listens();
    assert!(two.primary.said.is_empty(), "held, but not known to be");
    two.primary_listens();
    assert_eq!(two.primary.said, [1, 3]);
    assert!(two.backup.said.is_empty(), "a backup says nothing");
    assert_eq!(two.backup.replica.core().sum, 3);
}

#[test]
fn a_node_alone_says_everything_at_once() {
    let mut node = Node::new();
    node.replica.serve("a test");
    node.tell(5);
    assert_eq!(node.said, [5]);
}

#[test]
fn a_backup_takes_over_with_everything_it_holds() {
    let mut two = Two::pair();
    two.primary.tell(1);
    two.backup_listens();
    // It dies before it has said so; nobody knows of this one.
    two.primary.tell(10);
    assert!(two.primary.said.is_empty());
    assert!(two.primary_dies().is_some());
    assert_eq!(two.backup.replica.role(), Role::Simplex);
    assert_eq!(two.backup.replica.epoch(), Epoch(2));
    two.backup.tell(100);
    assert_eq!(two.backup.said, [101]);
}

#[test]
fn a_backup_that_acknowledges_nothing_is_given_up_in_time() {
    let patience = Limits::default().acknowledge_ms;
    for (millis, given_up) in [(patience - 1, false), (patience, true)] {
        let mut two = Two::pair();
        two.primary.tell(1);
        assert_eq!(
            two.primary.replica.next_timeout(),
            Some(Instant::from_millis(patience))
        );
        let at = Instant::from_millis(millis);
        two.primary.replica.handle_timeout(at);
        two.primary.carry_out();
        assert_eq!(two.primary.replica.role() == Role::Simplex, given_up);
        assert_eq!(two.primary.said.len(), usize::from(given_up));
    }
}

#[test]
fn records_in_flight_are_bounded() {
    let mut two = Two::pair();
    two.primary.replica.limits.records_in_flight = 3;
    (0..3).for_each(|_| two.primary.tell(1));
    assert_eq!(two.primary.replica.role(), Role::Primary);
    two.primary.tell(1);
    assert_eq!(two.primary.replica.role(), Role::Simplex);
    assert_eq!(two.primary.said, [1, 2, 3, 4]);
}

#[test]
fn a_backup_that_was_given_up_begins_anew() {
    let mut two = Two::pair();
    two.primary.tell(7);
    two.primary
        .replica
        .peer_gone("a test", &mut two.primary.shadows);
    two.primary.carry_out();
    two.primary.tell(1);
    // It lives, and hears that it is dismissed; the link is made again.
    two.backup_listens();
    assert_eq!(two.backup.replica.role(), Role::Starting);
    two.backup.replica.join("a test");
    two.backup.carry_out();
    two.talk();
    assert_eq!(two.roles(), (Role::Primary, Role::Backup));
    assert_eq!(two.backup.replica.core().sum, 8);
}

#[test]
fn a_copy_that_went_astray_says_so_at_the_next_record_and_is_healed() {
    let mut two = Two::pair();
    two.primary.tell(1);
    two.talk();
    two.backup.replica.core.sum += 1;
    two.primary.tell(2);
    two.backup_listens();
    let report = two.backup.reports.last().unwrap();
    assert!(report.starts_with("joining: before record"), "{report}");
    two.talk();
    assert_eq!(two.roles(), (Role::Primary, Role::Backup));
    assert_eq!(two.backup.replica.core().sum, 3);
    assert_eq!(two.primary.said, [1, 3]);
}

#[test]
fn ports_are_told_when_both_nodes_have_bound_them() {
    let mut two = Two::pair();
    two.primary.tell(CALLS);
    two.backup_listens();
    assert_eq!(two.backup.bound, [5000]);
    assert!(two.primary.said.is_empty());
    two.talk();
    assert_eq!(two.primary.said, [5000]);
    let call = CallId(CALLS);
    assert_eq!(
        two.primary.replica.ports_of(call),
        two.backup.replica.ports_of(call)
    );
}

#[test]
fn a_backup_that_begins_anew_keeps_its_ports() {
    let mut two = Two::pair();
    two.primary.tell(CALLS);
    two.talk();
    two.primary
        .replica
        .peer_gone("a test", &mut two.primary.shadows);
    two.primary.carry_out();
    two.backup_listens();
    // Its own sockets are in the way of new ones.
    two.backup.taken = [5000].into();
    two.backup.replica.join("a test");
    two.backup.carry_out();
    two.talk();
    assert_eq!(two.roles(), (Role::Primary, Role::Backup));
    let call = CallId(CALLS);
    let ports = two.primary.replica.ports_of(call);
    assert!(ports.is_some());
    assert_eq!(two.backup.replica.ports_of(call), ports);
}

/// A call runs; then a node joins on whose host another process has its ports.
fn joined_without_ports() -> Two {
    let mut two = Two::alone();
    two.primary.tell(CALLS);
    two.backup.taken = [5000].into();
    two.join();
    let refused = "ports of 1000: Err(\"5000 is taken\")";
    for node in [&two.primary, &two.backup] {
        assert_eq!(
            node.reports.iter().filter(|told| *told == refused).count(),
            1
        );
    }
    assert_eq!(two.backup.replica.ports_of(CallId(CALLS)), None);
    two
}

#[test]
fn a_node_that_cannot_have_the_ports_of_a_running_call_says_so_once_and_tries_again() {
    let mut two = joined_without_ports();
    let has = "ports of 1000: Ok(())";
    for (seconds, taken) in [(1, true), (2, false)] {
        assert_eq!(
            two.backup.replica.next_timeout(),
            Some(Instant::from_millis(seconds * 1000))
        );
        if !taken {
            two.backup.taken.clear();
        }
        let at = Instant::from_millis(seconds * 1000);
        two.backup.now = at;
        two.backup.replica.handle_timeout(at);
        two.backup.carry_out();
        two.talk();
        for node in [&two.primary, &two.backup] {
            let told = node.reports.iter().filter(|told| told.starts_with("ports"));
            assert_eq!(told.count(), if taken { 1 } else { 2 });
            assert_eq!(node.reports.last().unwrap() == has, !taken);
        }
    }
    assert_eq!(two.backup.replica.next_timeout(), None);
    let call = CallId(CALLS);
    let ports = two.primary.replica.ports_of(call);
    assert_eq!(two.backup.replica.ports_of(call), ports);
}

#[test]
fn a_node_that_takes_over_tries_a_last_time_to_have_the_ports_of_a_call() {
    for (taken, outcome) in [(true, "Err(\"5000 is taken\")"), (false, "Ok(())")] {
        let mut two = joined_without_ports();
        if !taken {
            two.backup.taken.clear();
        }
        assert!(two.primary_dies().is_some());
        let last = two.backup.reports.last().unwrap();
        assert_eq!(*last, format!("ports of 1000: {outcome}"));
        let bound = two.backup.replica.ports_of(CallId(CALLS));
        assert_eq!(bound.is_some(), !taken);
    }
}

#[test]
fn a_node_that_is_gone_before_it_has_its_snapshot_is_not_sent_one() {
    let mut two = Two::alone();
    two.backup.replica.reign(two.primary.replica.epoch());
    two.backup.replica.join("a test");
    two.backup.carry_out();
    let asked = two.backup.outbox.pop_front().unwrap();
    let primary = &mut two.primary;
    (primary.replica).message(Instant::ZERO, asked, &mut primary.shadows);
    assert!(primary.replica.is_asked());
    primary.replica.peer_gone("a test", &mut primary.shadows);
    assert!(!primary.replica.is_asked());
    primary.carry_out();
    assert!(primary.outbox.is_empty() && !primary.replica.is_followed());
}

#[test]
fn ports_that_another_process_of_the_backup_has_are_replaced() {
    let mut two = Two::pair();
    two.backup.taken = [5000, 5002].into();
    two.primary.tell(CALLS);
    two.talk();
    assert_eq!(two.primary.said, [5004]);
    assert_eq!(two.backup.bound, [5004]);
}

#[test]
fn a_call_whose_ports_are_refused_again_and_again_gets_none() {
    let attempts = Limits::default().port_attempts as u16;
    for (taken, said) in [
        (attempts, NO_PORTS),
        (attempts - 1, 5000 + 2 * u64::from(attempts - 1)),
    ] {
        let mut two = Two::pair();
        two.backup.taken = (0..taken).map(|n| 5000 + 2 * n).collect();
        two.primary.tell(CALLS);
        two.talk();
        assert_eq!(two.primary.said, [said]);
        assert_eq!(
            two.primary.replica.core().digest(),
            two.backup.replica.core().digest()
        );
    }
}

#[test]
fn a_backup_that_dies_over_a_proposal_is_not_waited_for() {
    let mut two = Two::pair();
    two.primary.tell(CALLS);
    two.primary
        .replica
        .peer_gone("a test", &mut two.primary.shadows);
    two.primary.carry_out();
    assert_eq!(two.primary.said, [5000]);
}

#[test]
fn a_primary_that_dies_before_its_proposal_leaves_the_choice_to_the_backup() {
    let mut two = Two::pair();
    two.primary.tell(CALLS);
    let record = two.primary.outbox.pop_front().unwrap();
    assert!(matches!(record.message, Message::Records(_)));
    two.backup.take(record);
    let outstanding = two.primary_dies().unwrap();
    assert!(outstanding.ports.contains_key(&CallId(CALLS)));
    assert_eq!(two.backup.replica.ports_of(CallId(CALLS)), None);
}

#[test]
fn a_primary_that_dies_after_its_proposal_leaves_the_ports_bound() {
    let mut two = Two::pair();
    two.primary.tell(CALLS);
    two.backup_listens();
    let outstanding = two.primary_dies().unwrap();
    assert!(outstanding.ports.contains_key(&CallId(CALLS)));
    let ports = two.backup.replica.ports_of(CallId(CALLS)).unwrap();
    assert_eq!(ports.audio, 5000);
}

#[test]
fn a_node_of_an_earlier_reign_falls_silent() {
    let mut two = Two::pair();
    two.primary.tell(1);
    two.backup_listens();
    two.primary_dies();
    // The old primary was only stopped; now it hears of the new one.
    assert!(!two.primary.replica.reign(two.backup.replica.epoch()));
    two.primary.carry_out();
    assert_eq!(two.primary.replica.role(), Role::Deposed);
    // What it has been sent meanwhile frees nothing any more.
    two.primary_listens();
    assert!(two.primary.said.is_empty());
}

#[test]
fn messages_of_an_earlier_reign_are_ignored() {
    let mut two = Two::pair();
    two.primary.tell(1);
    let late = two.primary.outbox.clone();
    two.primary_dies();
    two.backup.tell(5);
    let before = two.backup.replica.core().digest();
    late.into_iter()
        .for_each(|envelope| two.backup.take(envelope));
    assert_eq!(two.backup.replica.core().digest(), before);
    assert_eq!(two.backup.said, [5]);
}
