//! TCP connections change their kernel's socket, and frames are passed on, between real sockets in a
//! network namespace of this test's own.
#![expect(
    clippy::disallowed_methods,
    reason = "it measures real system calls with the real clock"
)]

use bytes::Bytes;
use nix::sched::{CloneFlags, unshare};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use replication::os::mac::Mac;
use replication::os::packet_socket::{BUFFER_OCTETS, PacketSocket, mac_of};
use replication::os::tcp_repair::{capture, close_silently, negotiated, restore};
use socket2::{Domain, Socket, Type};
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

const SERVICE: &str = "127.0.0.2:1720";
const MARK: u32 = 0xc1;
/// No read waits longer: a lost octet is a failure and not a hang.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() {
    if let Err(why) = isolate() {
        println!("skipped: no user and network namespace here: {why}");
        return;
    }
    // A thread that fails would leave the others waiting for it.
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        std::process::exit(1);
    }));
    ip("link set lo up");
    let tests: [(&str, fn()); 11] = [
        ("streams go on", streams_go_on),
        ("a full send queue goes on", a_full_send_queue_goes_on),
        (
            "half of a buffer is acknowledged",
            half_of_a_buffer_is_acknowledged,
        ),
        ("an address moves", an_address_moves),
        ("our end is finished", our_end_is_finished),
        ("the client's end is finished", the_clients_end_is_finished),
        ("a listener comes back", a_listener_comes_back),
        ("closing silently is silent", closing_silently_is_silent),
        ("captures under traffic", captures_under_traffic),
        ("many beside a listener", many_beside_a_listener),
        ("frames are passed on", frames_are_passed_on),
    ];
    let only = std::env::args()
        .nth(1)
        .filter(|word| !word.starts_with('-'));
    for (name, test) in tests {
        if only
            .as_ref()
            .is_none_or(|word| name.contains(word.as_str()))
        {
            test();
            println!("ok: {name}");
        }
    }
}

/// The same ends, another socket: both streams are whole, whatever was agreed in the handshake and
/// whatever this kernel would agree on.
fn streams_go_on() {
    const SETTINGS: [&str; 3] = ["tcp_timestamps", "tcp_sack", "tcp_window_scaling"];
    for agreed in 0..8 {
        let set = |values: u32| {
            for (bit, setting) in SETTINGS.iter().enumerate() {
                let path = format!("/proc/sys/net/ipv4/{setting}");
                std::fs::write(path, format!("{}", values >> bit & 1)).expect("sysctl");
            }
        };
        for kernel in [agreed, !agreed] {
            set(agreed);
            let (_listener, mut client, server) = connection();
            let first = negotiated(server.as_fd()).expect("negotiated");
            assert_eq!(first.timestamp.is_some(), agreed & 1 != 0);
            assert_eq!(first.sack, agreed & 2 != 0);
            assert_eq!(first.scales.is_some(), agreed & 4 != 0);
            let other_end = negotiated(client.as_fd()).expect("negotiated");
            assert_eq!(other_end.send_start, first.receive_start);
            assert_eq!(other_end.receive_start, first.send_start);
            set(kernel);
            go_on_in_the_middle(&mut client, server, first.send_start, first.receive_start);
        }
    }
    for setting in SETTINGS {
        std::fs::write(format!("/proc/sys/net/ipv4/{setting}"), "1").expect("sysctl");
    }
}

