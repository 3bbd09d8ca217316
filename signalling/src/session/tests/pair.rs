//! Two sessions joined back to back in virtual time, over streams of octets cut anywhere.

use crate::call::state::{CallState, Party};
use crate::session::*;
use base::{AudioCodec, Bitrate, Instant, MediaKind, PictureSize, VideoCodec, VideoFormat};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

pub const CALLER: usize = 0;
pub const CALLED: usize = 1;
/// Time that every piece takes.
const DELAY: Duration = Duration::from_millis(1);

pub fn h261() -> VideoFormat {
    VideoFormat {
        codec: VideoCodec::H261,
        size: PictureSize::CIF,
        frame_rate: 30,
        bit_rate: Bitrate::from_kbps(512),
        fragments: false,
    }
}

pub fn h264() -> VideoFormat {
    VideoFormat {
        codec: VideoCodec::H264,
        fragments: true,
        ..h261()
    }
}

pub fn terminal() -> Config {
    Config {
        display: "Alice".into(),
        h323_id: "alice".into(),
        number: Some("1001".into()),
        terminal_type: 50,
        is_mcu: false,
        product: "test".into(),
        version: "1".into(),
        capabilities: Capabilities {
            audio: vec![AudioCodec::G722, AudioCodec::G711Alaw, AudioCodec::G711Ulaw],
            video: vec![h264(), h261()],
            audio_frame_ms: 20,
        },
        max_bit_rate: Bitrate::from_kbps(1024),
        start: StartMode::SLOW,
        auto_open: true,
    }
}

pub fn mcu() -> Config {
    Config {
        display: "MCU".into(),
        h323_id: "mcu".into(),
        terminal_type: 190,
        is_mcu: true,
        ..terminal()
    }
}

pub fn local(host: u8) -> Local {
    let address = |port| SocketAddr::from(([10, 0, 0, host], port));
    Local {
        signalling: address(1720),
        control: address(30_000),
        audio: address(5_000),
        video: address(5_002),
    }
}

pub fn destination() -> Destination {
    Destination {
        aliases: vec![Alias::H323Id("room".into()), Alias::Digits("9000".into())],
        signalling: local(2).signalling,
        goal: Goal::Join,
    }
}

/// Octets under way to one side.
#[derive(Default, Clone)]
struct Pipe {
    pieces: VecDeque<Vec<u8>>,
    closed: bool,
}

pub struct Pair {
    pub now: Instant,
    pub sides: [Session; 2],
    pub events: [Vec<Event>; 2],
    pub accepts: bool,
    /// Nothing reaches this side any more.
    pub cut: [bool; 2],
    piece: usize,
    signalling: [Pipe; 2],
    /// By the side that made the connection, then by the side that receives.
    control: [Option<[Pipe; 2]>; 2],
    current: [Option<usize>; 2],
    listening: [bool; 2],
}

impl Pair {
    pub fn new(caller: Config, called: Config) -> Self {
        let mut pair = Pair {
            now: Instant::from_millis(1000),
            sides: [
                Session::placing(caller, destination(), local(1), 1),
                Session::answering(called, 2),
            ],
            events: Default::default(),
            accepts: true,
            cut: [false; 2],
            piece: usize::MAX,
            signalling: Default::default(),
            control: Default::default(),
            current: [None; 2],
            listening: [false; 2],
        };
        for side in &mut pair.sides {
            side.signalling_connected(pair.now);
        }
        pair
    }

    pub fn in_pieces_of(mut self, octets: usize) -> Self {
        self.piece = octets;
        self
    }

    /// A call as far as both sides talk to each other on their own.
    pub fn established(caller: Config, called: Config) -> Self {
        let mut pair = Pair::new(caller, called);
        pair.run();
        pair
    }

    /// Runs until nothing is under way.
    pub fn run(&mut self) {
        for _ in 0..100_000 {
            if !self.step() {
                return;
            }
        }
        panic!("the sides never stop talking");
    }

