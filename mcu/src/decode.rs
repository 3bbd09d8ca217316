//! `mcu decode`: hex in, JSON out.

use clap::Args;
use signalling::wire::decode::{Kind, decode_line};
use std::io::{BufRead, ErrorKind, Write};

/// Read lines of hex and print each as a JSON object: type, value, the octets our encoder makes of
/// it, or the error and its position
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// What the octets are: TPKT (with Q.931 or H.245 in it), H323-UserInformation, RasMessage or
    /// MultimediaSystemControlMessage
    #[arg(long = "type", default_value = "TPKT")]
    kind: Kind,
}

/// Decodes standard input to its end; empty lines and those that begin with `#` are skipped.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if !line.trim().is_empty() && !line.starts_with('#') {
            match writeln!(output, "{}", decode_line(&line, arguments.kind)) {
                // Whoever reads has seen enough.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                written => written?,
            }
        }
    }
    Ok(())
}
