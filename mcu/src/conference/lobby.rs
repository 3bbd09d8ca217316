//! A caller alone before the door: keys in a room and its PIN, each ended by `#`, or by a pause where
//! the entry makes sense: some terminals have no `#`.

use base::Instant;
use std::time::Duration;

/// Digits kept at most; more are ignored until `#`.
const ENTRY_MAX: usize = 64;

/// A pause after which an entry counts as ended.
const ENTRY_PAUSE: Duration = Duration::from_secs(3);

/// What a caller has keyed in so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Lobby {
    /// The room, once it is known; then a PIN is wanted.
    pub room: Option<String>,
    /// Wrong answers so far.
    pub failures: u32,
    entry: String,
    /// When the pause after the last key is over.
    pub pause_over: Option<Instant>,
}

impl Lobby {
    /// Before the door of `room`, waiting for its PIN, which was wrong `failures` times.
    pub fn for_pin(room: String, failures: u32) -> Self {
        Lobby {
            room: Some(room),
            failures,
            ..Lobby::default()
        }
    }

    /// Takes what a user input brought; gives back each entry that a `#` ended. `*` alone clears.
    pub fn key(&mut self, now: Instant, input: &str) -> Vec<String> {
        let mut entries = Vec::new();
        for key in input.chars() {
            match key {
                '#' if !self.entry.is_empty() => entries.push(std::mem::take(&mut self.entry)),
                '#' => {}
                '*' => self.entry.clear(),
                key if key.is_ascii_digit() && self.entry.len() < ENTRY_MAX => self.entry.push(key),
                _ => {}
            }
        }
        self.pause_over = (!self.entry.is_empty()).then(|| now + ENTRY_PAUSE);
        entries
    }

    /// What has been keyed in since the last `#`.
    pub fn entry(&self) -> &str {
        &self.entry
    }

    /// Ends the entry without a `#`.
    pub fn take_entry(&mut self) -> String {
        self.pause_over = None;
        std::mem::take(&mut self.entry)
    }

    /// What stands on the caller's screen.
    pub fn prompt(&self) -> String {
        match (&self.room, self.failures) {
            (None, 0) => "Room number, then #".into(),
            (None, _) => "No such room. Room number, then #".into(),
            (Some(_), 0) => "PIN, then #".into(),
            (Some(_), _) => "Wrong PIN. PIN, then #".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::ZERO;

    #[test]
    fn entries_end_with_a_hash() {
        let mut lobby = Lobby::default();
        assert!(lobby.key(NOW, "10").is_empty());
        assert_eq!(lobby.key(NOW, "00#47"), ["1000"]);
        assert_eq!(lobby.key(NOW, "*4711##"), ["4711"]);
        lobby.key(NOW, &"9".repeat(1000));
        assert_eq!(lobby.key(NOW, "#")[0].len(), ENTRY_MAX);
    }
}
