use super::*;
use crate::heartbeat::seal::DATAGRAM_OCTETS_MAX;
use crate::heartbeat::{Ear, Refusal, Role};
use base::LogIndex;
use bytes::Bytes;
use std::net::Ipv4Addr;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const PERIOD: Duration = Duration::from_millis(20);
/// Enough for the order of events to hold on a busy machine.
const MISSES: u32 = 50;
/// Far beyond what a busy machine delays a thread.
const LONG: Duration = Duration::from_secs(60);

struct Node {
    heartbeat: Heartbeat,
    pulse: Arc<Pulse>,
    events: UnboundedReceiver<Event>,
}

impl Node {
    fn start(node: u8, own: SocketAddr, peer: SocketAddr) -> Self {
        let config = config(node, own, peer);
        let pulse = Arc::new(Pulse::new(LONG));
        let (sender, events) = unbounded_channel();
        let stopped = |lost| panic!("stopped for {lost:?}");
        let heartbeat = Heartbeat::start(
            config,
            key(),
            pulse.clone(),
            now,
            |_, _| {},
            stopped,
            sender,
        )
        .unwrap();
        Node {
            heartbeat,
            pulse,
            events,
        }
    }

    /// The next event that is no beat.
    fn change(&mut self) -> Event {
        loop {
            match self.events.blocking_recv().unwrap() {
                Event::PeerChanged(..) => {}
                event => return event,
            }
        }
    }

    /// Waits until what the other node has said is this.
    fn until(&self, wanted: impl Fn(&Heard) -> bool) {
        while !self.heartbeat.heard().is_some_and(|heard| wanted(&heard)) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn config(node: u8, own: SocketAddr, peer: SocketAddr) -> Config {
    Config {
        node,
        own,
        peer,
        period: PERIOD,
        misses: MISSES,
        hang_limit: LONG,
    }
}

fn key() -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, b"pair")
}

#[expect(clippy::disallowed_methods, reason = "a shell reads the clock")]
fn now() -> Instant {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    Instant::from_millis(1_000) + START.get_or_init(std::time::Instant::now).elapsed()
}

/// Two free ports of an address that each test has to itself: the sockets that found them stay until
/// both are known.
fn addresses(test: u8) -> (SocketAddr, SocketAddr) {
    let free = || UdpSocket::bind((Ipv4Addr::new(127, 94, 1, test), 0)).unwrap();
    let (a, b) = (free(), free());
    (a.local_addr().unwrap(), b.local_addr().unwrap())
}

#[test]
fn beats_carry_the_state_and_marks_of_the_other_node() {
    let (here, there) = addresses(1);
    let (mut a, b) = (Node::start(1, here, there), Node::start(2, there, here));
    a.until(|heard| heard.beat.role == Role::Starting && heard.beat.node == 2);
    b.pulse.set_reign(7, Role::Primary);
    b.pulse.set_position(LogIndex(99));
    let said = |beat: &Beat| (beat.epoch, beat.role, beat.position);
    a.until(|heard| said(&heard.beat) == (7, Role::Primary, LogIndex(99)));
    let marks = Bytes::from(vec![3; 5000]);
    assert!(b.pulse.set_marks(&marks));
    a.until(|heard| heard.marks == marks);
    // Of all these beats two were events: the first, and the one that told of the role.
    let mut roles = Vec::new();
    while let Ok(event) = a.events.try_recv() {
        if let Event::PeerChanged(_, beat) = event {
            roles.push(beat.role);
        }
    }
    assert_eq!(roles, [Role::Starting, Role::Primary]);
}

#[test]
fn beats_of_a_settled_pair_wait_and_keep_the_time_of_their_arrival() {
    let (here, there) = addresses(6);
    let (a, mut b) = (Node::start(1, here, there), Node::start(2, there, here));
    a.pulse.set_reign(1, Role::Primary);
    b.pulse.set_reign(1, Role::Backup);
    a.until(|heard| heard.beat.role == Role::Backup);
    b.until(|heard| heard.beat.role == Role::Primary);
    // Nobody looks at once, and every beat is as old as it is.
    let ages = |node: &Node| {
        let heard = node.heartbeat.last().unwrap();
        node.pulse.now().since(heard.at)
    };
    let oldest = (0..200).map(|_| {
        std::thread::sleep(Duration::from_millis(1));
        ages(&a)
    });
    assert!(oldest.max().unwrap() >= PERIOD / 2);
    b.heartbeat.heard();
    // The end of one process still wakes the other.
    drop(a);
    assert_eq!(b.change(), Event::PeerRefused);
}

