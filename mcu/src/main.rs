//! The command line.

use clap::{Parser, Subcommand};

/// A conference server (MCU) for H.323 terminals
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    program: Program,
}

#[derive(Subcommand)]
enum Program {
    Serve(mcu::serve::Arguments),
    Call(mcu::terminal::options::Options),
    Control(mcu::control::Arguments),
    Decode(mcu::decode::Arguments),
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    mcu::log_to_stderr();
    match cli.program {
        Program::Serve(arguments) => mcu::serve::run(arguments),
        Program::Call(options) => mcu::call::run(options),
        Program::Control(arguments) => mcu::control::run(arguments),
        Program::Decode(arguments) => mcu::decode::run(arguments),
    }
}
