//! The configuration file: parsed once into values that cannot be wrong.

use crate::shell::{MediaOptions, PairOptions, PortRanges};
use anyhow::{Context, bail};
use base::{AudioCodec, Bitrate, PictureSize, VideoCodec, VideoFormat};
use media::plane::{Layout, RoomSettings};
use replication::copy;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// The well-known port of H.225.0 call signalling.
pub const SIGNALLING_PORT: u16 = 1720;

/// Octets of a service's name at most.
const SERVICE_OCTETS_MAX: usize = 15;

/// The whole file. Every field has a default, so an empty file is a working server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// A short name of this service; each of a process has another.
    pub service: String,
    /// Where H.225.0 call signalling is accepted.
    pub listen: SocketAddr,
    /// The name endpoints are told.
    pub name: String,
    /// Address for media and H.245 that endpoints are told; by default the one they called.
    pub address: Option<IpAddr>,
    /// Unix socket for `mcu control`.
    pub control_socket: Option<PathBuf>,
    /// Ports of calls.
    pub ports: PortRanges,
    /// Media sockets.
    pub media: MediaOptions,
    /// What protects running calls from others.
    pub limits: Limits,
    /// Callers that name no room, or one with a PIN.
    pub lobby: Lobby,
    /// What a room has if it does not say otherwise.
    pub room_defaults: RoomConfig,
    /// May a caller make a room by dialling a name that none has?
    pub create_rooms: bool,
    /// The other node that takes over when this one dies; the section is the same on both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pair: Option<PairOptions>,
    /// Configured rooms.
    #[serde(rename = "room")]
    pub rooms: Vec<NamedRoom>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            service: "mcu".into(),
            listen: SocketAddr::from(([0, 0, 0, 0], SIGNALLING_PORT)),
            name: "MCU".into(),
            address: None,
            control_socket: None,
            ports: PortRanges::default(),
            media: MediaOptions::default(),
            limits: Limits::default(),
            lobby: Lobby::default(),
            room_defaults: RoomConfig::default(),
            create_rooms: true,
            pair: None,
            rooms: Vec::new(),
        }
    }
}

/// Bounds on what strangers can make the server hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Limits {
    /// Calls at once.
    pub calls: usize,
    /// Connections that have not sent a Setup yet; a further one ends the oldest of them.
    pub connections_without_call: usize,
    /// Milliseconds a connection may take to send its Setup.
    pub setup_timeout_ms: u64,
    /// New calls a second from one address, on average.
    pub calls_per_second: u32,
    /// New calls at once from one address.
    pub calls_burst: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            calls: 500,
            connections_without_call: 2000,
            setup_timeout_ms: 10_000,
            calls_per_second: 20,
            calls_burst: 100,
        }
    }
}

/// Where callers wait until they have said which room (and its PIN) by DTMF.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Lobby {
    /// Without it such calls are refused.
    pub enabled: bool,
    /// Wrong rooms or PINs before the call is released.
    pub attempts: u32,
    /// Seconds a caller may wait there.
    pub timeout_s: u64,
}

impl Default for Lobby {
    fn default() -> Self {
        Lobby {
            enabled: true,
            attempts: 3,
            timeout_s: 120,
        }
    }
}

