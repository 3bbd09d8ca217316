//! GStreamer as a receiver: its demultiplexer of sources, its jitter buffer, its decoders.

use super::recording::{PCMA, PCMU, Stream};
use base::MediaKind;
use bytes::Bytes;
use media::codec::g711;
use media::rtp::Header;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Samples of G.711 in a millisecond.
const SAMPLES_A_MS: usize = 8;
/// The jitter buffer may play a packet so much earlier or later than it came, when it judges the drift
/// of the clocks.
const PLACE_TOLERANCE: Duration = Duration::from_millis(5);

/// Whether it is installed.
pub fn is_there() -> bool {
    Command::new("gst-launch-1.0")
        .arg("--version")
        .output()
        .is_ok()
}

/// A folder that goes with the value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("mcu-gst-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.join(name)).unwrap_or_default()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What is wrong with a stream.
pub fn judge(stream: &Stream) -> Result<(), String> {
    let folder = Folder::new();
    let told = play(stream, &folder.0);
    check_source(&told)?;
    check_packets(stream, &framed(&folder.read("packets")))?;
    check_times(stream, &told)?;
    match stream.kind {
        MediaKind::Audio => check_sound(stream, &folder.read("decoded")),
        MediaKind::Video => check_pictures(stream, &folder.0.join("decoded")),
    }
}

/// Runs a pipeline that leaves in `folder` the packets that come out of the jitter buffer and what is
/// decoded of them; gives what it tells.
fn play(stream: &Stream, folder: &Path) -> String {
    std::fs::write(folder.join("stream.flv"), carrier(stream)).unwrap();
    let (media, encoding, decoder) = match stream.payload_type {
        PCMU => ("audio", "PCMU", "rtppcmudepay ! mulawdec"),
        PCMA => ("audio", "PCMA", "rtppcmadepay ! alawdec"),
        _ => ("video", "H264", "rtph264depay"),
    };
    // A gap in the sound is filled to the sample; pictures are a byte stream (H.264 Annex B).
    let form = match stream.kind {
        MediaKind::Audio => "audiorate tolerance=1000000",
        MediaKind::Video => "video/x-h264,stream-format=byte-stream,alignment=au",
    };
    let pipeline = format!(
        "filesrc location=stream.flv ! flvdemux ! capssetter replace=true join=false \
         caps=application/x-rtp,media=(string){media},clock-rate=(int){hz},\
         encoding-name=(string){encoding},payload=(int){payload_type} \
         ! rtpssrcdemux ! rtpjitterbuffer do-lost=true ! identity name=out silent=false \
         ! tee name=both ! queue ! rtpstreampay ! filesink location=packets \
         both. ! queue ! {decoder} ! {form} ! filesink location=decoded",
        hz = stream.clock_hz(),
        payload_type = stream.payload_type,
    );
    let output = Command::new("timeout")
        .args(["30", "gst-launch-1.0", "-v"])
        .args(pipeline.split_whitespace())
        .env("GST_DEBUG", "rtpjitterbuffer:4,rtpssrcdemux:5")
        .env("GST_DEBUG_NO_COLOR", "1")
        .current_dir(folder)
        .output()
        .unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    assert!(output.status.success(), "gst-launch-1.0 {pipeline}\n{told}");
    told
}

/// Each packet with the time at which it came. FLV is the simplest file from which GStreamer takes
/// both; for it they are sound.
fn carrier(stream: &Stream) -> Vec<u8> {
    const SOUND_ONLY: u8 = 4;
    const SOUND: u8 = 8;
    /// G.711 µ-law; FLV knows nothing more of its octets.
    const FORMAT: u8 = 8 << 4 | 2;
    let mut file = vec![b'F', b'L', b'V', 1, SOUND_ONLY, 0, 0, 0, 9, 0, 0, 0, 0];
    for (at, packet) in &stream.packets {
        let [_, l0, l1, l2] = (packet.len() as u32 + 1).to_be_bytes();
        let [t3, t0, t1, t2] = (at.as_millis() as u32).to_be_bytes();
        file.extend([SOUND, l0, l1, l2, t0, t1, t2, t3, 0, 0, 0, FORMAT]);
        file.extend(packet);
        file.extend((packet.len() as u32 + 12).to_be_bytes());
    }
    file
}

/// Packets framed by RFC 4571.
fn framed(mut octets: &[u8]) -> Vec<Bytes> {
    let mut packets = Vec::new();
    while let Some((length, rest)) = octets.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (packet, rest) = rest.split_at(length);
        packets.push(Bytes::copy_from_slice(packet));
        octets = rest;
    }
    packets
}

