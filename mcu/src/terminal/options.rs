//! The command line of `mcu call`.

use crate::config::{SIGNALLING_PORT, parse_audio, parse_video};
use anyhow::{Context, bail};
use base::{AudioCodec, Bitrate, VideoFormat};
use clap::{Args, ValueEnum};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

/// How a call starts (H.323 §8.1.7, §8.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Start {
    /// H.245 on a connection of its own
    Slow,
    /// H.245 on a connection of its own, to the address that Setup carries
    SlowEarly,
    /// H.245 inside H.225.0 messages
    Tunnel,
    /// Channels in Setup, then H.245 on a connection of its own
    Fast,
    /// Channels in Setup, then H.245 inside H.225.0 messages
    FastTunnel,
}

/// Be one or many H.323 terminals in a call
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Host to call, `host` or `host:port`
    #[arg(required_unless_present = "listen")]
    pub host: Option<String>,
    /// Room (or other alias) to ask for
    #[arg(default_value = "")]
    pub room: String,
    /// Wait for a call at this address instead of placing one
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with = "host")]
    pub listen: Option<SocketAddr>,
    /// The name to be known by; further terminals get a number behind it
    #[arg(long, default_value = "terminal")]
    pub name: String,
    /// How many terminals
    #[arg(long, default_value_t = 1)]
    pub count: u8,
    /// Milliseconds between the calls of two terminals
    #[arg(long, default_value_t = 100)]
    pub stagger_ms: u64,
    /// The block code and tone of the first terminal; the others follow
    #[arg(long, default_value_t = 0)]
    pub sender: u8,
    /// How to start
    #[arg(long, value_enum, default_value_t = Start::Slow)]
    pub start: Start,
    /// Sound: g722, g711a, g711u, in order of preference
    #[arg(long, value_delimiter = ',', default_value = "g711u,g711a,g722")]
    pub audio: Vec<String>,
    /// Pictures: h264-720p, h264-cif4, h264-cif, h264-qcif, h261-cif, h261-qcif, in order of
    /// preference; empty for none
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "h264-cif,h261-cif,h261-qcif"
    )]
    pub video: Vec<String>,
    /// Pictures per second
    #[arg(long, default_value_t = 30)]
    pub frame_rate: u8,
    /// Video rate, thousands of bits per second
    #[arg(long, default_value_t = 384)]
    pub bit_rate_kbps: u32,
    /// Seconds the call lasts
    #[arg(long, default_value_t = 10.0)]
    pub duration: f64,
    /// Keys to press once connected, such as 1000#; a comma is a pause of a second
    #[arg(long, default_value = "")]
    pub dtmf: String,
    /// Measure an H.245 round trip every so many milliseconds
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..))]
    pub round_trips: Option<u64>,
    /// Speak this WAV file instead of a tone
    #[arg(long, value_name = "WAV")]
    pub audio_file: Option<PathBuf>,
    /// Show this file (.y4m, .h264, .h261) instead of the synthetic picture; the block code is put on it
    #[arg(long, value_name = "FILE")]
    pub video_file: Option<PathBuf>,
    /// Say nothing: send no sound at all
    #[arg(long)]
    pub silent: bool,
    /// Keep what is received in this folder: WAV, Y4M and a PNG of the last picture
    #[arg(long, value_name = "FOLDER")]
    pub record: Option<PathBuf>,
    /// Note every RTP packet and every tile seen, with times of CLOCK_MONOTONIC, in this file
    #[arg(long, value_name = "CSV")]
    pub trace: Option<PathBuf>,
    /// Write the report to this file instead of standard output
    #[arg(long, value_name = "JSON")]
    pub report: Option<PathBuf>,
    /// Our address; by default the one that leads to the host
    #[arg(long)]
    pub address: Option<IpAddr>,
    /// First and last UDP port for media
    #[arg(long, value_parser = parse_range, default_value = "20000-29999")]
    pub media_ports: (u16, u16),
    /// First and last TCP port for H.245
    #[arg(long, value_parser = parse_range, default_value = "30000-31999")]
    pub control_ports: (u16, u16),
}

impl Options {
    /// Where to call, if we call.
    pub fn destination(&self) -> anyhow::Result<Option<SocketAddr>> {
        let Some(host) = &self.host else {
            return Ok(None);
        };
        let found = (host.to_socket_addrs())
            .or_else(|_| (host.as_str(), SIGNALLING_PORT).to_socket_addrs())
            .with_context(|| format!("cannot find the host {host:?}"))?;
        let address = found
            .into_iter()
            .next()
            .with_context(|| format!("{host:?} has no address"))?;
        Ok(Some(address))
    }

    /// Codecs for sound, checked.
    pub fn audio_codecs(&self) -> anyhow::Result<Vec<AudioCodec>> {
        named(&self.audio).map(|name| parse_audio(name)).collect()
    }

    /// Formats for pictures, checked.
    pub fn video_formats(&self) -> anyhow::Result<Vec<VideoFormat>> {
        if !(1..=60).contains(&self.frame_rate) {
            bail!("--frame-rate {}: 1 to 60 are possible", self.frame_rate);
        }
        let rate = Bitrate::from_kbps(self.bit_rate_kbps);
        named(&self.video)
            .map(|name| parse_video(name, self.frame_rate, rate))
            .collect()
    }

    /// Our end of connections.
    pub fn local_address(&self) -> IpAddr {
        self.address.unwrap_or(Ipv4Addr::UNSPECIFIED.into())
    }
}

fn named(names: &[String]) -> impl Iterator<Item = &String> {
    names.iter().filter(|name| !name.is_empty())
}

fn parse_range(range: &str) -> Result<(u16, u16), String> {
    let (first, last) = range.split_once('-').ok_or("a range is FIRST-LAST")?;
    let port = |text: &str| {
        text.trim()
            .parse()
            .map_err(|_| format!("{text:?} is not a port"))
    };
    Ok((port(first)?, port(last)?))
}