macro_rules! room_config {
    ($($(#[$meta:meta])* $field:ident: $type:ty = $default:expr;)*) => {
        /// A room's settings.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
        pub struct RoomConfig {
            $($(#[$meta])* pub $field: $type,)*
        }
        impl Default for RoomConfig {
            fn default() -> Self {
                RoomConfig { $($field: $default,)* }
            }
        }
        /// A `[[room]]`: its names, and the settings that differ from the defaults.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub struct NamedRoom {
            /// What callers dial: digits or an h323-ID, upper and lower case being the same.
            pub name: String,
            /// Other names of it.
            #[serde(default)]
            pub aliases: Vec<String>,
            $($(#[$meta])* #[serde(default, skip_serializing_if = "Option::is_none")] pub $field: Option<$type>,)*
        }
        impl RoomConfig {
            /// These settings, but for what `room` says.
            pub fn with(&self, room: &NamedRoom) -> RoomConfig {
                RoomConfig { $($field: room.$field.clone().unwrap_or_else(|| self.$field.clone()),)* }
            }
        }
    };
}

room_config! {
    /// Digits a caller must give; empty for none.
    pin: String = String::new();
    /// Calls at once in the room.
    max_participants: usize = 50;
    /// `auto`, `1`, `2`, `4`, `1+5`, `9` or `16`.
    layout: String = "auto".into();
    /// Pictures per second, 1 to 30.
    frame_rate: u8 = 30;
    /// Sound, in order of preference: `g722`, `g711a`, `g711u`.
    audio: Vec<String> = ["g722", "g711a", "g711u"].map(String::from).into();
    /// Pictures, in order of preference: `h264-720p`, `h264-cif4`, `h264-cif`, `h261-cif`, `h261-qcif`.
    video: Vec<String> = ["h264-720p", "h261-cif", "h261-qcif"].map(String::from).into();
    /// Video rate in each direction, thousands of bits per second.
    bit_rate_kbps: u32 = 768;
}

/// A room's settings, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomRules {
    /// Empty for none.
    pub pin: String,
    /// Calls at once.
    pub max_participants: usize,
    /// For the media plane.
    pub settings: RoomSettings,
    /// In order of preference.
    pub audio: Vec<AudioCodec>,
    /// In order of preference.
    pub video: Vec<VideoFormat>,
    /// Of video, in each direction.
    pub bit_rate: Bitrate,
}

impl RoomConfig {
    /// Checks every setting.
    pub fn rules(&self) -> anyhow::Result<RoomRules> {
        let layout = parse_layout(&self.layout)?;
        if !(1..=30).contains(&self.frame_rate) {
            bail!(
                "frame-rate = {}: a room makes 1 to 30 pictures per second",
                self.frame_rate
            );
        }
        if !self.pin.chars().all(|c| c.is_ascii_digit()) {
            bail!(
                "pin = {:?}: a PIN consists of digits, as people key it in",
                self.pin
            );
        }
        if !(64..=8192).contains(&self.bit_rate_kbps) {
            bail!(
                "bit-rate-kbps = {}: 64 to 8192 are possible",
                self.bit_rate_kbps
            );
        }
        let bit_rate = Bitrate::from_kbps(self.bit_rate_kbps);
        let audio: Vec<_> = self
            .audio
            .iter()
            .map(|name| parse_audio(name))
            .collect::<Result<_, _>>()?;
        if audio.is_empty() {
            bail!("audio = []: a room needs at least one audio codec");
        }
        let video = (self.video.iter())
            .map(|name| parse_video(name, self.frame_rate, bit_rate))
            .collect::<Result<_, _>>()?;
        Ok(RoomRules {
            pin: self.pin.clone(),
            max_participants: self.max_participants,
            settings: RoomSettings {
                layout,
                frame_rate: self.frame_rate,
            },
            audio,
            video,
            bit_rate,
        })
    }
}

/// `auto`, `1`, `2`, `4`, `1+5`, `9` or `16`.
pub fn parse_layout(name: &str) -> anyhow::Result<Layout> {
    Ok(match name {
        "auto" => Layout::Automatic,
        "1" => Layout::One,
        "2" => Layout::Two,
        "4" => Layout::Four,
        "1+5" => Layout::OnePlusFive,
        "9" => Layout::Nine,
        "16" => Layout::Sixteen,
        _ => bail!("layout {name:?} is not known; there are auto, 1, 2, 4, 1+5, 9 and 16"),
    })
}

/// `g711u`, `g711a` or `g722`.
pub fn parse_audio(name: &str) -> anyhow::Result<AudioCodec> {
    Ok(match name {
        "g711u" => AudioCodec::G711Ulaw,
        "g711a" => AudioCodec::G711Alaw,
        "g722" => AudioCodec::G722,
        _ => bail!("audio codec {name:?} is not known; there are g722, g711a and g711u"),
    })
}

/// A codec and the largest picture, as `h264-720p` or `h261-cif`.
pub fn parse_video(name: &str, frame_rate: u8, bit_rate: Bitrate) -> anyhow::Result<VideoFormat> {
    let (codec, size) = match name {
        "h264-720p" => (VideoCodec::H264, PictureSize::HD720),
        "h264-cif4" => (VideoCodec::H264, PictureSize::CIF4),
        "h264-cif" => (VideoCodec::H264, PictureSize::CIF),
        "h264-qcif" => (VideoCodec::H264, PictureSize::QCIF),
        "h261-cif" => (VideoCodec::H261, PictureSize::CIF),
        "h261-qcif" => (VideoCodec::H261, PictureSize::QCIF),
        _ => bail!(
            "video format {name:?} is not known; there are h264-720p, h264-cif4, h264-cif, h264-qcif, h261-cif \
             and h261-qcif"
        ),
    };
    Ok(VideoFormat {
        codec,
        size,
        frame_rate,
        bit_rate,
        fragments: codec == VideoCodec::H264,
    })
}

/// The packet filter's tables are named after a service, and people type its name.
fn check_service(name: &str) -> anyhow::Result<()> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if name.is_empty() || name.len() > SERVICE_OCTETS_MAX || !name.chars().all(is_plain) {
        bail!(
            "service = {name:?}: a name has 1 to {SERVICE_OCTETS_MAX} letters (a to z), digits and dashes"
        );
    }
    if name == copy::RELAY {
        bail!("service = {name:?}: this is what a relay's table in the packet filter is called");
    }
    Ok(())
}

impl Config {
    /// Reads and checks a file.
    pub fn load(path: &Path) -> anyhow::Result<Config> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        text.parse().with_context(|| path.display().to_string())
    }

    /// Checks what the types alone do not.
    pub fn rules(&self) -> anyhow::Result<Rules> {
        check_service(&self.service)?;
        for (name, (first, last), needed) in [
            ("media", self.ports.media, 4),
            ("control", self.ports.control, 1),
        ] {
            if first == 0 || u32::from(last) + 1 < u32::from(first) + needed {
                bail!("ports.{name} = [{first}, {last}]: a call needs {needed} ports of it");
            }
        }
        if self.limits.calls_per_second == 0 || self.limits.calls_burst == 0 {
            bail!("limits.calls-per-second and limits.calls-burst of 0 would refuse every call");
        }
        if let Some(pair) = &self.pair {
            pair.check()?;
            if self.address.is_some() {
                bail!("address and pair: the pair's control-address is what endpoints are told");
            }
        }
        let mut rooms = BTreeMap::new();
        let mut names = BTreeMap::new();
        for room in &self.rooms {
            let settings = self.room_defaults.with(room);
            let rules = settings
                .rules()
                .with_context(|| format!("room {:?}", room.name))?;
            rooms.insert(room.name.to_lowercase(), rules);
            for name in std::iter::once(&room.name).chain(&room.aliases) {
                if names
                    .insert(name.to_lowercase(), room.name.to_lowercase())
                    .is_some()
                {
                    bail!("room {:?}: the name {name:?} is given twice", room.name);
                }
            }
        }
        Ok(Rules {
            name: self.name.clone(),
            address: (self.pair.as_ref()).map_or(self.address, |pair| Some(pair.control_address)),
            media_address: self.pair.as_ref().map(|pair| pair.media_address),
            limits: self.limits.clone(),
            lobby: self.lobby.clone(),
            template: self.room_defaults.rules().context("room-defaults")?,
            create_rooms: self.create_rooms,
            rooms,
            names,
        })
    }
}

impl std::str::FromStr for Config {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> anyhow::Result<Config> {
        let config: Config = toml::from_str(text)?;
        config.rules()?;
        Ok(config)
    }
}

/// What the conference core goes by.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The name endpoints are told.
    pub name: String,
    /// Address for media and H.245, if not the one called.
    pub address: Option<IpAddr>,
    /// Address for media, if not that of H.245.
    pub media_address: Option<IpAddr>,
    /// Bounds.
    pub limits: Limits,
    /// Its settings.
    pub lobby: Lobby,
    /// For rooms that callers make, and for the lobby.
    pub template: RoomRules,
    /// May callers make rooms?
    pub create_rooms: bool,
    /// Configured rooms by name in lower case.
    pub rooms: BTreeMap<String, RoomRules>,
    /// Every name and alias in lower case, to the room's.
    pub names: BTreeMap<String, String>,
}

impl Default for Rules {
    /// Those of an empty configuration file.
    fn default() -> Self {
        let rules = Config::default().rules();
        rules.expect("the default configuration is right")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_a_working_server() {
        let config: Config = "".parse().unwrap();
        assert_eq!(config, Config::default());
        assert_eq!(config.listen.port(), SIGNALLING_PORT);
    }

    #[test]
    fn a_room_differs_from_the_defaults_where_it_says_so() {
        let config: Config = r#"
            [room-defaults]
            bit-rate-kbps = 512
            [[room]]
            name = "Court"
            aliases = ["1000"]
            pin = "4711"
            layout = "1+5"
        "#
        .parse()
        .unwrap();
        let rules = config.rules().unwrap();
        let court = &rules.rooms[&rules.names["1000"]];
        assert_eq!(
            (court.pin.as_str(), court.settings.layout),
            ("4711", Layout::OnePlusFive)
        );
        assert_eq!(court.bit_rate, Bitrate(512_000));
    }

    #[test]
    fn mistakes_are_named() {
        let message = |text: &str| format!("{:#}", text.parse::<Config>().unwrap_err());
        assert!(message("lisen = \"0.0.0.0:1720\"").contains("lisen"));
        assert!(message("[room-defaults]\nlayout = \"5\"").contains("1+5"));
        assert!(message("[[room]]\nname = \"a\"\npim = \"1\"").contains("pim"));
        assert!(message("[[room]]\nname = \"a\"\npin = \"x\"").contains("room \"a\""));
        assert!(message("[[room]]\nname = \"a\"\n[[room]]\nname = \"A\"").contains("twice"));
        assert!(message("service = \"\"").contains("service"));
        assert!(message("service = \"a_b\"").contains("dashes"));
        assert!(message("service = \"sixteen-letters-\"").contains("15"));
        assert!(message("service = \"relay\"").contains("relay"));
        assert!(message("[ports]\nmedia = [40000, 40002]").contains("ports.media"));
    }
}