fn go_on_in_the_middle(
    client: &mut TcpStream,
    mut server: TcpStream,
    send_start: u32,
    receive_start: u32,
) {
    client.write_all(&pattern(0, 1000)).expect("write");
    expect(&mut server, 0, 400);
    server.write_all(&pattern(0, 300)).expect("write");
    expect(client, 0, 300);

    let captured = capture(server.as_fd()).expect("capture");
    assert_eq!(captured.unread, pattern(400, 600));
    let mut restoration = captured.restoration;
    assert_eq!(restoration.negotiated.send_start, send_start);
    assert_eq!(restoration.negotiated.receive_start, receive_start);
    assert_eq!(
        restoration.send_unacknowledged,
        send_start.wrapping_add(300)
    );
    assert_eq!(restoration.receive_next, receive_start.wrapping_add(1000));
    assert!(restoration.pending.is_empty() && !restoration.finished);
    close_silently(server).expect("close");

    // The backup has missed an acknowledgement and 10 octets; the core had more to say.
    restoration.send_unacknowledged = restoration.send_unacknowledged.wrapping_sub(50);
    restoration.pending = vec![pattern(250, 40), pattern(290, 80)];
    restoration.receive_next = restoration.receive_next.wrapping_sub(10);
    let mut restored = restore(&restoration, MARK).expect("restore");
    restored.receive_more(&pattern(990, 10)).expect("receive");
    let start = Instant::now();
    let mut server = restored.go_on().expect("go on");
    server.set_nonblocking(false).expect("blocking");
    expect(client, 300, 70);
    assert!(start.elapsed() < Duration::from_millis(150), "it waited");
    expect(&mut server, 990, 10);
    let same = server.try_clone().expect("clone");
    both_ways(client, server, 1000, 370);

    // Our clock went on from where it was, in the same unit.
    let clock = negotiated(same.as_fd()).expect("negotiated").timestamp;
    assert_eq!(clock.is_some(), restoration.negotiated.timestamp.is_some());
    if let (Some(before), Some(now)) = (restoration.negotiated.timestamp, clock) {
        let passed = u128::from(now.wrapping_sub(before));
        assert!(
            passed <= start.elapsed().as_millis() + 100,
            "{passed} ticks"
        );
    }
}

/// More than may be sent at once, to a client that does not read.
fn a_full_send_queue_goes_on() {
    let (_listener, mut client, mut server) = connection();
    server.set_nonblocking(true).expect("nonblocking");
    let mut written = 0;
    while written < 8_000_000 {
        match server.write(&pattern(written, 50_000)) {
            Ok(octets) => written += octets,
            Err(_) => break,
        }
    }
    // The kernel may have sent part of a buffer since.
    let mut restoration = capture(server.as_fd()).expect("capture").restoration;
    let pending = restoration.pending.concat();
    assert!(pending.len() > 100_000, "only {} pending", pending.len());
    assert_eq!(pending, pattern(written - pending.len(), pending.len()));
    // A core that is replicated does not write so far ahead: the kernel's own limit is enough here.
    let end = pending.len().min(300_000);
    let acknowledged = written - pending.len();
    restoration.pending = vec![pattern(acknowledged, end)];
    close_silently(server).expect("close");
    let server = restore(&restoration, MARK).expect("restore").go_on();
    let server = server.expect("go on");
    server.set_nonblocking(false).expect("blocking");
    let start = Instant::now();
    expect(&mut client, 0, acknowledged + end);
    println!(
        "  {end} octets pending, {acknowledged} unread: all there after {:?}",
        start.elapsed()
    );
    both_ways(&mut client, server, 0, acknowledged + end);
}

/// The client has half of what is queued as sent, and says so when it hears the window probe.
fn half_of_a_buffer_is_acknowledged() {
    let (_listener, mut client, mut server) = connection();
    server.write_all(&pattern(0, 300)).expect("write");
    expect(&mut client, 0, 300);
    let mut restoration = capture(server.as_fd()).expect("capture").restoration;
    let end = restoration.send_unacknowledged;
    close_silently(server).expect("close");
    restoration.send_unacknowledged = end.wrapping_sub(50);
    restoration.pending = vec![pattern(250, 120)];
    restoration.send_window = 0;
    let server = restore(&restoration, MARK).expect("restore").go_on();
    let server = server.expect("go on");
    let start = Instant::now();
    let captured = loop {
        let captured = capture(server.as_fd()).expect("capture").restoration;
        if captured.send_unacknowledged == end {
            break captured;
        }
        assert!(start.elapsed() < PATIENCE, "no answer to the window probe");
    };
    assert_eq!(captured.pending.concat(), pattern(300, 70));
    server.set_nonblocking(false).expect("blocking");
    expect(&mut client, 300, 70);
    both_ways(&mut client, server, 0, 370);
}

