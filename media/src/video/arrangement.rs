//! Who is shown in which tile.
//!
//! People look for a face where they saw it last, so a participant keeps its tile as long as the
//! tile exists. Only speech moves somebody: in `One` and `OnePlusFive` whoever speaks takes the large
//! tile, and where there are more participants than tiles, whoever speaks takes the tile of the
//! visible participant that has been quiet longest.

use super::layout::{resolve, tile_count};
use crate::plane::Layout;
use base::ParticipantId;

/// Assigns participants to tiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrangement {
    layout: Layout,
    /// In order of joining.
    members: Vec<Member>,
    /// One entry per tile of the layout.
    tiles: Vec<Option<ParticipantId>>,
    /// Turns of speech so far.
    turns: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Member {
    participant: ParticipantId,
    /// Number of its last turn; 0: never spoke.
    spoke: u64,
}

impl Arrangement {
    /// An empty conference.
    pub fn new(layout: Layout) -> Self {
        let tiles = vec![None; tile_count(layout, 0)];
        Arrangement {
            layout,
            members: Vec::new(),
            tiles,
            turns: 0,
        }
    }

    /// The layout in use now, never `Automatic`.
    pub fn layout(&self) -> Layout {
        resolve(self.layout, self.members.len())
    }

    /// Who is in each tile, in the order of `layout::tiles`.
    pub fn tiles(&self) -> &[Option<ParticipantId>] {
        &self.tiles
    }

    /// The tile that shows `participant`, if any does.
    pub fn tile_of(&self, participant: ParticipantId) -> Option<usize> {
        self.tiles.iter().position(|&t| t == Some(participant))
    }

    /// Changes the layout.
    pub fn set_layout(&mut self, layout: Layout) {
        self.layout = layout;
        self.settle();
    }

    /// Takes a participant in.
    pub fn join(&mut self, participant: ParticipantId) {
        if self.members.iter().all(|m| m.participant != participant) {
            self.members.push(Member {
                participant,
                spoke: 0,
            });
            self.settle();
        }
    }

    /// Lets a participant go.
    pub fn leave(&mut self, participant: ParticipantId) {
        self.members.retain(|m| m.participant != participant);
        self.settle();
    }

    /// `participant` is the active speaker from now on.
    pub fn speak(&mut self, participant: ParticipantId) {
        self.turns += 1;
        let turn = self.turns;
        let Some(member) = (self.members.iter_mut()).find(|m| m.participant == participant) else {
            return;
        };
        member.spoke = turn;
        self.show(participant);
    }

    /// Brings a speaker to the tile it deserves.
    fn show(&mut self, participant: ParticipantId) {
        let seat = match self.tile_of(participant) {
            Some(seat) => seat,
            None => {
                let seat = self.quietest_tile();
                self.tiles[seat] = Some(participant);
                seat
            }
        };
        if matches!(self.layout(), Layout::One | Layout::OnePlusFive) {
            self.tiles.swap(0, seat);
        }
    }

    /// A free tile, or the one whose participant spoke longest ago (the last of them in reading
    /// order). A large tile shows the last speaker, so it gives way only where it is alone.
    fn quietest_tile(&self) -> usize {
        (0..self.tiles.len())
            .rev()
            .min_by_key(|&tile| self.tiles[tile].map(|p| self.spoke(p)))
            .expect("a layout has a tile")
    }

    fn spoke(&self, participant: ParticipantId) -> u64 {
        (self.members.iter())
            .find(|m| m.participant == participant)
            .map_or(0, |m| m.spoke)
    }

