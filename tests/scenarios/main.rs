//! All scenarios, in one test binary.

mod sim_join;
