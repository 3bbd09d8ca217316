//! Timers of the H.225.0 call and of the session around it.
//!
//! H.225.0 §7.4 takes the timers of Q.931 §9, user side (table 9-2): those of a caller here. The
//! others of the table time messages that H.225.0 does not have (T305 Disconnect, T308 Release,
//! T309 and above the data link, segments, suspension) or, as T302, overlap receiving, which we do
//! not do. H.245 leaves its values to us (§C.2 to §C.10); they are with the entities in
//! [`crate::control`], but for T102, T104 and T107, which time H.223 multiplex tables and
//! maintenance loops. The rest are ours, so that every wait has an end.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// T303 (Q.931 table 9-2, 4 s): Setup sent, nothing received. Setup is not repeated, since TCP has
/// done that: the call is released.
pub const T303: Duration = Duration::from_secs(4);
/// T304 (Q.931 table 9-2, 30 s): SetupAcknowledge received, nothing after it. We have no more digits
/// to send.
pub const T304: Duration = Duration::from_secs(30);
/// T310 (Q.931 table 9-2, 30 to 120 s): CallProceeding received, neither Alerting, Connect nor
/// Progress.
pub const T310: Duration = Duration::from_secs(30);
/// T301 (Q.931 table 9-2, at least 3 min): Alerting or Progress received, not Connect.
pub const T301: Duration = Duration::from_secs(180);
/// A caller whose connection stands sends no Setup.
pub const SETUP_EXPECTED: Duration = Duration::from_secs(10);
/// A called user (or the core that decides for it) neither accepts nor refuses.
pub const ANSWER_EXPECTED: Duration = Duration::from_secs(180);
/// The call is active but has no H.245 connection: one is offered after this.
pub const CONTROL_EXPECTED: Duration = Duration::from_secs(5);
/// Both sides asked the other one to make an H.245 connection (H.323 §8.2.3) and neither does.
pub const CONTROL_CROSSED: Duration = Duration::from_millis(500);
/// H.245 connection lost or never made although offered: the call is released after this.
pub const CONTROL_RESTORE: Duration = Duration::from_secs(10);
/// endSession sent, the peer's not received (H.323 §8.5); then the connections close anyway.
pub const END_SESSION: Duration = Duration::from_secs(2);
/// The peer's endSession received and answered: its ReleaseComplete follows (H.323 §8.5).
pub const RELEASE_EXPECTED: Duration = Duration::from_millis(500);

/// Which deadline it is that passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TimerKind {
    /// [`SETUP_EXPECTED`].
    SetupExpected,
    /// [`ANSWER_EXPECTED`].
    AnswerExpected,
    /// [`T303`].
    T303,
    /// [`T304`].
    T304,
    /// [`T310`].
    T310,
    /// [`T301`].
    T301,
    /// [`CONTROL_EXPECTED`].
    ControlExpected,
    /// [`CONTROL_CROSSED`].
    ControlCrossed,
    /// [`CONTROL_RESTORE`].
    ControlRestore,
    /// [`END_SESSION`] or [`RELEASE_EXPECTED`].
    EndSession,
    /// H.245 T101: capability exchange.
    T101,
    /// H.245 T103: a logical channel.
    T103,
    /// H.245 T105: round trip delay.
    T105,
    /// H.245 T106: master-slave determination.
    T106,
    /// H.245 T108: a request to close a channel.
    T108,
    /// H.245 T109: a mode request.
    T109,
}