/// The socket is made before the address comes, IPv4 and IPv6.
fn an_address_moves() {
    for (service, address) in [
        ("10.99.0.1:1720", "10.99.0.1/32"),
        ("[fd00::1]:1720", "fd00::1/128"),
    ] {
        // Without it an IPv6 address is of no use before the kernel has come to look for duplicates.
        let nodad = if service.starts_with('[') {
            " nodad"
        } else {
            ""
        };
        let add = format!("addr add {address} dev lo{nodad}");
        ip(&add);
        let (listener, mut client, server) = connection_to(service);
        client.write_all(&pattern(0, 100)).expect("write");
        let captured = capture(server.as_fd()).expect("capture");
        assert_eq!(captured.unread, pattern(0, 100));
        close_silently(server).expect("close");
        drop(listener);
        ip(&format!("addr del {address} dev lo"));
        let restored = restore(&captured.restoration, MARK).expect("restore");
        ip(&add);
        let server = restored.go_on().expect("go on");
        server.set_nonblocking(false).expect("blocking");
        both_ways(&mut client, server, 100, 0);
    }
}

/// Our FIN: told to the new socket, or already gone.
fn our_end_is_finished() {
    for sent in [false, true] {
        let (_listener, mut client, mut server) = connection();
        server.write_all(&pattern(0, 100)).expect("write");
        expect(&mut client, 0, 100);
        if sent {
            server.shutdown(Shutdown::Write).expect("shutdown");
            assert_eq!(client.read(&mut [0; 1]).expect("read"), 0);
        }
        let mut restoration = capture(server.as_fd()).expect("capture").restoration;
        assert_eq!(restoration.finished, sent);
        let start = restoration.negotiated.send_start;
        assert_eq!(restoration.send_unacknowledged, start.wrapping_add(100));
        if !sent {
            restoration.finished = true;
            restoration.pending = vec![pattern(100, 20)];
        }
        close_silently(server).expect("close");
        let server = restore(&restoration, MARK).expect("restore").go_on();
        let mut server = server.expect("go on");
        server.set_nonblocking(false).expect("blocking");
        if !sent {
            expect(&mut client, 100, 20);
        }
        assert_eq!(client.read(&mut [0; 1]).expect("read"), 0);
        client.write_all(&pattern(0, 5000)).expect("write");
        expect(&mut server, 0, 5000);
    }
}

/// The client's FIN is behind us; it still hears us.
fn the_clients_end_is_finished() {
    let (_listener, mut client, mut server) = connection();
    client.write_all(&pattern(0, 10)).expect("write");
    client.shutdown(Shutdown::Write).expect("shutdown");
    let mut all = Vec::new();
    server.read_to_end(&mut all).expect("read");
    let restoration = capture(server.as_fd()).expect("capture").restoration;
    let start = restoration.negotiated.receive_start;
    assert_eq!(restoration.receive_next, start.wrapping_add(11));
    close_silently(server).expect("close");
    let server = restore(&restoration, MARK).expect("restore").go_on();
    let mut server = server.expect("go on");
    server.set_nonblocking(false).expect("blocking");
    server.write_all(&pattern(0, 100_000)).expect("write");
    expect(&mut client, 0, 100_000);
    drop(server);
    assert_eq!(client.read(&mut [0; 1]).expect("read"), 0);
}

/// Connections that were in repair mode do not keep a listener from their port.
fn a_listener_comes_back() {
    let (listener, _client, server) = connection();
    let (second_client, (second, _)) = (
        TcpStream::connect(SERVICE).expect("connect"),
        listener.accept().expect("accept"),
    );
    negotiated(second.as_fd()).expect("negotiated");
    let restoration = capture(server.as_fd()).expect("capture").restoration;
    close_silently(server).expect("close");
    let _restored = restore(&restoration, MARK).expect("restore").go_on();
    drop(listener);
    TcpListener::bind(SERVICE).expect("bind again");
    drop(second_client);
}