/// The words that follow `mark` in what it tells.
fn words<'a>(told: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    let ends = |c: char| !c.is_ascii_alphanumeric() && c != ':' && c != '.';
    let rests = told.lines().filter_map(move |line| line.split_once(mark));
    rests.map(move |(_, rest)| rest.split(ends).next().unwrap_or(rest))
}

/// There is one source, and nothing begins anew.
fn check_source(told: &str) -> Result<(), String> {
    let sources: Vec<&str> = words(told, "creating new pad for SSRC ").collect();
    if sources.len() != 1 {
        return Err(format!("sources: {sources:?}"));
    }
    let complaint = told.lines().find(|line| {
        let of_jitter_buffer = line.contains(" rtpjitterbuffer ");
        of_jitter_buffer && (line.contains("WARN") || line.contains("ERROR"))
    });
    if let Some(complaint) = complaint {
        return Err(complaint.into());
    }
    match words(told, "resync to time ").count() {
        1 => Ok(()),
        times => Err(format!("it synchronizes {times} times")),
    }
}

/// All packets come out of the jitter buffer, in order.
fn check_packets(stream: &Stream, came: &[Bytes]) -> Result<(), String> {
    if came
        .iter()
        .eq(stream.packets.iter().map(|(_, packet)| packet))
    {
        return Ok(());
    }
    let (came, of) = (came.len(), stream.packets.len());
    Err(format!("{came} of {of} packets come out, or not the same"))
}

/// Lost is what was never sent, and each packet is played at its time.
fn check_times(stream: &Stream, told: &str) -> Result<(), String> {
    let lost = words(told, "GstRTPPacketLost, seqnum=(uint)");
    let lost: Vec<u16> = lost.filter_map(|number| number.parse().ok()).collect();
    let missing = stream.missing();
    if lost != missing {
        return Err(format!("lost are {lost:?}, not sent {missing:?}"));
    }
    let times: Vec<Duration> = (told.lines().filter(|line| line.contains("(out:sink)")))
        .flat_map(|line| words(line, " pts: ").filter_map(time))
        .collect();
    if times.len() != stream.packets.len() {
        return Err(format!("{} packets have a time", times.len()));
    }
    for (time, (at, header)) in times.iter().zip(stream.headers()) {
        if (*time - times[0]).abs_diff(at) > PLACE_TOLERANCE {
            return Err(format!("{header:?}, sent at {at:?}, is played at {time:?}"));
        }
    }
    Ok(())
}

/// Of hours:minutes:seconds.
fn time(text: &str) -> Option<Duration> {
    let mut parts = text.split(':');
    let mut next = || parts.next()?.parse::<f64>().ok();
    let (hours, minutes, seconds) = (next()?, next()?, next()?);
    Duration::try_from_secs_f64((hours * 60.0 + minutes) * 60.0 + seconds).ok()
}

/// Every sample is played at its time, and what is missing is silence of that length.
fn check_sound(stream: &Stream, decoded: &[u8]) -> Result<(), String> {
    let mut expected = Vec::new();
    for (at, packet) in &stream.packets {
        let (_, payload) = Header::parse(packet).unwrap();
        expected.resize(at.as_millis() as usize * SAMPLES_A_MS, 0);
        match stream.payload_type {
            PCMA => g711::decode_alaw(payload, &mut expected),
            _ => g711::decode_ulaw(payload, &mut expected),
        }
    }
    let (decoded, _) = decoded.as_chunks::<2>();
    let decoded: Vec<i16> = decoded.iter().map(|two| i16::from_le_bytes(*two)).collect();
    if decoded == expected {
        return Ok(());
    }
    let differs = decoded.iter().zip(&expected).position(|(a, b)| a != b);
    let (is, was) = (decoded.len(), expected.len());
    Err(format!("{is} samples of {was}, different from {differs:?}"))
}

/// Every picture can be decoded, the first one after the takeover as well.
fn check_pictures(stream: &Stream, file: &Path) -> Result<(), String> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "h264", "-i"])
        .arg(file)
        .args(["-fps_mode", "passthrough", "-f", "framecrc", "-"])
        .output();
    let Ok(output) = output else {
        println!("skipped: decoding, as ffmpeg is not installed");
        return Ok(());
    };
    let complaints = String::from_utf8_lossy(&output.stderr);
    let decoded = String::from_utf8_lossy(&output.stdout);
    let decoded = decoded.lines().filter(|line| !line.starts_with('#'));
    let (decoded, sent) = (decoded.count(), stream.pictures());
    if !complaints.is_empty() || decoded != sent {
        return Err(format!("{decoded} of {sent} pictures: {complaints}"));
    }
    Ok(())
}
