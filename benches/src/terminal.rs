//! A terminal that does one thing at a time, so that each can be timed: calls, asks, hangs up. It has
//! sound only, and sends none.

use anyhow::{Context, bail};
use base::{AudioCodec, Bitrate, Instant};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use replication::shell::Clock;
use signalling::call::ReleaseCause;
use signalling::call::state::Party;
use signalling::session::{
    Alias, Capabilities, Config, Destination, Event, Goal, Local, Output, Session, StartMode,
};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::time::Duration;

/// H.245 terminalType of a terminal without an MC (H.245 table C.1).
const TERMINAL_TYPE: u8 = 50;
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Octets read at once.
const READ_MAX: usize = 4096;

/// One terminal in one call.
pub struct Terminal {
    clock: Clock,
    session: Session,
    signalling: TcpStream,
    control: Option<TcpStream>,
    /// Takes what the room sends; nobody reads it.
    _sound: [UdpSocket; 2],
}

impl Terminal {
    /// Calls `room` on a connection that stands, slow start with an H.245 connection of its own (H.323
    /// §8.1 and §8.2), and returns when sound has a channel in each direction.
    pub fn call(signalling: TcpStream, room: &str, seed: u64) -> anyhow::Result<Terminal> {
        signalling.set_nodelay(true)?;
        let address = signalling.local_addr()?;
        let sound = [(); 2].map(|()| UdpSocket::bind((address.ip(), 0)));
        let [rtp, rtcp] = sound;
        let sound = [rtp?, rtcp?];
        let rtp = sound[0].local_addr()?;
        let local = Local {
            signalling: address,
            control: address,
            audio: rtp,
            video: rtp,
        };
        let destination = Destination {
            aliases: vec![Alias::H323Id(room.into())],
            signalling: signalling.peer_addr()?,
            goal: Goal::Join,
        };
        let mut terminal = Terminal {
            clock: Clock::new(),
            session: Session::placing(config(), destination, local, seed),
            signalling,
            control: None,
            _sound: sound,
        };
        terminal.session.signalling_connected(terminal.clock.now());
        let (mut receives, mut transmits) = (false, false);
        terminal.until(|event| {
            receives |= matches!(event, Event::ReceiveOpened(_));
            transmits |= matches!(event, Event::TransmitOpened(_));
            receives && transmits
        })?;
        Ok(terminal)
    }

    /// How long the answer to an H.245 roundTripDelayRequest takes.
    pub fn round_trip(&mut self) -> anyhow::Result<Duration> {
        let asked = self.clock.now();
        self.session.request_round_trip(asked);
        self.until(|event| matches!(event, Event::RoundTrip(_)))?;
        Ok(self.clock.now().since(asked))
    }

    /// Ends the call and waits until the other side knows.
    pub fn hang_up(mut self) -> anyhow::Result<()> {
        self.session.release(self.clock.now(), ReleaseCause::Normal);
        self.until(|event| matches!(event, Event::Released { .. }))
    }

    /// Goes on until an event is what `wanted` waits for.
    fn until(&mut self, mut wanted: impl FnMut(&Event) -> bool) -> anyhow::Result<()> {
        let limit = self.clock.now() + PATIENCE;
        loop {
            let mut found = false;
            while let Some(output) = self.session.poll_output() {
                if let Some(event) = self.carry_out(output)? {
                    let over = matches!(event, Event::Released { .. });
                    found |= wanted(&event);
                    if over && !found {
                        bail!("the call ended too early: {event:?}");
                    }
                }
            }
            if found {
                return Ok(());
            }
            self.wait(limit)?;
        }
    }

    fn carry_out(&mut self, output: Output) -> anyhow::Result<Option<Event>> {
        match output {
            Output::Signalling(octets) => self.signalling.write_all(&octets)?,
            Output::Control(octets) => (self.control.as_mut())
                .context("there is no H.245 connection")?
                .write_all(&octets)?,
            Output::ConnectControl(to) => {
                let stream = connect(to)?;
                stream.set_nodelay(true)?;
                self.control = Some(stream);
                (self.session).control_connected(self.clock.now(), Party::Local);
            }
            Output::CloseControl(_) => self.control = None,
            Output::ListenControl | Output::CloseSignalling => {}
            Output::Event(event) => return Ok(Some(event)),
        }
        Ok(None)
    }

    /// Waits for octets or the session's next deadline.
    fn wait(&mut self, limit: Instant) -> anyhow::Result<()> {
        let now = self.clock.now();
        if now >= limit {
            bail!("no answer within {} s", PATIENCE.as_secs());
        }
        let deadline = self.session.next_timeout().map_or(limit, |(at, _)| at);
        let millis = deadline.min(limit).since(now).as_millis() + 1;
        let mut streams = vec![PollFd::new(self.signalling.as_fd(), PollFlags::POLLIN)];
        if let Some(control) = &self.control {
            streams.push(PollFd::new(control.as_fd(), PollFlags::POLLIN));
        }
        poll(&mut streams, PollTimeout::try_from(millis)?)?;
        let ready: Vec<bool> = streams
            .iter()
            .map(|stream| stream.any().unwrap_or(false))
            .collect();
        let mut buffer = [0; READ_MAX];
        if ready[0] {
            let n = self.signalling.read(&mut buffer)?;
            let now = self.clock.now();
            match n {
                0 => self.session.signalling_closed(now),
                n => self.session.handle_signalling(now, &buffer[..n]),
            }
        }
        if ready.get(1) == Some(&true)
            && let Some(control) = &mut self.control
        {
            let n = control.read(&mut buffer)?;
            let now = self.clock.now();
            match n {
                0 => self.session.control_closed(now, Party::Local),
                n => self.session.handle_control(now, Party::Local, &buffer[..n]),
            }
        }
        self.session.handle_timeout(self.clock.now());
        Ok(())
    }
}

/// Connects, and says to whom if that fails.
pub fn connect(to: SocketAddr) -> anyhow::Result<TcpStream> {
    TcpStream::connect_timeout(&to, PATIENCE).with_context(|| format!("cannot connect to {to}"))
}

fn config() -> Config {
    Config {
        display: "bench".into(),
        h323_id: "bench".into(),
        number: None,
        terminal_type: TERMINAL_TYPE,
        is_mcu: false,
        product: "bench".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        capabilities: Capabilities {
            audio: vec![AudioCodec::G711Alaw],
            video: Vec::new(),
            audio_frame_ms: 20,
        },
        max_bit_rate: Bitrate::from_kbps(64),
        start: StartMode::SLOW,
        auto_open: true,
    }
}
