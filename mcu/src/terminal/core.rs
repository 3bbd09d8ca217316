//! The terminals' core: each places (or answers) one call, presses its keys, and hangs up. Pure, like
//! the server's, and driven by the same shell.

use super::options::{Options, Start};
use super::round_trips::{RoundTrips, RoundTripsReport};
use crate::core::{Action, Effect, Input, Listener, Output, Ports, Report, Severity};
use crate::legs::{Legs, Route, alias, media_command};
use base::{
    AudioCodec, Bitrate, CallId, ConnId, Instant, LogIndex, ParticipantId, Rng, VideoFormat,
};
use media::plane::{Command, Notice, RoomId, RoomSettings};
use signalling::call::ReleaseCause;
use signalling::call::state::Party;
use signalling::call::timers::TimerKind;
use signalling::error::Error;
use signalling::session::{
    self, Capabilities, Config, ControlAddressIn, Destination, Event, Goal, Local, Session,
    StartMode,
};
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// H.245 terminalType of a terminal without an MC (H.245 table C.1).
const TERMINAL_TYPE: u8 = 50;
/// Milliseconds of sound in the packets we send.
const AUDIO_FRAME_MS: u8 = 20;
/// Between two keys; a comma waits this long more.
const KEY_INTERVAL: Duration = Duration::from_millis(250);
const KEY_PAUSE: Duration = Duration::from_secs(1);

/// What the terminals are to do, checked.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Whom to call; `None`: wait for calls.
    pub to: Option<SocketAddr>,
    /// Our address for connections we make.
    pub from: IpAddr,
    /// What to ask for there.
    pub room: String,
    /// Of the first terminal.
    pub name: String,
    /// How many.
    pub count: u8,
    /// Between the calls of two.
    pub stagger: Duration,
    /// How calls start.
    pub start: Start,
    /// In order of preference.
    pub audio: Vec<AudioCodec>,
    /// In order of preference.
    pub video: Vec<VideoFormat>,
    /// Of all channels of one direction.
    pub bit_rate: Bitrate,
    /// How long a call lasts once it is connected.
    pub duration: Duration,
    /// Keys to press.
    pub keys: String,
    /// Between two H.245 round trips; `None`: there are none.
    pub round_trips: Option<Duration>,
}

impl Plan {
    /// Checks `options`.
    pub fn new(options: &Options) -> anyhow::Result<Plan> {
        anyhow::ensure!(
            options.duration.is_finite() && options.duration > 0.0,
            "--duration {}: a call lasts longer than nothing",
            options.duration
        );
        anyhow::ensure!(options.count > 0, "--count 0: there is nothing to do");
        Ok(Plan {
            to: options.destination()?,
            from: options.local_address(),
            room: options.room.clone(),
            name: options.name.clone(),
            count: options.count,
            stagger: Duration::from_millis(options.stagger_ms),
            start: options.start,
            audio: options.audio_codecs()?,
            video: options.video_formats()?,
            bit_rate: Bitrate::from_kbps(options.bit_rate_kbps),
            duration: Duration::from_secs_f64(options.duration),
            keys: options.dtmf.clone(),
            round_trips: options.round_trips.map(Duration::from_millis),
        })
    }

    /// The name of terminal `index`.
    pub fn name_of(&self, index: u8) -> String {
        if self.count == 1 {
            self.name.clone()
        } else {
            format!("{}-{}", self.name, index + 1)
        }
    }

    fn config(&self, index: u8) -> Config {
        let mode = |fast, tunnelling, h245_in_setup| StartMode {
            fast,
            tunnelling,
            h245_in_setup,
            control_address_in: ControlAddressIn::Connect,
        };
        Config {
            display: self.name_of(index),
            h323_id: self.name_of(index),
            number: None,
            terminal_type: TERMINAL_TYPE,
            is_mcu: false,
            product: "mcu call".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            capabilities: Capabilities {
                audio: self.audio.clone(),
                video: self.video.clone(),
                audio_frame_ms: AUDIO_FRAME_MS,
            },
            max_bit_rate: self.bit_rate,
            start: match self.start {
                Start::Slow => mode(false, false, false),
                Start::SlowEarly => mode(false, false, true),
                Start::Tunnel => mode(false, true, false),
                Start::Fast => mode(true, false, false),
                Start::FastTunnel => mode(true, true, false),
            },
            auto_open: true,
        }
    }
}

