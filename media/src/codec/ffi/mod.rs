//! The foreign-function interface of codecs written in C: the only `unsafe` of this crate.
