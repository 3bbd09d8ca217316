//! How much processor a conference takes, beside ffmpeg doing the same work in the same minutes.
//!
//! `cargo bench --bench capacity [-- --smoke]`: N participants send CIF at 30 pictures a second, and
//! one mosaic goes back. Our pipeline (from RTP payloads to RTP payloads) and `ffmpeg -threads 1`
//! (from byte streams to a byte stream) take turns on the same clips; each figure is the median of
//! the rounds. Quality is equal: where our picture would be better at ffmpeg's bit rate, ours is
//! lowered until the PSNR is the same. ffmpeg's start-up, measured with a single picture, is taken off. Then H.261 alone,
//! and the N-1 mix. Results go to `results/`, with `--smoke` nowhere.

use base::{Bitrate, PictureSize};
use mcu_benches::clip::{Content, FRAME_RATE};
use mcu_benches::cpu::{self, ms};
use mcu_benches::mixing::{FRAMES_PER_SECOND, MixedRoom};
use mcu_benches::plot::{Bar, StackedBars};
use mcu_benches::stats::Summary;
use mcu_benches::table::Table;
use mcu_benches::video::{Conference, Split, Standard, psnr};
use mcu_benches::{ffmpeg, machine};
use media::Picture;
use media::codec::CodedPicture;
use media::codec::h264::Engine;
use media::plane::Layout;
use media::video::layout::{self, Rect};
use std::fs;
use std::path::{Path, PathBuf};

const SIZE: PictureSize = PictureSize::CIF;
const PARTICIPANTS: [usize; 4] = [2, 3, 4, 9];
const STANDARDS: [Standard; 3] = [
    Standard::H264(Engine::RustyH264),
    Standard::H264(Engine::OpenH264),
    Standard::H261,
];

/// Our rate is not lowered further, nor more often.
const RATE_MIN: Bitrate = Bitrate::from_kbps(64);
const RATE_STEPS_MAX: usize = 7;

/// What we hope for: CPU time in ffmpeg's.
const RATIO_MAX: f64 = 1.0;
/// dB that our picture may be worse.
const PSNR_BELOW_MAX: f64 = 0.5;
/// ms for a CIF picture.
const H261_ENCODE_MS_MAX: f64 = 0.35;
const H261_DECODE_MS_MAX: f64 = 0.12;
const H261_PSNR_BELOW_MAX: f64 = 1.0;
/// ms for a second of the N-1 mix of 500.
const MIX_MS_MAX: f64 = 4.0;

/// How long all this takes.
struct Extent {
    frames: u16,
    rounds: usize,
    participants: &'static [usize],
    mix_seconds: usize,
}

fn main() {
    let smoke = std::env::args().any(|argument| argument == "--smoke");
    let extent = if smoke {
        Extent {
            frames: 30,
            rounds: 1,
            participants: &PARTICIPANTS[..1],
            mix_seconds: 1,
        }
    } else {
        Extent {
            frames: 150,
            rounds: 5,
            participants: &PARTICIPANTS,
            mix_seconds: 4,
        }
    };
    if !ffmpeg::is_present() {
        println!(
            "No ffmpeg on the PATH: its columns stay empty, and two of four clips are missing.\n"
        );
    }
    let folder = scratch_folder();
    let mut targets = Vec::new();
    let conferences = conferences(&extent, &folder, &mut targets);
    let h261 = h261_alone(&extent, &folder, &mut targets);
    let mix = mixing(&extent, &mut targets);
    println!("{}", targets.join("\n"));
    if !smoke {
        let (results, origin) = (machine::results(), machine::origin());
        write(
            &results.join("capacity.csv"),
            &conferences.table.to_csv(&origin),
        );
        write(&results.join("capacity.svg"), &conferences.plot.to_svg());
        write(&results.join("h261.csv"), &h261.to_csv(&origin));
        write(&results.join("mix.csv"), &mix.to_csv(&origin));
    }
    fs::remove_dir_all(&folder).expect("our own folder");
}