/// How a terminal's call went.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Outcome {
    /// Milliseconds from the first packet of ours to Connect; `None`: never connected.
    pub connected_after_ms: Option<u64>,
    /// Milliseconds from Connect to the end.
    pub lasted_ms: u64,
    /// Why it ended.
    pub release: String,
    /// It ended because its time was over, and not before.
    pub completed: bool,
    /// What the terminal at the other side did against the protocol.
    pub protocol_errors: Vec<String>,
    /// Connections that failed, or that the other side closed before the call was over, and why.
    pub connections_lost: Vec<String>,
    /// Octets received on its connections.
    pub octets_received: u64,
    /// Octets sent on its connections.
    pub octets_sent: u64,
    /// H.245 round trips, if there were to be any.
    pub round_trips: RoundTripsReport,
}

/// Protocol errors kept at most, and connections lost.
const ERRORS_MAX: usize = 20;

/// A terminal's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Its call is placed then (or it waits for one).
    Waiting(Option<Instant>),
    Connecting,
    /// The connection stands, ports are asked for.
    NeedsPorts,
    Calling,
    /// In the call until then.
    Talking(Instant),
    Over,
}

struct Terminal {
    stage: Stage,
    session: Option<Session>,
    legs: Legs,
    local: SocketAddr,
    began: Instant,
    keys: VecDeque<char>,
    next_key: Option<Instant>,
    round_trips: RoundTrips,
    outcome: Outcome,
}

/// All terminals of a process. A terminal's call and participant have its index as their number.
pub struct Terminals {
    plan: Plan,
    rng: Rng,
    now: Instant,
    next_conn: u64,
    links: BTreeMap<ConnId, u8>,
    terminals: Vec<Terminal>,
    outputs: VecDeque<Output>,
    index: LogIndex,
}

impl Terminals {
    /// Terminals that begin at `now`; `seed` decides every choice.
    pub fn new(plan: Plan, now: Instant, seed: u64) -> Self {
        let terminals = (0..plan.count).map(|index| Terminal {
            stage: Stage::Waiting(plan.to.map(|_| now + plan.stagger * index.into())),
            session: None,
            legs: Legs::default(),
            local: SocketAddr::new(plan.from, 0),
            began: now,
            keys: plan.keys.chars().collect(),
            next_key: None,
            round_trips: RoundTrips::default(),
            outcome: Outcome::default(),
        });
        let terminals = terminals.collect();
        let mut core = Terminals {
            plan,
            rng: Rng::new(seed),
            now,
            next_conn: 1,
            links: BTreeMap::new(),
            terminals,
            outputs: VecDeque::new(),
            index: LogIndex::default(),
        };
        let settings = RoomSettings {
            layout: media::plane::Layout::Automatic,
            frame_rate: 30,
        };
        core.act(Action::Effect(Effect::Media(Command::Room(
            RoomId(0),
            settings,
        ))));
        core
    }

    /// How each call went.
    pub fn outcomes(&self) -> impl Iterator<Item = Outcome> {
        self.terminals.iter().map(|terminal| Outcome {
            round_trips: terminal.round_trips.report(self.now),
            ..terminal.outcome.clone()
        })
    }

    /// Hangs up everywhere.
    fn hang_up(&mut self) {
        for index in 0..self.plan.count {
            self.release(index);
        }
    }

    fn act(&mut self, action: Action) {
        self.outputs.push_back(Output {
            after: self.index,
            action,
        });
    }

    fn report(&mut self, severity: Severity, index: u8, text: String) {
        let text = format!("{}: {text}", self.plan.name_of(index));
        self.act(Action::Effect(Effect::Report(Report {
            severity,
            call: None,
            text,
        })));
    }

    fn terminal(&mut self, index: u8) -> &mut Terminal {
        &mut self.terminals[usize::from(index)]
    }

    fn allot_conn(&mut self, index: u8) -> ConnId {
        let conn = ConnId(self.next_conn);
        self.next_conn += 1;
        self.links.insert(conn, index);
        conn
    }

    fn drop_link(&mut self, conn: ConnId) {
        self.links.remove(&conn);
        self.act(Action::Close(conn));
    }

    fn place(&mut self, index: u8) {
        let Some(to) = self.plan.to else { return };
        let (from, now) = (self.plan.from, self.now);
        let terminal = self.terminal(index);
        terminal.stage = Stage::Connecting;
        terminal.began = now;
        let conn = self.allot_conn(index);
        self.terminal(index).legs = Legs::new(conn);
        self.act(Action::Connect { conn, from, to });
    }