#[test]
fn a_process_that_is_gone_is_refused_then_dead_then_back() {
    let (here, there) = addresses(2);
    let mut a = Node::start(1, here, there);
    let b = Node::start(2, there, here);
    a.until(|_| true);
    b.until(|_| true);
    drop(b);
    assert_eq!(a.change(), Event::PeerRefused);
    a.heartbeat.probe_now();
    // Said again because it was asked for; silence takes longer.
    assert_eq!(a.change(), Event::PeerRefused);
    let Event::PeerDead { silence } = a.change() else {
        panic!("not dead");
    };
    assert!(silence.unwrap() >= PERIOD * MISSES);
    let _b = Node::start(2, there, here);
    assert_eq!(a.change(), Event::PeerBack);
}

#[test]
fn silence_is_death_but_no_refusal() {
    let (here, there) = addresses(3);
    // It listens and says nothing.
    let silent = UdpSocket::bind(there).unwrap();
    let mut a = Node::start(1, here, there);
    let Event::PeerDead { silence: None } = a.change() else {
        panic!("not dead");
    };
    drop(silent);
    assert_eq!(a.change(), Event::PeerRefused);
}

#[test]
fn a_process_that_stood_still_says_so_and_sends_nothing_more() {
    let (here, there) = addresses(4);
    let peer = UdpSocket::bind(there).unwrap();
    peer.set_read_timeout(Some(LONG)).unwrap();
    // No turn comes within a nanosecond of the last.
    let pulse = Arc::new(Pulse::new(Duration::from_nanos(1)));
    let (stopped, lost) = std::sync::mpsc::channel();
    let on_stopped = move |lost| stopped.send(lost).unwrap();
    let (sender, _events) = unbounded_channel();
    let config = config(1, here, there);
    let heartbeat = Heartbeat::start(
        config,
        key(),
        pulse.clone(),
        now,
        |_, _| {},
        on_stopped,
        sender,
    )
    .unwrap();
    let mut datagram = [0; DATAGRAM_OCTETS_MAX];
    for _ in 0..3 {
        peer.recv(&mut datagram).unwrap();
    }
    // Now somebody else could have taken over.
    pulse.set_duplex(true);
    lost.recv().unwrap();
    let noticed = now();
    assert!(!pulse.reign_valid());
    std::thread::sleep(PERIOD * 3);
    // It waits for the end of the thread.
    drop(heartbeat);
    peer.set_nonblocking(true).unwrap();
    let mut ear = Ear::new(key(), 2, 0);
    while let Ok(octets) = peer.recv(&mut datagram) {
        let refusal = ear.open(now(), &datagram[..octets], 0);
        assert_eq!(refusal, Err(Refusal::Unproven));
        let sent = ear.echo(now()).unwrap().sent;
        assert!(sent < noticed, "a beat after the stop");
    }
}

#[test]
fn setting_the_clock_of_the_service_is_neither_a_stop_nor_a_hang() {
    let (here, there) = addresses(5);
    let peer = UdpSocket::bind(there).unwrap();
    peer.set_read_timeout(Some(LONG)).unwrap();
    let pulse = Arc::new(Pulse::new(LONG));
    pulse.set_duplex(true);
    let _loop = pulse.watch("core");
    let set = Arc::new(AtomicBool::new(false));
    let ahead = set.clone();
    let clock = move || match ahead.load(Ordering::SeqCst) {
        false => now(),
        true => now() + LONG * 100,
    };
    let stopped = |lost| panic!("stopped for {lost:?}");
    let (sender, mut events) = unbounded_channel();
    let config = config(1, here, there);
    let _heartbeat =
        Heartbeat::start(config, key(), pulse, clock, |_, _| {}, stopped, sender).unwrap();
    let mut datagram = [0; DATAGRAM_OCTETS_MAX];
    let mut ear = Ear::new(key(), 2, 0);
    let mut sent = || {
        let octets = peer.recv(&mut datagram).unwrap();
        let _unproven = ear.open(now(), &datagram[..octets], 0);
        ear.echo(now()).unwrap().sent
    };
    assert!(sent() < now() + LONG);
    set.store(true, Ordering::SeqCst);
    while sent() < now() + LONG {}
    // It goes on beating, in the new time, and the peer's silence is as long as it was.
    assert!(sent() > now() + LONG);
    assert!(events.try_recv().is_err());
}
