use super::*;
use crate::heartbeat::seal::DATAGRAM_OCTETS_MAX;
use crate::heartbeat::{Ear, Role};
use base::LogIndex;
use bytes::Bytes;
use std::net::Ipv4Addr;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const PERIOD: Duration = Duration::from_millis(20);
/// Enough for the order of events to hold on a busy machine.
const MISSES: u32 = 50;
const RHYTHM: Rhythm = Rhythm {
    period: PERIOD,
    misses: MISSES,
};
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
        let pulse = Arc::new(Pulse::new(RHYTHM));
        let (sender, events) = unbounded_channel();
        let heartbeat =
            Heartbeat::start(config, key(), pulse.clone(), now, |_, _| {}, sender).unwrap();
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
        boot: boot().unwrap(),
        own,
        peer_node: 3 - node,
        peer,
        shares_port: false,
        rhythm: RHYTHM,
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
    assert!(matches!(a.change(), Event::News(News::Unheard(_))));
    assert_eq!(a.change(), Event::News(News::Silent));
    let _b = Node::start(2, there, here);
    let back = [a.change(), a.change()];
    assert!(back.contains(&Event::News(News::Back)), "{back:?}");
}

#[test]
fn a_process_that_says_nothing_is_not_refused() {
    let (here, there) = addresses(3);
    // It listens and says nothing.
    let silent = UdpSocket::bind(there).unwrap();
    let mut a = Node::start(1, here, there);
    assert_eq!(a.change(), Event::News(News::Silent));
    drop(silent);
    assert_eq!(a.change(), Event::PeerRefused);
}

#[test]
fn a_primary_that_is_not_heard_loses_its_right_and_gets_it_back() {
    let (here, there) = addresses(4);
    let (mut a, b) = (Node::start(1, here, there), Node::start(2, there, here));
    a.until(|_| true);
    a.pulse.pair_with(2, a.heartbeat.heard_us());
    assert!(a.pulse.reign_valid());
    b.pulse.set_echoes(false);
    let Event::News(News::Unheard(at)) = a.change() else {
        panic!("it is heard");
    };
    while a.pulse.reign_valid() {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(a.pulse.now() >= at + RHYTHM.right());
    b.pulse.set_echoes(true);
    assert_eq!(a.change(), Event::News(News::HearsUs));
    assert!(a.pulse.reign_valid());
}

#[test]
fn setting_the_clock_of_the_service_is_neither_a_stop_nor_a_hang() {
    let (here, there) = addresses(5);
    let peer = UdpSocket::bind(there).unwrap();
    peer.set_read_timeout(Some(LONG)).unwrap();
    let pulse = Arc::new(Pulse::new(RHYTHM));
    let _loop = pulse.watch("core");
    let set = Arc::new(AtomicBool::new(false));
    let ahead = set.clone();
    let clock = move || match ahead.load(Ordering::SeqCst) {
        false => now(),
        true => now() + LONG * 100,
    };
    let (sender, mut events) = unbounded_channel();
    let config = config(1, here, there);
    let _heartbeat = Heartbeat::start(config, key(), pulse, clock, |_, _| {}, sender).unwrap();
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