    fn accepted(&mut self, listener: Listener, local: SocketAddr) {
        if let Listener::Call(call) = listener {
            let index = call.0 as u8;
            let conn = self.allot_conn(index);
            return self.attach_control(index, conn, Party::Remote);
        }
        let is_free = |terminal: &Terminal| terminal.stage == Stage::Waiting(None);
        let Some(index) = self.terminals.iter().position(is_free) else {
            let conn = self.allot_conn(0);
            return self.drop_link(conn);
        };
        let index = index as u8;
        let conn = self.allot_conn(index);
        let (config, seed, now) = (self.plan.config(index), self.rng.next_u64(), self.now);
        let terminal = self.terminal(index);
        terminal.legs = Legs::new(conn);
        terminal.local = local;
        terminal.began = now;
        terminal.stage = Stage::Calling;
        terminal.session = Some(Session::answering(config, seed));
        self.with_session(index, |session, now| session.signalling_connected(now));
    }

    fn attach_control(&mut self, index: u8, conn: ConnId, opener: Party) {
        if let Some(former) = self.terminal(index).legs.control_of(opener).replace(conn) {
            self.drop_link(former);
            self.with_session(index, |session, now| session.control_closed(now, opener));
        }
        self.with_session(index, |session, now| session.control_connected(now, opener));
    }

    fn connected(&mut self, conn: ConnId, local: SocketAddr) {
        let Some(index) = self.links.get(&conn).copied() else {
            return;
        };
        let terminal = self.terminal(index);
        if terminal.legs.signalling != Some(conn) {
            return self.attach_control(index, conn, Party::Local);
        }
        terminal.local = local;
        terminal.stage = Stage::NeedsPorts;
        self.act(Action::AllocatePorts(CallId(index.into()), local.ip()));
    }

    fn ports_allocated(&mut self, index: u8, ports: Ports) {
        let (config, seed) = (self.plan.config(index), self.rng.next_u64());
        let destination = self.plan.to.map(|to| Destination {
            aliases: alias(&self.plan.room).into_iter().collect(),
            signalling: to,
            goal: Goal::Join,
        });
        let terminal = self.terminal(index);
        let address = terminal.local.ip();
        let local = Local {
            signalling: terminal.local,
            control: SocketAddr::new(address, ports.control),
            audio: SocketAddr::new(address, ports.audio),
            video: SocketAddr::new(address, ports.video),
        };
        let label = self.plan.name_of(index);
        let participant = ParticipantId(index.into());
        self.act(Action::Effect(Effect::Media(Command::Join {
            participant,
            room: RoomId(0),
            label,
        })));
        let terminal = self.terminal(index);
        match destination {
            Some(destination) => {
                terminal.stage = Stage::Calling;
                terminal.session = Some(Session::placing(config, destination, local, seed));
                self.with_session(index, |session, now| session.signalling_connected(now));
            }
            None => self.with_session(index, |session, now| session.accept(now, local)),
        }
    }

    fn received(&mut self, conn: ConnId, octets: &[u8]) {
        let Some(index) = self.links.get(&conn).copied() else {
            return;
        };
        let terminal = self.terminal(index);
        terminal.outcome.octets_received += octets.len() as u64;
        let legs = terminal.legs;
        match legs.opener(conn) {
            Some(opener) => {
                self.with_session(index, |session, now| {
                    session.handle_control(now, opener, octets)
                });
            }
            None if legs.signalling == Some(conn) => {
                self.with_session(index, |session, now| session.handle_signalling(now, octets));
            }
            None => {}
        }
    }

    fn closed(&mut self, conn: ConnId, why: &str) {
        let Some(index) = self.links.remove(&conn) else {
            return;
        };
        let terminal = self.terminal(index);
        let is_signalling = terminal.legs.signalling == Some(conn);
        let lost = &mut terminal.outcome.connections_lost;
        if !terminal.outcome.completed && lost.len() < ERRORS_MAX {
            let what = if is_signalling { "H.225.0" } else { "H.245" };
            lost.push(format!("{what}: {why}"));
        }
        if is_signalling {
            terminal.legs.signalling = None;
            self.with_session(index, |session, now| session.signalling_closed(now));
            return self.over(index, why);
        }
        match terminal.legs.opener(conn) {
            Some(opener) => {
                *terminal.legs.control_of(opener) = None;
                self.with_session(index, |session, now| session.control_closed(now, opener));
            }
            None => self.with_session(index, |session, now| session.control_failed(now)),
        }
    }

