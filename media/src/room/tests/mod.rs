//! Whole rooms in virtual time: parties send tones and test pictures, and what they are sent is
//! judged by ear and eye.

mod handover;
mod kept;
mod party;
mod real_codecs;
mod sound;
mod takeover;
mod takeover_codecs;
mod video;
mod world;
