//! Timers of the H.225.0 call and of the session around it. H.225.0 §7.6 takes Q.931's (table 9-2,
//! user side); the rest are ours and bound every wait.

use std::time::Duration;

/// T303: Setup sent, nothing received.
pub const T303: Duration = Duration::from_secs(4);
/// T310: CallProceeding received, neither Alerting nor Connect.
pub const T310: Duration = Duration::from_secs(30);
/// T301: Alerting received, not Connect.
pub const T301: Duration = Duration::from_secs(180);
/// A caller whose connection stands sends no Setup.
pub const SETUP_EXPECTED: Duration = Duration::from_secs(10);
/// A called user (or the core that decides for it) neither accepts nor refuses.
pub const ANSWER_EXPECTED: Duration = Duration::from_secs(180);
/// The call is active but has no H.245 connection: one is offered after this.
pub const CONTROL_EXPECTED: Duration = Duration::from_secs(5);
/// H.245 connection lost or never made although offered: the call is released after this.
pub const CONTROL_RESTORE: Duration = Duration::from_secs(10);
/// endSession sent, the peer's not received (H.323 §8.5); then the connections close anyway.
pub const END_SESSION: Duration = Duration::from_secs(2);

/// Which deadline it is that passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimerKind {
    /// [`SETUP_EXPECTED`].
    SetupExpected,
    /// [`ANSWER_EXPECTED`].
    AnswerExpected,
    /// [`T303`].
    T303,
    /// [`T310`].
    T310,
    /// [`T301`].
    T301,
    /// [`CONTROL_EXPECTED`].
    ControlExpected,
    /// [`CONTROL_RESTORE`].
    ControlRestore,
    /// [`END_SESSION`].
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