    /// Adapts the tiles to members and layout: everybody who can stay stays.
    fn settle(&mut self) {
        self.tiles
            .resize(tile_count(self.layout, self.members.len()), None);
        let members = &self.members;
        for tile in &mut self.tiles {
            tile.take_if(|p| members.iter().all(|m| m.participant != *p));
        }
        // The others by their last turn, then by their time of joining.
        let mut waiting: Vec<Member> = (members.iter().copied())
            .filter(|m| !self.tiles.contains(&Some(m.participant)))
            .collect();
        waiting.sort_by_key(|m| std::cmp::Reverse(m.spoke));
        let free = self.tiles.iter_mut().filter(|t| t.is_none());
        for (tile, member) in free.zip(waiting) {
            *tile = Some(member.participant);
        }
        // Nobody spoke between, but the large tile may have come into being or lost its owner.
        let last = self.members.iter().max_by_key(|m| m.spoke);
        if let Some(last) = last.filter(|m| m.spoke > 0) {
            self.show(last.participant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(arrangement: &Arrangement) -> Vec<u64> {
        let id = |t: &Option<ParticipantId>| t.map_or(0, |p| p.0);
        arrangement.tiles().iter().map(id).collect()
    }

    fn conference(layout: Layout, people: std::ops::RangeInclusive<u64>) -> Arrangement {
        let mut arrangement = Arrangement::new(layout);
        people.for_each(|p| arrangement.join(ParticipantId(p)));
        arrangement
    }

    #[test]
    fn a_participant_keeps_its_tile() {
        let mut room = conference(Layout::Automatic, 1..=4);
        assert_eq!(seats(&room), [1, 2, 3, 4]);
        room.speak(ParticipantId(3));
        assert_eq!(seats(&room), [1, 2, 3, 4], "speech moves nobody in a grid");
        room.leave(ParticipantId(2));
        assert_eq!(seats(&room), [1, 0, 3, 4]);
        room.join(ParticipantId(5));
        assert_eq!(seats(&room), [1, 5, 3, 4]);
        room.join(ParticipantId(6));
        assert_eq!(seats(&room), [1, 5, 3, 4, 6, 0, 0, 0, 0]);
    }

    #[test]
    fn a_smaller_layout_seats_the_others_in_the_gaps() {
        let mut room = conference(Layout::Automatic, 1..=5);
        room.leave(ParticipantId(2));
        assert_eq!(seats(&room), [1, 5, 3, 4]);
        room.leave(ParticipantId(1));
        room.leave(ParticipantId(3));
        assert_eq!(room.layout(), Layout::Two);
        assert_eq!(seats(&room), [4, 5]);
    }

    #[test]
    fn the_speaker_gets_the_large_tile() {
        let mut room = conference(Layout::OnePlusFive, 1..=8);
        assert_eq!(seats(&room), [1, 2, 3, 4, 5, 6]);
        room.speak(ParticipantId(4));
        assert_eq!(seats(&room), [4, 2, 3, 1, 5, 6]);
        room.speak(ParticipantId(8));
        assert_eq!(seats(&room), [8, 2, 3, 1, 5, 4], "6 was hidden, 4 shrank");
        room.leave(ParticipantId(8));
        assert_eq!(
            seats(&room),
            [4, 2, 3, 1, 5, 6],
            "the speaker before is large"
        );
        let mut single = conference(Layout::One, 1..=3);
        single.speak(ParticipantId(2));
        assert_eq!(seats(&single), [2]);
        single.speak(ParticipantId(9));
        assert_eq!(seats(&single), [2], "a stranger is ignored");
    }

    #[test]
    fn hidden_participants_rotate_in_by_speech() {
        let mut room = conference(Layout::Four, 1..=6);
        for p in [2, 3, 4, 1] {
            room.speak(ParticipantId(p));
        }
        room.speak(ParticipantId(5));
        assert_eq!(seats(&room), [1, 5, 3, 4], "2 was quiet longest");
        room.speak(ParticipantId(2));
        assert_eq!(seats(&room), [1, 5, 2, 4]);
        room.leave(ParticipantId(1));
        assert_eq!(seats(&room), [3, 5, 2, 4], "who spoke comes before 6");
    }

    #[test]
    fn changing_the_layout_brings_the_last_speaker_forward() {
        let mut room = conference(Layout::Nine, 1..=9);
        room.speak(ParticipantId(7));
        room.set_layout(Layout::OnePlusFive);
        assert_eq!(seats(&room)[0], 7);
        room.set_layout(Layout::One);
        assert_eq!(seats(&room), [7]);
    }
}
