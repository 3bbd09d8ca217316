//! Who is shown as the speaker: the loudest voice, but not at every cough.

use super::level::Level;
use base::{Instant, ParticipantId};
use std::collections::BTreeMap;
use std::time::Duration;

/// A new speaker has been the loudest for this long, not counting as long as it was not.
pub const TAKEOVER: Duration = Duration::from_millis(400);
/// A speaker stays at least this long, unless it leaves.
pub const HOLD: Duration = Duration::from_secs(2);
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
    /// Time as the loudest, less time as another; at most `TAKEOVER`.
    lead: Duration,
    updated: Instant,
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

        // Short words of others, or short pauses, only delay a takeover.
        let leads = |other: Challenge| {
            let passed = now.since(other.updated);
            let lead = match loudest == Some(other.participant) {
                true => (other.lead + passed).min(TAKEOVER),
                false => other.lead.checked_sub(passed)?,
            };
            Some(Challenge {
                lead,
                updated: now,
                ..other
            })
        };
        let begins = |participant| Challenge {
            participant,
            lead: Duration::ZERO,
            updated: now,
        };
        self.challenge = (self.challenge.and_then(leads)).or_else(|| loudest.map(begins));
        let challenge = self.challenge?;
        let held = self
            .current
            .is_none_or(|(_, since)| now.since(since) >= HOLD);
        if !held || challenge.lead < TAKEOVER || loudest != Some(challenge.participant) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::FRAME_MS;

    const A: ParticipantId = ParticipantId(1);
    const B: ParticipantId = ParticipantId(2);

    /// A conference whose frames follow one another.
    #[derive(Default)]
    struct Room {
        speaker: ActiveSpeaker,
        now_ms: u64,
        changes: Vec<(u64, ParticipantId)>,
    }

    impl Room {
        fn run(&mut self, duration_ms: u64, speaking: &[(ParticipantId, i16)]) {
            for _ in 0..duration_ms / u64::from(FRAME_MS) {
                let levels = speaking.iter().map(|&(who, x)| (who, Level::of(&[x; 160])));
                let now = Instant::from_millis(self.now_ms);
                let change = self.speaker.update(now, levels);
                self.changes.extend(change.map(|who| (self.now_ms, who)));
                self.now_ms += u64::from(FRAME_MS);
            }
        }
    }

    #[test]
    fn the_first_voice_is_shown_after_400_ms_and_stays_through_silence() {
        let mut room = Room::default();
        room.run(380, &[(A, 3000)]);
        assert_eq!(room.speaker.current(), None);
        room.run(100, &[(A, 3000)]);
        room.run(60_000, &[]);
        assert_eq!(room.changes, [(400, A)]);
        assert_eq!(room.speaker.current(), Some(A));
    }

    #[test]
    fn the_next_voice_takes_over_after_400_ms_but_not_within_2_s() {
        let mut room = Room::default();
        room.run(500, &[(A, 3000)]);
        room.run(5000, &[(B, 3000)]);
        assert_eq!(room.changes[1], (2400, B));
        room.run(1000, &[(A, 3000)]);
        let (at, who) = room.changes[2];
        assert_eq!(who, A);
        assert!((5900..6200).contains(&at), "{at}");
    }

    #[test]
    fn a_cough_and_an_equally_loud_voice_change_nothing() {
        let mut room = Room::default();
        room.run(5000, &[(A, 3000)]);
        room.run(200, &[(A, 3000), (B, 30_000)]);
        room.run(5000, &[(A, 3000)]);
        room.run(10_000, &[(A, 3000), (B, 3100)]);
        assert_eq!(room.changes, [(400, A)]);
    }

    #[test]
    fn shouting_together_does_not_flap() {
        let mut room = Room::default();
        let mut rng = base::Rng::new(9);
        while room.now_ms < 60_000 {
            let mut loudness = || 1000 + rng.below(20_000) as i16;
            let both = [(A, loudness()), (B, loudness())];
            room.run(100, &both);
        }
        assert!(
            room.changes
                .windows(2)
                .all(|pair| pair[1].0 - pair[0].0 >= 2000)
        );
        assert!(room.changes.len() < 10, "{:?}", room.changes);
    }

    #[test]
    fn who_leaves_is_replaced_by_the_next_voice() {
        let mut room = Room::default();
        room.run(500, &[(A, 3000)]);
        room.speaker.remove(A);
        assert_eq!(room.speaker.current(), None);
        room.run(500, &[(B, 3000)]);
        assert_eq!(room.speaker.current(), Some(B));
    }
}