fn scratch_folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("mcu-capacity-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a writable folder for temporary files");
    folder
}

fn write(path: &Path, contents: &str) {
    fs::write(path, contents).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// Of what participants send and get.
fn rate(standard: Standard) -> Bitrate {
    Bitrate::from_kbps(match standard {
        Standard::H264(_) => 512,
        Standard::H261 => 384,
    })
}

/// Of a byte stream.
fn kbps(octets: usize, frames: usize) -> f64 {
    octets as f64 * 8.0 * f64::from(FRAME_RATE) / frames as f64 / 1000.0
}

fn target(targets: &mut Vec<String>, what: String, measured: f64, max: f64) {
    let verdict = if measured <= max { "met" } else { "NOT met" };
    targets.push(format!("{verdict}: {what}: {measured:.3} (at most {max})"));
}

/// A clip as coded by one of us, for both.
struct Input {
    coded: Vec<CodedPicture>,
    file: PathBuf,
}

/// One line of the table in the making.
struct Case<'a> {
    standard: Standard,
    inputs: Vec<&'a [CodedPicture]>,
    files: Vec<&'a Path>,
    tiles: Vec<Rect>,
    /// Of our mosaic.
    rate: Bitrate,
    theirs: Option<Quality>,
    splits: Vec<Split>,
    /// ms per picture.
    ffmpeg: Vec<f64>,
}

struct Conferences {
    table: Table,
    plot: StackedBars,
}

fn conferences(extent: &Extent, folder: &Path, targets: &mut Vec<String>) -> Conferences {
    let most = extent.participants.iter().copied().max().unwrap_or(0);
    let inputs: Vec<Vec<Input>> = STANDARDS
        .map(|standard| make_inputs(standard, most, extent.frames, folder))
        .into();
    let mut cases = Vec::new();
    for &count in extent.participants {
        for (standard, inputs) in STANDARDS.into_iter().zip(&inputs) {
            let mut tiles = layout::tiles(Layout::Automatic, count, SIZE);
            tiles.truncate(count);
            cases.push(Case {
                standard,
                inputs: inputs[..count]
                    .iter()
                    .map(|input| &input.coded[..])
                    .collect(),
                files: inputs[..count]
                    .iter()
                    .map(|input| input.file.as_path())
                    .collect(),
                tiles,
                rate: rate(standard),
                theirs: None,
                splits: Vec::new(),
                ffmpeg: Vec::new(),
            });
        }
    }
    let output = folder.join("output");
    if ffmpeg::is_present() {
        cases
            .iter_mut()
            .for_each(|case| case.match_quality(&output));
    }
    for round in 0..extent.rounds {
        for case in &mut cases {
            // Who comes first changes.
            if round % 2 == 0 {
                case.run_ours();
            }
            if ffmpeg::is_present() {
                case.run_ffmpeg(&output);
            }
            if round % 2 == 1 {
                case.run_ours();
            }
        }
    }
    report(&cases, targets)
}

fn make_inputs(standard: Standard, count: usize, frames: u16, folder: &Path) -> Vec<Input> {
    let contents = Content::available();
    let make = |i: usize| {
        let content = contents[i % contents.len()];
        let clip = content.pictures(i as u8, frames);
        let coded = standard.encode(&clip, FRAME_RATE, rate(standard));
        let file = folder.join(format!("{standard} {i}").replace([' ', '.'], "-"));
        fs::write(&file, standard.byte_stream(&coded)).expect("a writable folder");
        Input { coded, file }
    };
    (0..count).map(make).collect()
}