    fn with_session(&mut self, index: u8, change: impl FnOnce(&mut Session, Instant)) {
        let now = self.now;
        let Some(session) = &mut self.terminal(index).session else {
            return;
        };
        change(session, now);
        while let Some(output) = self
            .terminal(index)
            .session
            .as_mut()
            .and_then(Session::poll_output)
        {
            self.session_output(index, output);
        }
        if self.terminal(index).legs.signalling.is_none() {
            self.over(index, "the connection closed");
        }
    }

    fn session_output(&mut self, index: u8, output: session::Output) {
        match self.terminal(index).legs.route(output) {
            Some(Route::Transmit(conn, bytes)) => {
                self.terminal(index).outcome.octets_sent += bytes.len() as u64;
                self.act(Action::Transmit(conn, bytes));
            }
            Some(Route::Connect(to)) => {
                let from = self.terminal(index).local.ip();
                let conn = self.allot_conn(index);
                self.act(Action::Connect { conn, from, to });
            }
            Some(Route::Close(conn)) => self.drop_link(conn),
            Some(Route::Event(event)) => self.event(index, event),
            None => {}
        }
    }

    fn event(&mut self, index: u8, event: Event) {
        let now = self.now;
        if let Some(command) = media_command(ParticipantId(index.into()), &event, &mut self.rng) {
            self.report(Severity::Debug, index, format!("{command:?}"));
            return self.act(Action::Effect(Effect::Media(command)));
        }
        match event {
            Event::Incoming(_) => {
                let address = self.terminal(index).local.ip();
                self.act(Action::AllocatePorts(CallId(index.into()), address));
            }
            Event::Connected { .. } => {
                let until = now + self.plan.duration;
                let asks = self.plan.round_trips.is_some();
                let terminal = self.terminal(index);
                terminal.stage = Stage::Talking(until);
                let waited = now.since(terminal.began).as_millis();
                terminal.outcome.connected_after_ms =
                    Some(u64::try_from(waited).unwrap_or(u64::MAX));
                terminal.began = now;
                terminal.next_key = (!terminal.keys.is_empty()).then(|| now + KEY_PAUSE);
                if asks {
                    terminal.round_trips.begin(now);
                }
                self.report(
                    Severity::Info,
                    index,
                    format!("connected after {waited} ms"),
                );
            }
            Event::RoundTrip(_) => self.terminal(index).round_trips.answered(now),
            Event::Released { cause, by } => {
                let terminal = self.terminal(index);
                terminal.round_trips.end(now);
                terminal.outcome.release = format!("{cause:?} by {by:?}");
                if terminal.outcome.connected_after_ms.is_some() {
                    let lasted = now.since(terminal.began).as_millis();
                    terminal.outcome.lasted_ms = u64::try_from(lasted).unwrap_or(u64::MAX);
                }
                self.report(
                    Severity::Info,
                    index,
                    format!("released: {cause:?} by {by:?}"),
                );
            }
            Event::ProtocolError(error) => {
                if matches!(error, Error::TimedOut(TimerKind::T105)) {
                    self.terminal(index).round_trips.unanswered(now);
                }
                let errors = &mut self.terminal(index).outcome.protocol_errors;
                if errors.len() < ERRORS_MAX {
                    errors.push(error.to_string());
                }
                self.report(
                    Severity::Warning,
                    index,
                    format!("the peer broke the protocol: {error}"),
                );
            }
            other => self.report(Severity::Debug, index, format!("{other:?}")),
        }
    }

    fn release(&mut self, index: u8) {
        let terminal = self.terminal(index);
        match terminal.stage {
            Stage::Waiting(_) | Stage::Connecting | Stage::NeedsPorts => {
                self.over(index, "given up")
            }
            Stage::Calling | Stage::Talking(_) => {
                self.with_session(index, |session, now| {
                    session.release(now, ReleaseCause::Normal)
                });
            }
            Stage::Over => {}
        }
    }

    /// Nothing more will come of this terminal.
    fn over(&mut self, index: u8, why: &str) {
        let terminal = self.terminal(index);
        if terminal.stage == Stage::Over {
            return;
        }
        terminal.stage = Stage::Over;
        if terminal.outcome.release.is_empty() {
            terminal.outcome.release = why.into();
        }
        let legs = std::mem::take(&mut terminal.legs);
        if terminal.outcome.connected_after_ms.is_none() {
            let text = format!("not connected: {}", terminal.outcome.release);
            self.report(Severity::Warning, index, text);
        }
        legs.all().for_each(|conn| self.drop_link(conn));
        self.act(Action::Effect(Effect::Media(Command::Leave(
            ParticipantId(index.into()),
        ))));
        self.act(Action::ReleasePorts(CallId(index.into())));
        if self
            .terminals
            .iter()
            .all(|terminal| terminal.stage == Stage::Over)
        {
            self.act(Action::Effect(Effect::Finished));
        }
    }

