//! Every bound and interval of the conference server's media plane.

use std::time::Duration;

/// Sound is mixed this often, on a grid that starts at the service's epoch.
pub const MIX_INTERVAL: Duration = Duration::from_millis(20);
/// Missed mixes that are made up for; a longer pause of the process is skipped over.
pub const MIXES_MADE_UP_MAX: u32 = 5;

/// A source may be replaced by one at another address after this much silence.
pub const RELATCH_AFTER: Duration = Duration::from_secs(1);
/// Addresses that may prove themselves at the same time.
pub const CANDIDATES_MAX: usize = 8;
/// The largest packet looked at; an Ethernet frame holds no more.
pub const PACKET_OCTETS_MAX: usize = 2048;

/// Mean interval between our RTCP packets (RFC 3550 §6.2: the recommended minimum).
pub const REPORT_INTERVAL: Duration = Duration::from_secs(5);

/// Intra pictures that receivers ask for are at least this far apart.
pub const INTRA_INTERVAL: Duration = Duration::from_millis(500);
/// We ask a sender for an intra picture this often while our decoder needs one.
pub const INTRA_RETRY: Duration = Duration::from_secs(1);
/// A mosaic in which nothing moves is sent this often, so that a receiver notices a stall.
pub const STILL_INTERVAL: Duration = Duration::from_millis(200);

/// Encoders of one room at most; further receivers share the nearest one they can take.
pub const OUTPUTS_MAX: usize = 12;
/// Rooms with more cameras decode only those that are shown.
pub const DECODERS_MAX: usize = 16;
/// Pictures a second of a mosaic at most.
pub const FRAME_RATE_MAX: u8 = 60;
/// Bit rates that encoders are run at, in kbit/s: a receiver gets the highest that it allows.
pub const RATE_LADDER_KBPS: [u32; 14] = [
    32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096,
];
/// Frame rates that encoders are run at, in pictures a second, besides the room's own.
pub const FRAME_RATE_LADDER: [u8; 6] = [1, 5, 10, 15, 20, 25];

/// Packets waiting to be taken by the caller at most; beyond that the oldest are dropped.
pub const TRANSMITS_MAX: usize = 1 << 16;
/// Notices waiting to be taken by the caller at most.
pub const NOTICES_MAX: usize = 1 << 14;

/// Frames of 20 ms after which a participant in a pause leaves the mix until it is heard again.
pub const GATE_HANGOVER_FRAMES: u32 = 25;
/// A frame quieter than this, in dB below overload (RFC 6464), counts as a pause.
pub const PAUSE_DBOV_BELOW: u8 = 60;
/// Frames of 20 ms after which a listener that stopped speaking shares its encoder again.
pub const SHARE_AFTER_FRAMES: u32 = 50;

/// Sound that is kept for a takeover: what jitter buffers and level detectors need to be in step.
pub const SOUND_KEPT: Duration = Duration::from_millis(500);
/// Packets of one sound stream kept at most; 10 ms packets need 50.
pub const SOUND_PACKETS_KEPT_MAX: usize = 256;
/// Pictures of one stream are kept for so long at most.
pub const PICTURES_KEPT: Duration = Duration::from_secs(10);
/// Pictures of one stream kept at most: decoding more would take too long.
pub const PICTURES_KEPT_MAX: usize = 300;
/// Octets of one stream's pictures kept at most.
pub const PICTURE_OCTETS_KEPT_MAX: usize = 1 << 20;
/// A sender of H.261 that was asked for an intra picture has sent it after so long.
pub const INTRA_KEPT_AFTER: Duration = Duration::from_millis(500);
/// Memory of all that is kept at most, in octets.
pub const KEPT_OCTETS_MAX: usize = 128 << 20;
/// Parameter sets kept of one stream, and the octets of the longest.
pub const PARAMETER_SETS_KEPT_MAX: usize = 8;
/// See [`PARAMETER_SETS_KEPT_MAX`].
pub const PARAMETER_SET_OCTETS_MAX: usize = 512;

/// After a takeover the first picture waits so long for cameras that have nothing to show when what
/// was kept of the others has been decoded.
pub const PICTURE_PATIENCE: Duration = Duration::from_millis(100);
/// The same where nothing was kept of any camera: a terminal's intra picture takes so long.
pub const COLD_PICTURE_PATIENCE: Duration = Duration::from_millis(400);
/// Who has sent no packet for so long after a takeover is not waited for.
pub const SIGN_OF_LIFE_PATIENCE: Duration = Duration::from_millis(100);
/// The longest that decoding what was kept may delay the first picture.
pub const CATCH_UP_PATIENCE: Duration = Duration::from_secs(1);
