//! How long a room's first picture after a takeover waits, so that it shows everybody and nobody as
//! of long ago.

use super::limits::{
    CATCH_UP_PATIENCE, COLD_PICTURE_PATIENCE, PICTURE_PATIENCE, SIGN_OF_LIFE_PATIENCE,
};
use super::participant::Participant;
use base::Instant;

/// The wait of one room.
pub struct Hold {
    since: Instant,
    /// Something was kept of a camera.
    is_warm: bool,
    /// When the last of what was kept had been decoded.
    caught_up: Instant,
}

impl Hold {
    /// Begins at a takeover; `seen` are those in a tile.
    pub fn new<'a>(since: Instant, mut seen: impl Iterator<Item = &'a Participant>) -> Self {
        let is_warm = seen.any(|participant| {
            (participant.visible_camera()).is_some_and(|camera| camera.is_catching_up())
        });
        Hold {
            since,
            is_warm,
            caught_up: since,
        }
    }

    /// What was kept of a camera has been decoded.
    pub fn note_progress(&mut self, now: Instant) {
        self.caught_up = now;
    }

    /// When it ends as things are now.
    pub fn until<'a>(&self, seen: impl Iterator<Item = &'a Participant>) -> Instant {
        let waits = seen.filter_map(|participant| self.waits_for(participant));
        waits.max().unwrap_or(self.since)
    }

    /// Until when a participant is waited for, if it is.
    fn waits_for(&self, participant: &Participant) -> Option<Instant> {
        let camera = participant.visible_camera()?;
        if camera.is_catching_up() {
            return Some(self.since + CATCH_UP_PATIENCE);
        }
        if camera.latest().is_some() {
            return None;
        }
        let lives = (participant.video.last_packet_at())
            .is_some_and(|at| at + SIGN_OF_LIFE_PATIENCE >= self.since);
        match (self.is_warm, lives) {
            (true, true) => Some(self.caught_up + PICTURE_PATIENCE),
            // If it sent anything, that would have come here as well.
            (true, false) => None,
            (false, true) => Some(self.since + COLD_PICTURE_PATIENCE),
            (false, false) => Some(self.since + SIGN_OF_LIFE_PATIENCE),
        }
    }
}
