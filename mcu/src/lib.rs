//! The MCU: a deterministic conference core, the shell that gives it sockets, and the programs
//! around them.

pub mod config;
pub mod core;
pub mod lab;
pub mod shell;
pub mod terminal;
