//! Is the other node alive?
//!
//! | file | what |
//! |---|---|
//! | `beat` | what a node says with each beat |
//! | `marks` | the service's own words in beats, in parts |
//! | `seal` | beats as datagrams that nobody else can make or repeat |
//! | `detector` | alive, suspect or dead: from the times of beats |
//! | `watch` | what the beats of one other node say: is it alive, does it hear us? |

pub mod beat;
pub mod detector;
pub mod marks;
pub mod seal;
pub mod watch;

pub use crate::failover::Role;
pub use beat::{Beat, Echo};
pub use detector::{Detector, Verdict};
pub use marks::{Assembly, Part};
pub use seal::{Ear, Refusal, Voice};
pub use watch::{News, Rhythm, Watch};