impl Case<'_> {
    fn ours(&self) -> Conference<'_> {
        Conference {
            standard: self.standard,
            inputs: &self.inputs,
            tiles: &self.tiles,
            size: SIZE,
            frame_rate: FRAME_RATE,
            rate: self.rate,
        }
    }

    fn theirs(&self) -> ffmpeg::Conference<'_> {
        ffmpeg::Conference {
            standard: self.standard,
            inputs: &self.files,
            tiles: &self.tiles,
            size: SIZE,
            frame_rate: FRAME_RATE,
            rate: rate(self.standard),
        }
    }

    fn frames(&self) -> usize {
        self.inputs[0].len()
    }

    fn run_ours(&mut self) {
        let split = self.ours().run().split;
        self.splits.push(split);
    }

    fn run_ffmpeg(&mut self, output: &Path) {
        let theirs = self.theirs();
        let start_up = theirs.run(1, output);
        let all = theirs.run(self.frames(), output);
        let pictures = (self.frames() - 1) as f64;
        self.ffmpeg
            .push(ms(all.saturating_sub(start_up)) / pictures);
    }

    /// ms per picture.
    fn summary(&self, part: impl Fn(&Split) -> std::time::Duration) -> Summary {
        let per_picture = |split| ms(part(split)) / self.frames() as f64;
        Summary::of(&self.splits.iter().map(per_picture).collect::<Vec<_>>())
    }

    /// Lowers our rate until our picture is no better than ffmpeg's.
    fn match_quality(&mut self, output: &Path) {
        let theirs = self.ffmpeg_quality(output);
        let mosaics = self.ours().reference();
        let (mut low, mut high) = (RATE_MIN, rate(self.standard));
        for _ in 0..RATE_STEPS_MAX {
            let coded = self.standard.encode(&mosaics, FRAME_RATE, self.rate);
            let better = psnr(&self.standard.decode(&coded), &mosaics) - theirs.psnr;
            if better.abs() <= PSNR_BELOW_MAX || better < 0.0 && self.rate == high {
                break;
            }
            if better > 0.0 {
                high = self.rate;
            } else {
                low = self.rate;
            }
            let middle = (f64::from(low.0) * f64::from(high.0)).sqrt();
            self.rate = Bitrate(middle as u32);
        }
        self.theirs = Some(theirs);
    }

    fn quality(&self) -> Quality {
        let conference = self.ours();
        let coded = conference.run().coded;
        let octets = self.standard.byte_stream(&coded).len();
        Quality {
            psnr: psnr(&self.standard.decode(&coded), &conference.reference()),
            kbps: kbps(octets, self.frames()),
        }
    }

    fn ffmpeg_quality(&self, output: &Path) -> Quality {
        let theirs = self.theirs();
        theirs.run(self.frames(), output);
        let shown = ffmpeg::decode(self.standard, output, SIZE);
        let octets = fs::metadata(output).map_or(0, |file| file.len() as usize);
        Quality {
            psnr: psnr(&shown, &theirs.reference(self.frames())),
            kbps: kbps(octets, self.frames()),
        }
    }
}

#[derive(Clone, Copy)]
struct Quality {
    psnr: f64,
    kbps: f64,
}