fn closing_silently_is_silent() {
    let open = |destinations: &[IpAddr]| PacketSocket::open("lo", destinations).expect("socket");
    let frames = open(&[Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    let others: [&[IpAddr]; 2] = [
        &[],
        &[
            Ipv4Addr::new(127, 0, 0, 3).into(),
            Ipv6Addr::from_bits(1 << 96 | 1).into(),
        ],
    ];
    let others = others.map(open);
    let mut buffer = vec![0; BUFFER_OCTETS];
    let quiet = Duration::from_millis(100);
    for (service, silently) in [
        (SERVICE, true),
        (SERVICE, false),
        ("[::1]:1720", true),
        ("[::1]:1720", false),
    ] {
        let (_listener, mut client, server) = connection_to(service);
        client
            .write_all(b"unread: a close would be a reset")
            .expect("write");
        while frames
            .receive(&mut buffer, quiet)
            .expect("receive")
            .is_some()
        {}
        match silently {
            true => close_silently(server).expect("close"),
            false => drop(server),
        }
        let heard = frames.receive(&mut buffer, quiet).expect("receive");
        assert_eq!(heard.is_some(), !silently);
        assert_eq!(negotiated(client.as_fd()).is_ok(), silently);
    }
    for other in others {
        let heard = other.receive(&mut buffer, Duration::ZERO);
        assert!(heard.expect("receive").is_none(), "not for these addresses");
    }
}

fn captures_under_traffic() {
    const CAPTURES: u32 = 1000;
    let (_listener, client, mut server) = connection();
    let first = negotiated(server.as_fd()).expect("negotiated");
    let over = Arc::new(AtomicBool::new(false));
    let (mut writer, stop) = (client.try_clone().expect("clone"), over.clone());
    let writer = std::thread::spawn(move || {
        let mut written = 0;
        while !stop.load(Ordering::Relaxed) {
            writer.write_all(&pattern(written, 3000)).expect("write");
            written += 3000;
        }
        writer.shutdown(Shutdown::Write).expect("shutdown");
        written
    });
    let mut reader = client;
    let reader = std::thread::spawn(move || read_all(&mut reader));

    let mut echoed = 0;
    let (mut slowest, mut total) = (Duration::ZERO, Duration::ZERO);
    let (mut unread, mut pending) = (0, 0);
    let mut buffer = vec![0; 10_000];
    for _ in 0..CAPTURES {
        for _ in 0..5 {
            let octets = server.read(&mut buffer).expect("read");
            server.write_all(&buffer[..octets]).expect("write");
            echoed += octets;
        }
        let start = Instant::now();
        let captured = capture(server.as_fd()).expect("capture");
        slowest = slowest.max(start.elapsed());
        total += start.elapsed();
        let restoration = captured.restoration;
        assert_eq!(captured.unread, pattern(echoed, captured.unread.len()));
        let received = restoration.receive_next.wrapping_sub(first.receive_start);
        assert_eq!(received as usize, echoed + captured.unread.len());
        let waiting = restoration.pending.concat();
        assert_eq!(waiting, pattern(echoed - waiting.len(), waiting.len()));
        let sent = restoration
            .send_unacknowledged
            .wrapping_sub(first.send_start);
        assert_eq!(sent as usize + waiting.len(), echoed);
        unread += usize::from(!captured.unread.is_empty());
        pending += usize::from(!waiting.is_empty());
    }
    over.store(true, Ordering::Relaxed);
    loop {
        let octets = server.read(&mut buffer).expect("read");
        if octets == 0 {
            break;
        }
        server.write_all(&buffer[..octets]).expect("write");
    }
    drop(server);
    let written = writer.join().expect("writer");
    assert_eq!(reader.join().expect("reader"), written);
    assert!(unread > 0, "nothing was ever unread");
    println!(
        "  {CAPTURES} captures, {unread} with unread and {pending} with pending octets, \
         {written} octets echoed: {:?} each, slowest {slowest:?}",
        total / CAPTURES
    );
}

fn many_beside_a_listener() {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("limit");
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).expect("limit");
    let count = ((hard.saturating_sub(100) / 2) as usize).min(10_000);
    let listener = TcpListener::bind(SERVICE).expect("listen");
    let (mut clients, mut servers) = (Vec::new(), Vec::new());
    for _ in 0..count {
        clients.push(TcpStream::connect(SERVICE).expect("connect"));
        servers.push(listener.accept().expect("accept").0);
    }
    let each = |start: Instant| start.elapsed() / count as u32;

    let start = Instant::now();
    for server in &servers {
        negotiated(server.as_fd()).expect("negotiated");
    }
    let reading = each(start);
    let start = Instant::now();
    let restorations: Vec<_> = servers
        .iter()
        .map(|server| {
            let mut restoration = capture(server.as_fd()).expect("capture").restoration;
            restoration.pending = vec![pattern(0, 100)];
            restoration
        })
        .collect();
    let capturing = each(start);
    let start = Instant::now();
    for server in servers {
        close_silently(server).expect("close");
    }
    let closing = each(start);
    let start = Instant::now();
    let restored: Vec<_> = restorations
        .iter()
        .map(|restoration| restore(restoration, MARK).expect("restore"))
        .collect();
    let restoring = each(start);
    let start = Instant::now();
    let servers: Vec<_> = restored
        .into_iter()
        .map(|restored| restored.go_on().expect("go on"))
        .collect();
    println!(
        "  {count} connections: negotiated {reading:?}, capture {capturing:?}, close {closing:?}, \
         restore {restoring:?}, go on with 100 octets pending {:?} each",
        each(start)
    );
    for (client, mut server) in clients.iter_mut().zip(servers) {
        server.set_nonblocking(false).expect("blocking");
        client.set_read_timeout(Some(PATIENCE)).expect("timeout");
        expect(client, 0, 100);
        client.write_all(&pattern(0, 10)).expect("write");
        expect(&mut server, 0, 10);
    }
    // The listener still takes others.
    let _another = TcpStream::connect(SERVICE).expect("connect");
    listener.accept().expect("accept");
}

/// A LAN of three hosts: what the client sends to the service goes through the tap of the backup to
/// the primary, which answers directly.
fn frames_are_passed_on() {
    const OCTETS: usize = 20_000_000;
    const SERVICE_HOST: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 100);
    ip("link add br0 type bridge");
    ip("link set br0 up");
    let (primary_ready, primary_mac) = channel::<Mac>();
    let (backup_ready, backup_mac) = channel::<Mac>();
    let over = Arc::new(AtomicBool::new(false));
    let stop = over.clone();

    let primary = host("pri", move || {
        ip("addr add 10.9.0.2/24 dev eth0");
        ip("addr add 10.9.0.100/32 dev lo");
        let listener = TcpListener::bind((SERVICE_HOST, 1720)).expect("listen");
        let own = mac_of("eth0").expect("mac");
        primary_ready.send(own).expect("send");
        let (mut server, _) = listener.accept().expect("accept");
        assert_eq!(read_all(&mut server), OCTETS);
        server.write_all(&pattern(0, OCTETS)).expect("write");
    });
    let backup = host("bak", move || {
        let to = primary_mac.recv().expect("receive");
        let tap = PacketSocket::open("eth0", &[IpAddr::V4(SERVICE_HOST)]).expect("tap");
        backup_ready.send(tap.mac()).expect("send");
        let mut buffer = vec![0; BUFFER_OCTETS];
        let (mut frames, mut long, mut vouched, mut congested) = (0, 0, 0, 0);
        while !stop.load(Ordering::Relaxed) {
            let waiting = Duration::from_millis(50);
            let Some(mut frame) = tap.receive(&mut buffer, waiting).expect("receive") else {
                continue;
            };
            assert_eq!(&frame.octets()[..6], &tap.mac().0);
            assert_eq!(&frame.octets()[30..34], &SERVICE_HOST.octets());
            frames += 1;
            long += usize::from(frame.octets().len() > 1514);
            vouched += usize::from(frame.checksum_vouched());
            if tap.forward(&mut frame, to).is_err() {
                congested += 1;
            }
            assert_eq!(&frame.octets()[..6], &to.0);
            assert_eq!(&frame.octets()[6..12], &tap.mac().0);
        }
        println!("  {frames} frames passed on, {long} beyond the MTU, {congested} refused");
        assert!(long > 100, "segmentation offload was not used");
        assert_eq!(vouched, frames);
    });
    let client = host("cli", move || {
        ip("addr add 10.9.0.1/24 dev eth0");
        let backup = backup_mac.recv().expect("receive");
        ip(&format!("neigh add 10.9.0.100 lladdr {backup} dev eth0"));
        let mut client = TcpStream::connect((SERVICE_HOST, 1720)).expect("connect");
        let start = Instant::now();
        client.write_all(&pattern(0, OCTETS)).expect("write");
        client.shutdown(Shutdown::Write).expect("shutdown");
        expect(&mut client, 0, OCTETS);
        let took = start.elapsed();
        println!("  {OCTETS} octets through the tap and as many back: {took:?}");
    });
    client.join().expect("client");
    primary.join().expect("primary");
    over.store(true, Ordering::Relaxed);
    backup.join().expect("backup");
}

