//! The roles of a node: one table.

use serde::{Deserialize, Serialize};

/// Number of the reign: it rises with every node that begins to serve. A message of a lower one comes
/// from a node that reigned before.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Epoch(pub u64);

impl Epoch {
    /// The next reign.
    pub fn next(self) -> Epoch {
        Epoch(self.0 + 1)
    }
}

impl std::fmt::Display for Epoch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Just started: is there a node that serves?
    Starting,
    /// There is; its state is being taken over.
    Joining,
    /// Follows the primary's log, ready to take over.
    Backup,
    /// Serves, and every record is held by a backup.
    Primary,
    /// Serves alone.
    Simplex,
    /// Another node has a higher epoch: silent for ever.
    Deposed,
}

/// What changes a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// Nobody has answered for long enough, or both have just started and this node has precedence.
    NobodyServes,
    /// The peer serves.
    PeerServes,
    /// This node holds the peer's state.
    Synchronized,
    /// The peer holds this node's state.
    BackupReady,
    /// The peer is gone: dead, silent, or by its own will.
    PeerGone,
    /// This node's copy differs from the primary's.
    Astray,
    /// A message of a later reign came.
    LaterReign,
}

impl Role {
    /// The role after `event`; None if it changes nothing.
    pub fn on(self, event: Event) -> Option<Role> {
        match (self, event) {
            (Role::Deposed, _) => None,
            (Role::Simplex | Role::Primary, Event::LaterReign) => Some(Role::Deposed),
            (_, Event::LaterReign) => None,
            (Role::Starting, Event::NobodyServes) => Some(Role::Simplex),
            (Role::Starting, Event::PeerServes) => Some(Role::Joining),
            (Role::Joining, Event::Synchronized) => Some(Role::Backup),
            // Without the whole state it can only begin anew.
            (Role::Joining, Event::PeerGone) => Some(Role::Starting),
            (Role::Backup, Event::Astray) => Some(Role::Joining),
            // The takeover.
            (Role::Backup, Event::PeerGone) => Some(Role::Simplex),
            (Role::Simplex, Event::BackupReady) => Some(Role::Primary),
            (Role::Primary, Event::PeerGone | Event::Astray) => Some(Role::Simplex),
            (
                Role::Starting | Role::Joining | Role::Backup | Role::Primary | Role::Simplex,
                Event::NobodyServes
                | Event::PeerServes
                | Event::Synchronized
                | Event::BackupReady
                | Event::PeerGone
                | Event::Astray,
            ) => None,
        }
    }

    /// It answers clients.
    pub fn serves(self) -> bool {
        matches!(self, Role::Primary | Role::Simplex)
    }

    /// As it is shown.
    pub fn name(self) -> &'static str {
        match self {
            Role::Starting => "starting",
            Role::Joining => "joining",
            Role::Backup => "backup",
            Role::Primary => "primary",
            Role::Simplex => "simplex",
            Role::Deposed => "deposed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: [Role; 6] = [
        Role::Starting,
        Role::Joining,
        Role::Backup,
        Role::Primary,
        Role::Simplex,
        Role::Deposed,
    ];
    const EVENTS: [Event; 7] = [
        Event::NobodyServes,
        Event::PeerServes,
        Event::Synchronized,
        Event::BackupReady,
        Event::PeerGone,
        Event::Astray,
        Event::LaterReign,
    ];

    #[test]
    fn the_whole_table() {
        let mut table = String::new();
        for role in ROLES {
            for event in EVENTS {
                if let Some(next) = role.on(event) {
                    table += &format!("{} + {event:?} = {}\n", role.name(), next.name());
                }
            }
        }
        let expected = "\
starting + NobodyServes = simplex
starting + PeerServes = joining
joining + Synchronized = backup
joining + PeerGone = starting
backup + PeerGone = simplex
backup + Astray = joining
primary + PeerGone = simplex
primary + Astray = simplex
primary + LaterReign = deposed
simplex + BackupReady = primary
simplex + LaterReign = deposed
";
        assert_eq!(table, expected);
    }

    #[test]
    fn a_role_begins_to_serve_only_when_nobody_does() {
        for role in ROLES.into_iter().filter(|role| !role.serves()) {
            for event in EVENTS {
                let begins = role.on(event).is_some_and(Role::serves);
                let nobody_serves = matches!(event, Event::NobodyServes | Event::PeerGone);
                assert!(!begins || nobody_serves, "{role:?} on {event:?}");
            }
        }
    }
}