fn report(cases: &[Case<'_>], targets: &mut Vec<String>) -> Conferences {
    let mut table = Table::new(&[
        "N",
        "codec",
        "decode",
        "compose",
        "encode",
        "total",
        "p99",
        "max",
        "n",
        "95 %",
        "per second",
        "ffmpeg",
        "ratio",
        "dB",
        "ffmpeg dB",
        "kbit/s",
        "ffmpeg kbit/s",
    ]);
    let mut plot = StackedBars {
        title: "CPU time per picture of a conference, CIF at 30 pictures a second".into(),
        unit: "ms".into(),
        series: vec!["decode", "compose", "encode", "ffmpeg"],
        groups: Vec::new(),
    };
    for case in cases {
        let (count, standard) = (case.inputs.len(), case.standard);
        let [decode, compose, encode] = [
            |s: &Split| s.decode,
            |s: &Split| s.compose,
            |s: &Split| s.encode,
        ]
        .map(|part| case.summary(part).p50);
        let total = case.summary(Split::total);
        let quality = case.quality();
        let mut cells = vec![count.to_string(), standard.to_string()];
        cells.extend([decode, compose, encode, total.p50, total.p99, total.max].map(precise));
        cells.push(total.n.to_string());
        cells.push(format!("{:.3}–{:.3}", total.interval.0, total.interval.1));
        cells.push(format!("{:.1}", total.p50 * f64::from(FRAME_RATE)));
        let parts = vec![(0, decode), (1, compose), (2, encode)];
        let mut bars = vec![Bar {
            label: standard.to_string(),
            parts,
        }];
        if let Some(theirs) = case.theirs {
            let ffmpeg = Summary::of(&case.ffmpeg).p50;
            let ratio = total.p50 / ffmpeg;
            cells.extend([precise(ffmpeg), format!("{ratio:.2}")]);
            cells.extend([quality.psnr, theirs.psnr].map(decibels));
            cells.extend([quality.kbps, theirs.kbps].map(whole));
            bars.push(Bar {
                label: "ffmpeg".into(),
                parts: vec![(3, ffmpeg)],
            });
            // The other decoder is there for comparison.
            if standard != Standard::H264(Engine::OpenH264) {
                target(
                    targets,
                    format!("{standard}, N = {count}, CPU time in ffmpeg's"),
                    ratio,
                    RATIO_MAX,
                );
                let worse = theirs.psnr - quality.psnr;
                target(
                    targets,
                    format!("{standard}, N = {count}, dB below ffmpeg"),
                    worse,
                    PSNR_BELOW_MAX,
                );
            }
        } else {
            cells.extend(
                [
                    "",
                    "",
                    &decibels(quality.psnr),
                    "",
                    &whole(quality.kbps),
                    "",
                ]
                .map(String::from),
            );
        }
        table.row(cells);
        plot.groups.push((format!("N = {count}"), bars));
    }
    println!(
        "CPU ms per picture of the conference, {} pictures a run",
        cases[0].frames()
    );
    println!("{table}");
    Conferences { table, plot }
}

fn precise(ms: f64) -> String {
    format!("{ms:.3}")
}

fn decibels(value: f64) -> String {
    format!("{value:.1}")
}

fn whole(value: f64) -> String {
    format!("{value:.0}")
}

/// Each clip coded by us and by ffmpeg.
fn h261_alone(extent: &Extent, folder: &Path, targets: &mut Vec<String>) -> Table {
    let mut table = Table::new(&[
        "clip",
        "encode",
        "decode",
        "ffmpeg encode",
        "ffmpeg decode",
        "dB",
        "ffmpeg dB",
        "kbit/s",
        "ffmpeg kbit/s",
    ]);
    for content in Content::available() {
        let clip = content.pictures(0, extent.frames);
        let alone = H261Alone::new(&clip, folder);
        let rounds: Vec<[f64; 4]> = (0..extent.rounds).map(|_| alone.run()).collect();
        let median = |column: usize| {
            Summary::of(&rounds.iter().map(|round| round[column]).collect::<Vec<_>>()).p50
        };
        let coded = Standard::H261.encode(&clip, FRAME_RATE, rate(Standard::H261));
        let octets = Standard::H261.byte_stream(&coded).len();
        let ours = psnr(&Standard::H261.decode(&coded), &clip);
        let mut cells = vec![content.to_string(), precise(median(0)), precise(median(1))];
        target(
            targets,
            format!("H.261 {content}: encode ms"),
            median(0),
            H261_ENCODE_MS_MAX,
        );
        target(
            targets,
            format!("H.261 {content}: decode ms"),
            median(1),
            H261_DECODE_MS_MAX,
        );
        if ffmpeg::is_present() {
            let theirs = psnr(&ffmpeg::decode(Standard::H261, &alone.file, SIZE), &clip);
            let size = fs::metadata(&alone.file).map_or(0, |file| file.len() as usize);
            cells.extend([
                precise(median(2)),
                precise(median(3)),
                decibels(ours),
                decibels(theirs),
            ]);
            cells.extend([octets, size].map(|octets| whole(kbps(octets, clip.len()))));
            target(
                targets,
                format!("H.261 {content}: dB below ffmpeg"),
                theirs - ours,
                H261_PSNR_BELOW_MAX,
            );
        } else {
            cells.extend(
                [
                    "",
                    "",
                    &decibels(ours),
                    "",
                    &whole(kbps(octets, clip.len())),
                    "",
                ]
                .map(String::from),
            );
        }
        table.row(cells);
    }
    println!("H.261 alone, {}, CPU ms per picture", rate(Standard::H261));
    println!("{table}");
    table
}

struct H261Alone<'a> {
    clip: &'a [Picture],
    raw: PathBuf,
    /// As ffmpeg codes it.
    file: PathBuf,
}

