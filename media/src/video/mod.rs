//! Layouts, scaling, composition and the test picture.
//!
//! [`layout`] says where the tiles of a mosaic lie, [`arrangement`] who is shown in which of them,
//! [`compositor`] paints them with the help of [`scale`] and [`text`]. [`pattern`] draws the
//! synthetic picture of a test endpoint and reads it back from any tile.

pub mod arrangement;
pub mod compositor;
pub mod layout;
pub mod pattern;
pub mod scale;
pub mod text;
