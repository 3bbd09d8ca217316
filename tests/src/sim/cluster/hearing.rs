//! What a node hears of one other node: its beats, as `heartbeat::Ear` lets them in, and what they say.

use base::{ConnId, Instant};
use replication::failover::membership::Said;
use replication::failover::{Epoch, Role};
use replication::heartbeat::{News, Rhythm, Watch};
use std::rc::Rc;

/// A beat.
#[derive(Debug, Clone)]
pub(super) struct Beat {
    pub from: u8,
    pub boot: u64,
    pub sequence: u64,
    /// Boot and number of the last beat of the receiver that the sender has heard.
    pub echo: Option<(u64, u64)>,
    pub epoch: Epoch,
    pub role: Role,
    /// The service's clock.
    pub now: Instant,
    /// How many packets of each stream there have been.
    pub marks: Rc<[(ConnId, u64)]>,
}

/// The ear for one other node.
pub(super) struct Hearing {
    own_boot: u64,
    watch: Watch,
    own_sequence: u64,
    accepted: Option<(u64, u64)>,
    /// A new boot must name a beat of ours beyond this one.
    proof_floor: Option<u64>,
    heard: Option<(u64, u64)>,
}

impl Hearing {
    pub fn new(now: Instant, rhythm: Rhythm, own_boot: u64) -> Self {
        Hearing {
            own_boot,
            watch: Watch::new(now, rhythm),
            own_sequence: 0,
            accepted: None,
            proof_floor: None,
            heard: None,
        }
    }

    /// The number of a beat that is sent now.
    pub fn next_sequence(&mut self, now: Instant) -> u64 {
        self.own_sequence += 1;
        self.watch.sent(self.own_sequence, now);
        self.own_sequence
    }

    pub fn echo(&self) -> Option<(u64, u64)> {
        self.heard
    }

    /// A beat came; what it says, if it counts.
    pub fn hear(&mut self, at: Instant, own: Role, beat: &Beat) -> Option<Said> {
        let named = beat.echo.filter(|(boot, _)| *boot == self.own_boot);
        let named = named.map(|(_, sequence)| sequence);
        match self.accepted {
            Some((boot, sequence)) if boot == beat.boot => {
                if beat.sequence <= sequence {
                    return None;
                }
            }
            _ => {
                self.heard = Some((beat.boot, beat.sequence));
                if named.is_none() || named <= self.proof_floor {
                    return None;
                }
                self.proof_floor = Some(self.own_sequence);
            }
        }
        self.accepted = Some((beat.boot, beat.sequence));
        self.heard = self.accepted;
        let follows = matches!(beat.role, Role::Backup | Role::Joining);
        let counts = own != Role::Primary || follows;
        self.watch.heard(at, named.filter(|_| counts));
        Some(Said {
            boot: beat.boot,
            epoch: beat.epoch,
            role: beat.role,
        })
    }

    pub fn judge(&mut self, now: Instant) -> Vec<News> {
        self.watch.judge(now).collect()
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.watch.deadline()
    }

    pub fn heard_us(&self) -> Option<Instant> {
        self.watch.heard_us()
    }
}
