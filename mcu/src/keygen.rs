//! `mcu keygen`: the key that both nodes of a pair know each other by.

use clap::Args;
use replication::link::PairKey;
use std::path::PathBuf;

/// Make the key of a pair; copy the file to both nodes, readable by the server alone
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Where it goes
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace a key that is there
    #[arg(long)]
    overwrite: bool,
}

/// Makes and writes a key.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    PairKey::generate()?.write(&arguments.file, arguments.overwrite)?;
    println!(
        "{} is the key of a new pair. Copy it to both nodes and name it in [pair] key.",
        arguments.file.display()
    );
    Ok(())
}
