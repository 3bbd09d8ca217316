//! The arbiter of a pair: a third party that both nodes ask before one of them reigns without the other.
//! Two nodes that cannot see each other are told apart by it, since it grants an epoch to one node only.
//!
//! A node's right that hangs on the arbiter ends [`LEASE`] after it has *asked* the last question that
//! was granted. The arbiter gives a service to a node without its state only after nothing was kept for
//! twice as long, so clocks may differ by half and still no two reign.
//!
//! | file | what |
//! |---|---|
//! | `question` | what is asked and answered (pure) |
//! | `register` | the rules (pure) |
//! | `options` | the settings of arbiter and fence |
//! | `client` | a node's side of either arbiter |
//! | `datagram` | questions and answers on the way, which nobody else can make |
//! | `listener` | the thread that reads a socket |
//! | `caller` | asks a witness by UDP |
//! | `witness` | the witness itself |
//! | `state_file` | what a witness must not forget |
//! | `etcd` | asks etcd instead of a witness |
//! | `checkup` | whether an arbiter answers |
//! | `fence` | a program that makes sure that the other node is off |

mod caller;
mod checkup;
mod client;
mod datagram;
mod etcd;
mod fence;
mod listener;
mod options;
mod question;
mod register;
mod state_file;
mod witness;

pub use checkup::check_up;
pub use client::Arbiter;
pub use fence::fence;
pub use options::{ArbiterOptions, FenceOptions};
pub use question::{Answer, LEASE, NOBODY, Question};
pub use register::{Asker, Record, Register};
pub use witness::{SERVICES_MAX, Witness, WitnessOptions};
