//! One conference room as signalling sees it.

use crate::config::RoomRules;
use base::CallId;
use media::plane::RoomId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A room that people are in, or that the configuration keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Room {
    /// What the media plane calls it.
    pub id: RoomId,
    pub rules: RoomRules,
    /// Made by a caller: ends with its last participant.
    pub transient: bool,
    /// Takes nobody else in.
    pub locked: bool,
    /// Calls in it.
    pub members: BTreeSet<CallId>,
    /// Who speaks.
    pub speaker: Option<CallId>,
}

impl Room {
    pub fn new(id: RoomId, rules: RoomRules, transient: bool) -> Self {
        Room {
            id,
            rules,
            transient,
            locked: false,
            members: BTreeSet::new(),
            speaker: None,
        }
    }
}
