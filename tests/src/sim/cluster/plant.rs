//! Bugs that a test plants to see whether they are found.

/// What a node does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Plant {
    /// Nothing.
    #[default]
    None,
    /// The backup's tap passes packets on that it has not seen (I1).
    PassUnseen,
    /// The primary does not wait for its backup (I2).
    ReleaseEarly,
    /// A core is fed something that is not in the log (I3).
    Diverge,
    /// Media is sent while the node is suspended (I4).
    SendSuspended,
    /// Numbers of media jump (I5).
    JumpNumbers,
    /// Nobody asks the arbiter: its answer is always yes (I6).
    IgnoreArbiter,
}