    fn deadline(terminal: &Terminal) -> Option<Instant> {
        let stage = match terminal.stage {
            Stage::Waiting(at) => at,
            Stage::Talking(until) => Some(until),
            _ => None,
        };
        let session = terminal
            .session
            .as_ref()
            .and_then(|session| session.next_timeout());
        stage
            .into_iter()
            .chain(terminal.next_key)
            .chain(terminal.round_trips.deadline())
            .chain(session.map(|(at, _)| at))
            .min()
    }

    fn timeout(&mut self, index: u8) {
        let now = self.now;
        let terminal = self.terminal(index);
        match terminal.stage {
            Stage::Waiting(Some(at)) if at <= now => return self.place(index),
            Stage::Talking(until) if until <= now => {
                terminal.outcome.completed = true;
                // The session takes its time to say goodbye; this deadline has passed.
                terminal.stage = Stage::Calling;
                terminal.next_key = None;
                self.release(index);
            }
            _ => {}
        }
        let terminal = self.terminal(index);
        if terminal.next_key.is_some_and(|at| at <= now) {
            let key = terminal.keys.pop_front();
            let pause = if key == Some(',') {
                KEY_PAUSE
            } else {
                KEY_INTERVAL
            };
            terminal.next_key = (!terminal.keys.is_empty()).then(|| now + pause);
            if let Some(key) = key.filter(|key| *key != ',') {
                self.with_session(index, |session, now| {
                    session.send_user_input(now, &key.to_string())
                });
            }
        }
        if let Some(interval) = self.plan.round_trips
            && self.terminal(index).round_trips.is_due(now, interval)
        {
            let mut asked = false;
            self.with_session(index, |session, now| {
                asked = session.request_round_trip(now)
            });
            if asked {
                self.terminal(index).round_trips.asked(now);
            }
        }
        self.with_session(index, |session, now| session.handle_timeout(now));
    }
}

/// A test terminal runs alone: there is nothing to keep twice.
impl replication::core::Replicated for Terminals {
    fn digest(&self) -> u64 {
        self.index.0
    }
    fn snapshot(&self) -> Vec<u8> {
        Vec::new()
    }
    fn restore(&mut self, _: &[u8]) -> Result<(), replication::core::SnapshotError> {
        let why = "test terminals are not replicated";
        Err(replication::core::SnapshotError(why.into()))
    }
}

impl replication::core::Core for Terminals {
    type Event = crate::core::Event;
    type Effect = Effect;

    fn next_conn(&self) -> ConnId {
        ConnId(self.next_conn)
    }

    fn handle(&mut self, now: Instant, input: Input) {
        self.now = now;
        self.index.0 += 1;
        match input {
            Input::Accepted {
                listener, local, ..
            } => self.accepted(listener, local),
            Input::Connected(conn, local) => self.connected(conn, local),
            Input::Received(conn, bytes) => self.received(conn, &bytes),
            Input::Closed(conn, why) => self.closed(conn, &why),
            Input::PortsAllocated(call, ports) => self.ports_allocated(call.0 as u8, ports),
            Input::PortsUnavailable(call, why) => {
                self.over(call.0 as u8, &format!("no ports: {why}"))
            }
            Input::Event(crate::core::Event::Media(Notice::NeedIntra(ParticipantId(id)))) => {
                self.with_session(id as u8, |session, now| session.request_intra(now));
            }
            Input::Event(crate::core::Event::Media(_)) => {}
            Input::Event(crate::core::Event::Operator(request)) => {
                let why = "a terminal has no operator".to_string();
                self.act(Action::Effect(Effect::Answer(request.number, Err(why))));
            }
            Input::Event(crate::core::Event::Stop) => self.hang_up(),
            Input::Timeout => {
                for index in 0..self.plan.count {
                    if Self::deadline(&self.terminals[usize::from(index)])
                        .is_some_and(|at| at <= now)
                    {
                        self.timeout(index);
                    }
                }
            }
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn next_timeout(&self) -> Option<Instant> {
        self.terminals.iter().filter_map(Self::deadline).min()
    }
}
