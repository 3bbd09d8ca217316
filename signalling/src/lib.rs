//! H.323 signalling as pure state machines: no clock, no randomness, no sockets.
//!
//! Editions followed: H.225.0 (12/2009, version 7), H.245 (05/2011, version 16), H.323 (12/2009,
//! version 7), Q.931 (05/1998), X.691 (11/2008). Clauses are cited by these.
//!
//! `wire` turns octets into values. `control` has one file per H.245 signalling entity, `call` the
//! H.225.0 call. [`session::Session`] joins them into one call, answered or placed: inputs in any
//! order, then outputs until there are none. The same seed and inputs give the same outputs.
//!
//! Left out: RAS, H.450 services, security (H.235), data channels, channels between more than two
//! parties.
//!
//! ```
//! use base::Instant;
//! use signalling::call::state::Party;
//! use signalling::session::{Event, Local, Output, Session};
//! # use base::{AudioCodec, Bitrate};
//! # use signalling::session::{Capabilities, Config, StartMode};
//! # let config = Config {
//! #     display: "MCU".into(), h323_id: "mcu".into(), number: None, terminal_type: 190,
//! #     is_mcu: true, product: "mcu".into(), version: "1".into(), start: StartMode::SLOW,
//! #     max_bit_rate: Bitrate::from_kbps(1024), auto_open: true,
//! #     capabilities: Capabilities {
//! #         audio: vec![AudioCodec::G711Alaw], video: vec![], audio_frame_ms: 20,
//! #     },
//! # };
//! # let local = Local {
//! #     signalling: ([10, 0, 0, 2], 1720).into(), control: ([10, 0, 0, 2], 30000).into(),
//! #     audio: ([10, 0, 0, 2], 5000).into(), video: ([10, 0, 0, 2], 5002).into(),
//! # };
//! let mut now = Instant::ZERO;
//! let mut session = Session::answering(config, 42);
//! session.signalling_connected(now); // then handle_signalling(now, octets) as they come
//! loop {
//!     while let Some(output) = session.poll_output() {
//!         match output {
//!             Output::Signalling(_octets) => { /* write to the H.225.0 connection */ }
//!             Output::Control(_octets) => { /* write to the H.245 connection that is open */ }
//!             Output::ListenControl => { /* accept at local.control, then control_connected */ }
//!             Output::ConnectControl(_address) => {
//!                 session.control_connected(now, Party::Local); // or control_failed
//!             }
//!             Output::CloseControl(_opened_by) => { /* after what was written */ }
//!             Output::CloseSignalling => { /* after what was written */ }
//!             Output::Event(Event::Incoming(_call)) => session.accept(now, local),
//!             Output::Event(_event) => { /* channels opened and closed, digits, release */ }
//!         }
//!     }
//!     // Wait for octets or for the deadline; here nobody calls.
//!     match session.next_timeout() {
//!         Some((at, _why)) => {
//!             now = at;
//!             session.handle_timeout(now);
//!         }
//!         None => break,
//!     }
//! }
//! ```

#[macro_use]
pub mod wire;

pub mod call;
pub mod control;
pub mod error;
pub mod session;
