//! Strangers on real sockets, while two terminals talk.

use mcu_tests::conference::captured_setup;
use mcu_tests::real::{call, serve_while};
use nix::sys::resource::{Resource, getrlimit};
use std::io::Write;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

/// Connections wanted; both ends are in this process, which may not have so many files.
const CONNECTIONS: u64 = 10_000;
/// Files that the rest of the test needs.
const FILES_SPARED: u64 = 1000;
/// What the strangers may make the process hold, octets.
const MEMORY_MAX: u64 = 300 << 20;

#[test]
fn running_calls_notice_nothing_of_strangers() {
    let address = SocketAddr::from(([127, 0, 8, 1], 17_201));
    let ((reports, grown), _) = serve_while(address, 43_000, move || {
        let talking = std::thread::spawn(move || {
            call(
                address,
                [127, 0, 8, 2],
                "room --count 2 --sender 1 --duration 12 --video h261-qcif",
            )
        });
        std::thread::sleep(Duration::from_secs(2));
        let before = resident_octets();
        let noise = std::thread::spawn(media_noise);
        attack(address);
        let grown = resident_octets().saturating_sub(before);
        noise.join().unwrap();
        (talking.join().unwrap(), grown)
    });
    for report in &reports {
        let media = &report.media;
        assert!(report.call.completed, "{:?}", report.call);
        let stream = &media.sound.stream;
        assert!(stream.lost * 100 <= stream.packets as i64, "{stream:?}");
        assert!(
            media.sound.heard.iter().any(|heard| heard.fraction > 0.9),
            "{:?}",
            media.sound
        );
        assert_eq!(media.pictures.seen.len(), 2, "{:?}", media.pictures);
    }
    assert!(grown < MEMORY_MAX, "{} MiB more", grown >> 20);
}

/// Connections that are silent, send half a packet, noise, or Setup after Setup.
fn attack(address: SocketAddr) {
    let (files, _) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    let count = CONNECTIONS.min(files.saturating_sub(FILES_SPARED) / 2);
    println!("{count} connections");
    let silent: Vec<TcpStream> = (0..count)
        .filter_map(|_| TcpStream::connect(address).ok())
        .collect();
    assert!(
        silent.len() as u64 > count / 2,
        "the strangers get nowhere: {}",
        silent.len()
    );
    let setup = captured_setup();
    let noise: Vec<u8> = (0..65_536u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 11) as u8)
        .collect();
    for n in 0..1500 {
        let Ok(mut stranger) = TcpStream::connect(address) else {
            continue;
        };
        // The server may well close in the middle.
        let _ = match n % 10 {
            0 => stranger.write_all(&setup[..100]),
            1 => stranger.write_all(&noise),
            _ => stranger.write_all(&setup),
        };
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A thousand packets a second on the first call's media ports, for five seconds.
fn media_noise() {
    let socket = UdpSocket::bind("127.0.8.9:0").unwrap();
    for n in 0..5000u32 {
        let packet: Vec<u8> = (0..200)
            .map(|at| (n.wrapping_mul(at + 7) >> 3) as u8 | 0x80)
            .collect();
        let _ = socket.send_to(&packet, ("127.0.8.1", 43_000 + (n % 4) as u16));
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn resident_octets() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        * 4096
}
