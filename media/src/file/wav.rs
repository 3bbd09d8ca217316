//! Sound files.
