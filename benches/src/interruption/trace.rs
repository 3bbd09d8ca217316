//! The trace of one terminal, read again.

use anyhow::{Context, bail, ensure};
use std::path::Path;

/// An RTP packet that a terminal sent or received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    /// When.
    pub at: i64,
    /// Its source.
    pub ssrc: u32,
    /// Its number.
    pub sequence: u16,
    /// Its RTP time.
    pub timestamp: u32,
}

/// What a tile of a picture showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tile {
    /// A picture that was taken then.
    Taken(i64),
    /// Nothing.
    Blank,
    /// Something without a code.
    Unread,
}

/// A decoded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// When it was seen.
    pub at: i64,
    /// Its tiles, by their senders.
    pub tiles: Vec<(u8, Tile)>,
}

/// Packets of both kinds.
#[derive(Debug, Clone, Default)]
pub struct Packets {
    /// Sound.
    pub audio: Vec<Packet>,
    /// Pictures.
    pub video: Vec<Packet>,
}

/// Everything, in order of time.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// What came.
    pub received: Packets,
    /// What it sent.
    pub sent: Packets,
    /// What it saw.
    pub pictures: Vec<Picture>,
}

impl Trace {
    /// Reads a file that has one terminal's trace.
    pub fn read(path: &Path) -> anyhow::Result<Trace> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the trace {}", path.display()))?;
        Trace::parse(&text).with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> anyhow::Result<Trace> {
        let mut trace = Trace::default();
        // The last line of a process that was killed may be half a line.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        for (number, line) in whole.lines().enumerate() {
            trace
                .line(line)
                .with_context(|| format!("line {}: {line:?}", number + 1))?;
        }
        Ok(trace)
    }

    fn line(&mut self, line: &str) -> anyhow::Result<()> {
        let fields: Vec<&str> = line.split(',').collect();
        ensure!(fields.len() >= 4, "too few fields");
        let at = fields[0].parse()?;
        let mut tile = |tile| {
            let sender = fields[3].parse()?;
            match self.pictures.last_mut() {
                Some(picture) if picture.at == at => picture.tiles.push((sender, tile)),
                _ => self.pictures.push(Picture {
                    at,
                    tiles: vec![(sender, tile)],
                }),
            }
            anyhow::Ok(())
        };
        match fields[2] {
            "seen" => tile(Tile::Taken(field(&fields, 5)?.parse()?)),
            "blank" => tile(Tile::Blank),
            "unread" => tile(Tile::Unread),
            "lost" => bail!("the terminal could not write its trace"),
            direction => {
                let packets = match direction {
                    "received" => &mut self.received,
                    "sent" => &mut self.sent,
                    _ => bail!("an unknown event"),
                };
                let packets = match fields[3] {
                    "audio" => &mut packets.audio,
                    "video" => &mut packets.video,
                    _ => bail!("an unknown kind"),
                };
                packets.push(Packet {
                    at,
                    ssrc: field(&fields, 4)?.parse()?,
                    sequence: field(&fields, 5)?.parse()?,
                    timestamp: field(&fields, 6)?.parse()?,
                });
                Ok(())
            }
        }
    }
}

fn field<'a>(fields: &[&'a str], index: usize) -> anyhow::Result<&'a str> {
    fields.get(index).copied().context("too few fields")
}

/// Those that belong to a time, of what is in order of time.
pub fn between<T>(all: &[T], at: impl Fn(&T) -> i64, from: i64, to: i64) -> &[T] {
    let start = all.partition_point(|one| at(one) < from);
    let end = all.partition_point(|one| at(one) < to);
    &all[start..end.max(start)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_read() {
        let text = "100,1,received,audio,7,65535,160,1\n\
                    110,1,sent,video,8,3,3000,0\n\
                    120,1,seen,2,900,90\n\
                    120,1,blank,3\n\
                    130,1,unread,3\n\
                    140,1,rece";
        let trace = Trace::parse(text).unwrap();
        let packet = Packet {
            at: 100,
            ssrc: 7,
            sequence: 65535,
            timestamp: 160,
        };
        assert_eq!(trace.received.audio, [packet]);
        assert_eq!(trace.sent.video.len(), 1);
        assert_eq!(
            trace.pictures[0].tiles,
            [(2, Tile::Taken(90)), (3, Tile::Blank)]
        );
        assert_eq!(trace.pictures[1].tiles, [(3, Tile::Unread)]);
        assert!(Trace::parse("5,0,lost,2\n").is_err());
        assert!(Trace::parse("5,0,sent,video\n").is_err());
        assert_eq!(
            between(&trace.pictures, |picture| picture.at, 100, 130).len(),
            1
        );
    }
}
