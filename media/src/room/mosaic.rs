//! What a room shows: one canvas for each size that somebody receives, and the outputs that encode
//! them.

use super::codecs::Codecs;
use super::limits::OUTPUTS_MAX;
use super::output::{Output, OutputKey};
use crate::Picture;
use crate::codec::EncodedPicture;
use crate::plane::Layout;
use crate::video::compositor::Compositor;
use crate::video::layout;
use base::{Bitrate, Instant, ParticipantId, PictureSize};
use std::collections::BTreeMap;

/// What a tile shows.
#[derive(Clone, Copy)]
pub struct Tile<'a> {
    /// Who is in it.
    pub participant: ParticipantId,
    /// The participant's name.
    pub label: &'a str,
    /// Whether it speaks.
    pub is_active: bool,
    /// Its newest picture and that picture's number; `None` if there is nothing to see.
    pub picture: Option<(&'a Picture, u64)>,
}

/// The mosaics of one room and their encoders.
#[derive(Default)]
pub struct Mosaic {
    canvases: BTreeMap<PictureSize, Canvas>,
    outputs: BTreeMap<OutputKey, Output>,
}

impl Mosaic {
    /// Whether nobody receives it.
    pub fn is_idle(&self) -> bool {
        self.outputs.is_empty()
    }

    /// How many encoders there are.
    pub fn outputs(&self) -> usize {
        self.outputs.len()
    }

    /// Gives a receiver what it `wants`, or nothing. A change begins with an intra picture, unless
    /// the receiver's own encoder can just change its rate.
    pub fn assign(&mut self, receiver: ParticipantId, wants: Option<OutputKey>) {
        let has = self.key_of(receiver);
        let gets = wants.and_then(|wants| self.nearest(wants, has));
        if has == gets {
            return;
        }
        if let Some(had) = has
            && let Some(mut output) = self.outputs.remove(&had)
        {
            if let Some(key) = gets
                && output.count() == 1
                && !self.outputs.contains_key(&key)
                && (OutputKey {
                    rate_kbps: key.rate_kbps,
                    ..had
                }) == key
            {
                output.set_rate(Bitrate::from_kbps(key.rate_kbps));
                self.outputs.insert(key, output);
                return;
            }
            output.remove(receiver);
            if output.count() > 0 {
                self.outputs.insert(had, output);
            }
        }
        if let Some(key) = gets {
            self.outputs.entry(key).or_default().add(receiver);
        }
        let outputs = &self.outputs;
        (self.canvases).retain(|&size, _| outputs.keys().any(|key| key.size == size));
    }

    /// What a receiver gets.
    pub fn key_of(&self, receiver: ParticipantId) -> Option<OutputKey> {
        let mut outputs = self.outputs.iter();
        let output = outputs.find(|(_, output)| output.serves(receiver));
        output.map(|(&key, _)| key)
    }

    /// Makes canvases and encoders ahead of the first picture.
    pub fn prepare(&mut self, codecs: &dyn Codecs) {
        for (key, output) in &mut self.outputs {
            (self.canvases.entry(key.size)).or_insert_with(|| Canvas::new(key.size));
            output.prepare(key, codecs);
        }
    }

    /// `wants` itself while there may be another encoder, else the best existing one below it.
    fn nearest(&self, wants: OutputKey, has: Option<OutputKey>) -> Option<OutputKey> {
        let leaves_one = has
            .and_then(|has| self.outputs.get(&has))
            .is_some_and(|output| output.count() == 1);
        let count = self.outputs.len() - usize::from(leaves_one);
        if self.outputs.contains_key(&wants) || count < OUTPUTS_MAX {
            return Some(wants);
        }
        (self.outputs.keys())
            .filter(|key| wants.covers(key))
            .max_by_key(|key| (key.size, key.rate_kbps))
            .copied()
    }

    /// A receiver asks for an intra picture.
    pub fn ask_intra(&mut self, receiver: ParticipantId) {
        let output = (self.outputs.values_mut()).find(|o| o.serves(receiver));
        if let Some(output) = output {
            output.ask_intra();
        }
    }

    /// Paints and encodes picture number `index` of the room, which shows at `frame_rate` a second
    /// `tiles` divided by `layout`. `send` gets each coded picture and its receivers.
    pub fn frame(
        &mut self,
        at: Instant,
        (index, frame_rate): (u64, u8),
        layout: Layout,
        tiles: &[Option<Tile<'_>>],
        codecs: &dyn Codecs,
        mut send: impl FnMut(&[ParticipantId], &EncodedPicture),
    ) {
        for (key, output) in &mut self.outputs {
            let count = |index: u64| key.pictures_until(index, frame_rate);
            if index > 0 && count(index) == count(index - 1) {
                continue;
            }
            let canvas = (self.canvases.entry(key.size)).or_insert_with(|| Canvas::new(key.size));
            canvas.paint(index, layout, tiles);
            if output.is_due(at, canvas.version) {
                let mosaic = (canvas.compositor.picture(), canvas.version);
                let encoded = output.encode(at, key, mosaic, codecs);
                send(output.receivers(), &encoded);
            }
        }
    }
}

/// A mosaic of one size.
struct Canvas {
    size: PictureSize,
    compositor: Compositor,
    layout: Option<Layout>,
    drawn: Vec<Option<Drawn>>,
    /// Rises when anything changes.
    version: u64,
    painted: Option<u64>,
}

/// What a tile holds now.
#[derive(PartialEq)]
struct Drawn {
    participant: ParticipantId,
    label: String,
    is_active: bool,
    picture: Option<u64>,
}

impl Canvas {
    fn new(size: PictureSize) -> Self {
        Canvas {
            size,
            compositor: Compositor::new(size),
            layout: None,
            drawn: Vec::new(),
            version: 0,
            painted: None,
        }
    }

    fn paint(&mut self, index: u64, layout: Layout, tiles: &[Option<Tile<'_>>]) {
        if self.painted.replace(index) == Some(index) {
            return;
        }
        if self.layout.replace(layout) != Some(layout) || self.drawn.len() != tiles.len() {
            let rects = layout::tiles(layout, tiles.len(), self.size);
            self.compositor.arrange(&rects);
            // Whatever is drawn again over what it held already looks the same.
            self.drawn.clear();
            self.drawn.resize_with(tiles.len(), || None);
            for tile in 0..tiles.len() {
                self.compositor.clear(tile);
            }
            self.version += 1;
        }
        for (at, (tile, drawn)) in tiles.iter().zip(&mut self.drawn).enumerate() {
            let Some(tile) = tile else {
                if drawn.take().is_some() {
                    self.compositor.clear(at);
                    self.version += 1;
                }
                continue;
            };
            let number = tile.picture.map(|(_, number)| number);
            let is_same = drawn.as_ref().is_some_and(|drawn| {
                drawn.participant == tile.participant
                    && drawn.picture == number
                    && drawn.is_active == tile.is_active
                    && drawn.label == tile.label
            });
            if is_same {
                continue;
            }
            let has_picture = drawn.as_ref().is_some_and(|drawn| {
                drawn.participant == tile.participant && drawn.picture == number
            });
            self.compositor.decorate(at, tile.label, tile.is_active);
            match tile.picture {
                Some(_) if has_picture => {}
                Some((picture, _)) => self.compositor.draw(at, picture),
                None => self.compositor.placeholder(at, tile.label),
            }
            *drawn = Some(Drawn {
                participant: tile.participant,
                label: tile.label.to_owned(),
                is_active: tile.is_active,
                picture: number,
            });
            self.version += 1;
        }
    }
}
