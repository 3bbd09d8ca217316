//! Octets to values and back; no state.

#[macro_use]
pub mod per;

pub mod decode;

// The names of messages, fields and alternatives are those of the ASN.1: the standards are their
// documentation. Messages live one at a time, so only what comes in long lists is boxed.
#[allow(missing_docs, clippy::enum_variant_names, clippy::large_enum_variant)]
pub mod h225;
#[allow(missing_docs, clippy::enum_variant_names, clippy::large_enum_variant)]
pub mod h235;
#[allow(missing_docs, clippy::enum_variant_names, clippy::large_enum_variant)]
pub mod h245;
pub mod hex;
pub mod pretty;
pub mod q931;
pub mod tpkt;
