//! Who may reign when the nodes cannot agree: a third party.

mod question;

pub use question::{Answer, LEASE, Question};
