//! Identifiers. All of them are given out in log order, so both nodes agree on them.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$meta:meta])* $name:ident($inner:ty)) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        pub struct $name(pub $inner);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

id!(
    /// One TCP connection, accepted or placed, over the life of the service.
    ConnId(u64)
);
id!(
    /// One H.323 call over the life of the service.
    CallId(u64)
);
id!(
    /// One party of a conference, as the media plane knows it.
    ParticipantId(u64)
);
id!(
    /// Position in the event log; the first record has index 1.
    LogIndex(u64)
);