    /// Runs, firing timers, for as long as virtual time says.
    pub fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            self.run();
            let next = self.sides.iter().filter_map(|s| s.next_timeout()).min();
            match next {
                Some((at, _)) if at <= end => {
                    self.now = self.now.max(at);
                    for side in &mut self.sides {
                        side.handle_timeout(self.now);
                    }
                }
                _ => break,
            }
        }
        self.now = self.now.max(end);
    }

    fn step(&mut self) -> bool {
        let mut busy = false;
        for side in 0..2 {
            while let Some(output) = self.sides[side].poll_output() {
                busy = true;
                self.carry_out(side, output);
            }
        }
        for side in 0..2 {
            busy |= self.deliver(side);
        }
        if busy {
            self.now += DELAY;
        }
        busy
    }

    fn carry_out(&mut self, side: usize, output: Output) {
        let other = 1 - side;
        assert_eq!(self.released(side), None, "after the end: {output:?}");
        match output {
            Output::Signalling(octets) => {
                let pieces = octets.chunks(self.piece.min(octets.len()));
                self.signalling[other]
                    .pieces
                    .extend(pieces.map(<[u8]>::to_vec));
            }
            Output::Control(octets) => {
                let maker = self.current[side].expect("a connection to send on");
                let pipes = self.control[maker].as_mut().expect("an open connection");
                let pieces = octets.chunks(self.piece.min(octets.len()));
                pipes[other].pieces.extend(pieces.map(<[u8]>::to_vec));
            }
            Output::ListenControl => self.listening[side] = true,
            Output::ConnectControl(address) => {
                assert_eq!(address, local(other as u8 + 1).control);
                if !self.listening[other] {
                    return self.sides[side].control_failed(self.now);
                }
                self.control[side] = Some(Default::default());
                for (at, by) in [(side, Party::Local), (other, Party::Remote)] {
                    self.current[at] = Some(side);
                    self.sides[at].control_connected(self.now, by);
                }
            }
            Output::CloseControl(party) => {
                let maker = if party == Party::Local { side } else { other };
                if self.current[side] == Some(maker) {
                    let other = self.control[1 - maker].as_ref();
                    let open = other.is_some_and(|pipes| !pipes.iter().any(|p| p.closed));
                    self.current[side] = open.then_some(1 - maker);
                }
                if let Some(pipes) = self.control[maker].as_mut() {
                    pipes[other].closed = true;
                }
            }
            Output::CloseSignalling => self.signalling[other].closed = true,
            Output::Event(event) => {
                if let Event::Incoming(_) = event
                    && self.accepts
                {
                    self.sides[side].accept(self.now, local(side as u8 + 1));
                }
                self.events[side].push(event);
            }
        }
    }

    fn deliver(&mut self, side: usize) -> bool {
        let mut busy = false;
        if let Some(octets) = self.signalling[side].pieces.pop_front() {
            busy = true;
            if !self.cut[side] {
                self.sides[side].handle_signalling(self.now, &octets);
            }
        } else if std::mem::take(&mut self.signalling[side].closed) {
            busy = true;
            if !self.cut[side] {
                self.sides[side].signalling_closed(self.now);
            }
        }
        for maker in 0..2 {
            let by = if maker == side {
                Party::Local
            } else {
                Party::Remote
            };
            let Some(pipes) = self.control[maker].as_mut() else {
                continue;
            };
            if let Some(octets) = pipes[side].pieces.pop_front() {
                busy = true;
                if !self.cut[side] {
                    self.sides[side].handle_control(self.now, by, &octets);
                }
            } else if std::mem::take(&mut pipes[side].closed) {
                busy = true;
                self.sides[side].control_closed(self.now, by);
            }
        }
        busy
    }

    /// The H.245 connection breaks, as both sides see.
    pub fn break_control(&mut self) {
        let maker = self.current[CALLER].take().expect("a connection");
        self.current[CALLED] = None;
        self.control[maker] = None;
        for side in 0..2 {
            let by = if maker == side {
                Party::Local
            } else {
                Party::Remote
            };
            self.sides[side].control_closed(self.now, by);
        }
    }

    /// Whether the sides use an H.245 connection of its own.
    pub fn has_control_connection(&self) -> bool {
        self.current.iter().all(Option::is_some)
    }

    pub fn take_events(&mut self) {
        self.events = Default::default();
    }

    pub fn count(&self, side: usize, wanted: impl Fn(&Event) -> bool) -> usize {
        self.events[side].iter().filter(|e| wanted(e)).count()
    }

    /// The last channel opened on which `side` transmits.
    pub fn transmit(&self, side: usize, kind: MediaKind) -> Option<TransmitChannel> {
        let mut events = self.events[side].iter().rev();
        events.find_map(|event| match event {
            Event::TransmitOpened(channel) if channel.format.kind() == kind => Some(*channel),
            _ => None,
        })
    }

    /// The last channel opened on which `side` receives.
    pub fn receive(&self, side: usize, kind: MediaKind) -> Option<ReceiveChannel> {
        let mut events = self.events[side].iter().rev();
        events.find_map(|event| match event {
            Event::ReceiveOpened(channel) if channel.format.kind() == kind => Some(*channel),
            _ => None,
        })
    }

    /// Both kinds of media flow both ways, each side means the same by it, and nobody complains.
    pub fn assert_talking(&self) {
        for side in 0..2 {
            assert_eq!(self.sides[side].state(), CallState::Active);
            let other = 1 - side;
            for kind in [MediaKind::Audio, MediaKind::Video] {
                let sent = self.transmit(side, kind);
                let sent = sent.unwrap_or_else(|| panic!("{side} {kind:?} {:#?}", self.events));
                let got = self
                    .receive(other, kind)
                    .expect("the other side of the channel");
                assert_eq!(sent.format, got.format);
                assert_eq!(sent.payload_type, got.payload_type);
                assert_eq!(sent.number, got.number);
                let (rtp, rtcp) = local(other as u8 + 1).media(kind);
                assert_eq!((sent.rtp, sent.rtcp), (rtp, Some(rtcp)));
                assert_eq!(got.rtcp, Some(local(side as u8 + 1).media(kind).1));
            }
            self.assert_no_complaint(side);
        }
    }

    pub fn assert_no_complaint(&self, side: usize) {
        let complaints = self.events[side]
            .iter()
            .filter(|e| matches!(e, Event::ProtocolError(_)));
        assert_eq!(complaints.collect::<Vec<_>>(), Vec::<&Event>::new());
    }

    pub fn released(&self, side: usize) -> Option<(crate::call::ReleaseCause, Party)> {
        self.events[side].iter().find_map(|event| match event {
            Event::Released { cause, by } => Some((*cause, *by)),
            _ => None,
        })
    }
}