impl<'a> H261Alone<'a> {
    fn new(clip: &'a [Picture], folder: &Path) -> Self {
        let (raw, file) = (folder.join("clip.yuv"), folder.join("clip.h261"));
        let octets: Vec<u8> = clip
            .iter()
            .flat_map(|p| [&p.y, &p.u, &p.v])
            .flatten()
            .copied()
            .collect();
        fs::write(&raw, octets).expect("a writable folder");
        H261Alone { clip, raw, file }
    }

    /// ms per picture: our encoder and decoder, ffmpeg's encoder and decoder.
    fn run(&self) -> [f64; 4] {
        let (standard, frames) = (Standard::H261, self.clip.len());
        let rate = rate(standard);
        let (coded, encode) = cpu::timed(|| standard.encode(self.clip, FRAME_RATE, rate));
        let mut decoder = standard.decoder();
        let ((), decode) = cpu::timed(|| {
            for coded in &coded {
                decoder.decode(coded).expect("our own stream");
            }
        });
        let (mut encode_theirs, mut decode_theirs) = Default::default();
        if ffmpeg::is_present() {
            let skimmed = ffmpeg::skim_raw(&self.raw, SIZE, FRAME_RATE);
            let encoded =
                ffmpeg::encode_raw(standard, &self.raw, SIZE, FRAME_RATE, rate, &self.file);
            encode_theirs = encoded.saturating_sub(skimmed);
            let start_up = ffmpeg::decode_only(standard, &self.file, 1);
            let decoded = ffmpeg::decode_only(standard, &self.file, frames);
            decode_theirs = decoded.saturating_sub(start_up);
        }
        [encode, decode, encode_theirs, decode_theirs].map(|time| ms(time) / frames as f64)
    }
}

/// CPU ms per second of G.711 conferences with all their steps.
fn mixing(extent: &Extent, targets: &mut Vec<String>) -> Table {
    let mut table = Table::new(&["participants", "3 talk", "all talk"]);
    for count in [3, 10, 100, 500] {
        let median = |talkers| {
            let mut room = MixedRoom::new(count, talkers);
            let frames = extent.mix_seconds * FRAMES_PER_SECOND;
            let mut second = || {
                let ((), time) = cpu::timed(|| (0..frames).for_each(|_| room.mix()));
                ms(time) / extent.mix_seconds as f64
            };
            let rounds: Vec<f64> = (0..extent.rounds).map(|_| second()).collect();
            Summary::of(&rounds).p50
        };
        let (few, all) = (median(3), median(count));
        table.row(vec![count.to_string(), precise(few), precise(all)]);
        if count == 500 {
            target(
                targets,
                "N-1 mix of 500, three talk, ms a second".into(),
                few,
                MIX_MS_MAX,
            );
            target(
                targets,
                "N-1 mix of 500, all talk, ms a second".into(),
                all,
                MIX_MS_MAX,
            );
        }
    }
    println!("N-1 mix of G.711 with decoding, levels and encoding, CPU ms per second");
    println!("{table}");
    table
}
