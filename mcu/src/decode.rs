//! `mcu decode`: hex in, JSON out.

use clap::Args;
use signalling::wire::decode::{Kind, decode_line};
use std::io::{BufRead, Write};

/// Read lines of hex and print each as a JSON object: type, value, the octets our encoder makes of
/// it, or the error and its position
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// What the octets are: tpkt (TPKT with Q.931 or H.245), H323-UserInformation, RasMessage or
    /// MultimediaSystemControlMessage
    #[arg(long = "type", default_value = "tpkt")]
    kind: Kind,
}

/// Decodes standard input to its end; empty lines and those that begin with `#` are skipped.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if !line.trim().is_empty() && !line.starts_with('#') {
            writeln!(output, "{}", decode_line(&line, arguments.kind))?;
        }
    }
    Ok(())
}
