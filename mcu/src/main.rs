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
    Status(mcu::status::Arguments),
    Handover(mcu::handover::Arguments),
    Keygen(mcu::keygen::Arguments),
    Doctor(mcu::doctor::Arguments),
    Relay(mcu::relay::Arguments),
    Witness(mcu::witness::Arguments),
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
        Program::Handover(arguments) => mcu::handover::run(arguments),
        Program::Status(arguments) => mcu::status::run(&arguments),
        Program::Keygen(arguments) => mcu::keygen::run(&arguments),
        Program::Doctor(arguments) => mcu::doctor::run(&arguments),
        Program::Relay(arguments) => mcu::relay::run(&arguments),
        Program::Witness(arguments) => mcu::witness::run(&arguments),
        Program::Decode(arguments) => mcu::decode::run(arguments),
        Program::Demo(arguments) => mcu::demo::run(&arguments),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_starts_with_its_defaults() {
        for line in [
            "mcu serve",
            "mcu serve --config a.toml --config b.toml",
            "mcu call host room",
            "mcu call --listen 127.0.0.1:1720",
            "mcu control status",
            "mcu control --service a status",
            "mcu status",
            "mcu handover",
            "mcu handover --service hall",
            "mcu status --service a",
            "mcu keygen pair.key",
            "mcu doctor --config node.toml",
            "mcu relay --config relay.toml",
            "mcu witness --config witness.toml",
            "mcu witness --listen 192.0.2.5:1741 --key pair.key --state witness.state",
            "mcu decode",
            "mcu decode --type RasMessage",
            "mcu demo",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}");
        }
        assert!(
            Cli::try_parse_from(["mcu", "call"]).is_err(),
            "a call needs a host"
        );
        assert!(
            Cli::try_parse_from(["mcu", "witness", "--listen", "192.0.2.5:1741"]).is_err(),
            "a witness needs a key and a state"
        );
    }
}
