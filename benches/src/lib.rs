//! What the benches share: clocks of CPU time, statistics, tables, plots, and the work measured.
//!
//! `micro/` times the parts; each program in `experiments/` answers one question with a table, a
//! CSV file and a plot in `results/`. Where CPU time answers the question only that is measured, so that
//! what else the machine does matters little; where latency does, what is compared takes turns.

pub mod clip;
pub mod cpu;
pub mod curves;
pub mod echo;
pub mod ffmpeg;
pub mod interruption;
pub mod machine;
pub mod mixing;
pub mod pair;
pub mod plot;
pub mod stats;
pub mod table;
pub mod terminal;
pub mod video;
