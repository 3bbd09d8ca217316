//! The connection between the nodes: keys, mutually authenticated TLS, frames.
//!
//! | file | what |
//! |---|---|
//! | `keys` | the pair key: one file, the same on both nodes |
//! | `pinned` | TLS 1.3 in which both ends must show exactly the pair's certificate |
//! | `connection` | connecting and accepting |
//! | `frames` | messages in the octets of a connection |

mod connection;
mod frames;
mod keys;
mod pinned;

pub use connection::{Acceptor, Link, connect};
pub use frames::{Ended, FRAME_OCTETS_MAX, Receiver, Sender};
pub use keys::PairKey;
