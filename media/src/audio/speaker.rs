//! Who is shown as the speaker: the loudest voice, but not at every cough.

use super::level::Level;
use base::{Instant, ParticipantId};
use std::collections::BTreeMap;
use std::time::Duration;

/// A new speaker has been the loudest for this long.
pub const TAKEOVER: Duration = Duration::from_millis(400);
/// A speaker stays at least this long, unless it leaves.
pub const HOLD: Duration = Duration::from_secs(2);
/// A pause of the loudest voice that does not start its 400 ms afresh.
const PAUSE_MAX: Duration = Duration::from_millis(300);
/// A new speaker is this much louder than a speaker who still speaks.
const LOUDER_DB: f32 = 3.0;
/// Part of the way to the loudness of a new frame of 20 ms: about 150 ms to follow it.
const SMOOTHING: f32 = 0.12;

/// Chooses the active speaker of a conference.
#[derive(Debug, Clone, Default)]
pub struct ActiveSpeaker {
    loudness_db: BTreeMap<ParticipantId, f32>,
    current: Option<(ParticipantId, Instant)>,
    challenge: Option<Challenge>,
}

#[derive(Debug, Clone, Copy)]
struct Challenge {
    participant: ParticipantId,
    since: Instant,
    last: Instant,
}

impl ActiveSpeaker {
    /// The speaker, also through silence, until another one takes over.
    pub fn current(&self) -> Option<ParticipantId> {
        self.current.map(|(participant, _)| participant)
    }

    /// Takes one 20 ms frame: those who speak, and how loud. Returns the speaker if it changed.
    pub fn update(
        &mut self,
        now: Instant,
        speaking: impl IntoIterator<Item = (ParticipantId, Level)>,
    ) -> Option<ParticipantId> {
        for loudness in self.loudness_db.values_mut() {
            *loudness *= 1.0 - SMOOTHING;
        }
        for (participant, level) in speaking {
            let new = SMOOTHING * f32::from(level.loudness_db());
            *self.loudness_db.entry(participant).or_default() += new;
        }
        self.loudness_db.retain(|_, loudness| *loudness > 1.0);

        let current = self.current();
        let loudness = |participant| self.loudness_db.get(&participant).copied().unwrap_or(0.0);
        let needed = current.map_or(0.0, |current| loudness(current) + LOUDER_DB);
        let loudest = (self.loudness_db.iter())
            .filter(|&(&participant, &loudness)| Some(participant) != current && loudness > needed)
            .max_by(|a, b| a.1.total_cmp(b.1))
            .map(|(&participant, _)| participant);

        self.challenge = match (loudest, self.challenge) {
            (Some(participant), Some(same)) if same.participant == participant => {
                Some(Challenge { last: now, ..same })
            }
            // A short word of a third party does not end the challenge.
            (_, Some(other))
                if now.since(other.last) <= PAUSE_MAX && Some(other.participant) != current =>
            {
                Some(other)
            }
            (Some(participant), _) => Some(Challenge {
                participant,
                since: now,
                last: now,
            }),
            (None, _) => None,
        };
        let challenge = self.challenge?;
        let held = self
            .current
            .is_none_or(|(_, since)| now.since(since) >= HOLD);
        if !held || challenge.last != now || now.since(challenge.since) < TAKEOVER {
            return None;
        }
        self.current = Some((challenge.participant, now));
        self.challenge = None;
        Some(challenge.participant)
    }

    /// Forgets a participant who left; another one takes over as soon as it speaks.
    pub fn remove(&mut self, participant: ParticipantId) {
        self.loudness_db.remove(&participant);
        self.current = self.current.filter(|(current, _)| *current != participant);
        self.challenge = self
            .challenge
            .filter(|other| other.participant != participant);
    }
}
