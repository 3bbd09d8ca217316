//! The command line.

use clap::{Parser, Subcommand};
use std::process::ExitCode;

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
    Call(Box<mcu::terminal::options::Options>),
    Control(mcu::control::Arguments),
    Decode(mcu::decode::Arguments),
    Demo(mcu::demo::Arguments),
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mcu: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    if let Program::Demo(arguments) = &cli.program {
        // Before any thread: it moves into namespaces of its own.
        return mcu::demo::run(arguments);
    }
    mcu::log_to_stderr();
    match cli.program {
        Program::Serve(arguments) => mcu::serve::run(arguments),
        Program::Call(options) => mcu::call::run(*options),
        Program::Control(arguments) => mcu::control::run(arguments),
        Program::Decode(arguments) => mcu::decode::run(arguments),
        Program::Demo(arguments) => mcu::demo::run(&arguments),
    }
}