/// A thread in a network namespace of its own, with an interface `eth0` on the bridge.
fn host(name: &str, job: impl FnOnce() + Send + 'static) -> std::thread::JoinHandle<()> {
    let (born, id): (Sender<nix::unistd::Pid>, Receiver<_>) = channel();
    let (connected, wait) = channel();
    let thread = std::thread::spawn(move || {
        unshare(CloneFlags::CLONE_NEWNET).expect("a namespace in the namespace");
        born.send(nix::unistd::gettid()).expect("send");
        wait.recv().expect("receive");
        ip("link set lo up");
        ip("link set eth0 up");
        job();
    });
    let id = id.recv().expect("receive");
    ip(&format!(
        "link add {name} type veth peer name eth0 netns {id}"
    ));
    ip(&format!("link set {name} master br0 up"));
    connected.send(()).expect("send");
    thread
}

/// A listener, and both ends of a connection to it.
fn connection() -> (TcpListener, TcpStream, TcpStream) {
    connection_to(SERVICE)
}

fn connection_to(service: &str) -> (TcpListener, TcpStream, TcpStream) {
    let listener = TcpListener::bind(service).expect("listen");
    let service: SocketAddr = service.parse().expect("address");
    let own: IpAddr = match service {
        SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let client = Socket::new(Domain::for_address(service), Type::STREAM, None).expect("socket");
    client.bind(&SocketAddr::new(own, 0).into()).expect("bind");
    client.connect(&service.into()).expect("connect");
    let client = TcpStream::from(client);
    let (server, _) = listener.accept().expect("accept");
    for end in [&client, &server] {
        end.set_read_timeout(Some(PATIENCE)).expect("timeout");
        end.set_write_timeout(Some(PATIENCE)).expect("timeout");
    }
    (listener, client, server)
}

/// Both directions carry a megabyte more, at once, and end in order.
fn both_ways(client: &mut TcpStream, server: TcpStream, to_server: usize, to_client: usize) {
    const OCTETS: usize = 1_000_000;
    server.set_read_timeout(Some(PATIENCE)).expect("timeout");
    let (mut from, mut to) = (server.try_clone().expect("clone"), server);
    let reading = std::thread::spawn(move || expect(&mut from, to_server, OCTETS));
    let writing = std::thread::spawn(move || {
        to.write_all(&pattern(to_client, OCTETS)).expect("write");
        to.shutdown(Shutdown::Write).expect("shutdown");
    });
    let mut client_to = client.try_clone().expect("clone");
    let sending = std::thread::spawn(move || {
        client_to
            .write_all(&pattern(to_server, OCTETS))
            .expect("write");
    });
    expect(client, to_client, OCTETS);
    assert_eq!(client.read(&mut [0; 1]).expect("read"), 0);
    for thread in [reading, writing, sending] {
        thread.join().expect("thread");
    }
}

/// The octets of every stream, from an offset.
fn pattern(from: usize, octets: usize) -> Bytes {
    (from..from + octets)
        .map(|at| (at ^ at >> 8 ^ at >> 16) as u8)
        .collect()
}

/// Reads octets that must be the stream's from that offset on.
fn expect(stream: &mut TcpStream, from: usize, octets: usize) {
    let mut read = vec![0; octets];
    stream.read_exact(&mut read).expect("octets in time");
    assert!(read == pattern(from, octets), "other octets than were sent");
}

/// Reads the whole stream, which must be in order; how many octets.
fn read_all(stream: &mut TcpStream) -> usize {
    let mut buffer = vec![0; 100_000];
    let mut at = 0;
    loop {
        match stream.read(&mut buffer).expect("read") {
            0 => return at,
            octets => {
                assert!(buffer[..octets] == pattern(at, octets), "at {at}");
                at += octets;
            }
        }
    }
}

/// A user and network namespace for this process.
fn isolate() -> std::io::Result<()> {
    let (uid, gid) = (nix::unistd::getuid(), nix::unistd::getgid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)?;
    std::fs::write("/proc/self/setgroups", "deny")?;
    std::fs::write("/proc/self/uid_map", format!("0 {uid} 1"))?;
    std::fs::write("/proc/self/gid_map", format!("0 {gid} 1"))
}

fn ip(arguments: &str) {
    let status = Command::new("ip").args(arguments.split(' ')).status();
    let status = status.expect("the program ip (package iproute2) is needed");
    assert!(status.success(), "ip {arguments} failed");
}
