//! The connection between the nodes, on loopback.

use replication::link::{Acceptor, Ended, FRAME_OCTETS_MAX, Link, PairKey, connect};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Record {
    index: u64,
    octets: Vec<u8>,
}

async fn acceptor(key: &PairKey) -> (Acceptor, SocketAddr) {
    let acceptor = Acceptor::bind((HERE, 0).into(), key).await.unwrap();
    let address = acceptor.address().unwrap();
    (acceptor, address)
}

async fn pair() -> (Link, Link) {
    let key = PairKey::generate().unwrap();
    let (mut acceptor, address) = acceptor(&key).await;
    let (accepted, connected) = tokio::join!(acceptor.accept(), connect(HERE, address, &key));
    (accepted, connected.unwrap())
}

fn scratch(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("pair-key-{}-{name}", std::process::id()))
}

#[test]
fn the_key_file_is_private_kept_and_read_back() {
    let path = scratch("file");
    let key = PairKey::generate().unwrap();
    key.write(&path, false).unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let tag = |key: &PairKey| {
        ring::hmac::sign(&key.heartbeat_key(), b"x")
            .as_ref()
            .to_vec()
    };
    assert_eq!(tag(&PairKey::load(&path).unwrap()), tag(&key));

    let other = PairKey::generate().unwrap();
    let error = other.write(&path, false).unwrap_err().to_string();
    assert!(error.contains("exists already"), "{error}");
    assert_eq!(tag(&PairKey::load(&path).unwrap()), tag(&key));
    other.write(&path, true).unwrap();
    assert_eq!(tag(&PairKey::load(&path).unwrap()), tag(&other));
    assert_ne!(tag(&other), tag(&key));
    assert_eq!(format!("{other:?}"), "PairKey(hidden)");
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn a_file_that_is_no_pair_key_is_named_with_what_to_do() {
    let path = scratch("bad");
    let error = |path| PairKey::load(path).unwrap_err().to_string();
    let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode));
    assert!(error(&path).contains("keygen"));
    PairKey::generate().unwrap().write(&path, false).unwrap();
    mode(0o644).unwrap();
    assert!(error(&path).contains("chmod 600"));

    mode(0o600).unwrap();
    let mine = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, "not a key").unwrap();
    assert!(error(&path).contains("not a pair key"));

    // The certificate of one pair with the private key of another.
    PairKey::generate().unwrap().write(&path, true).unwrap();
    let other = std::fs::read_to_string(&path).unwrap();
    let at = "-----BEGIN PRIVATE KEY-----";
    let mixed = mine.split(at).next().unwrap().to_owned() + at + other.split(at).nth(1).unwrap();
    std::fs::write(&path, mixed).unwrap();
    assert!(error(&path).contains("do not belong together"));
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn messages_arrive_in_order_in_both_directions() {
    let (a, b) = pair().await;
    let ((mut to_b, mut from_b), (mut to_a, mut from_a)) = (a.split(), b.split());
    let large = Record {
        index: 1,
        octets: vec![7; 3_000_000],
    };
    to_b.queue(&large).unwrap();
    to_b.queue(&2u8).unwrap();
    let (sent, first) = tokio::join!(to_b.flush(), from_a.next::<Record>());
    sent.unwrap();
    assert!(first.unwrap() == large);
    assert_eq!(from_a.next::<u8>().await.unwrap(), 2);
    to_a.queue(&"yes").unwrap();
    to_a.flush().await.unwrap();
    assert_eq!(from_b.next::<String>().await.unwrap(), "yes");
    drop((to_b, from_b));
    assert_eq!(from_a.next::<u8>().await, Err(Ended::Closed));
}

#[tokio::test]
async fn ten_thousand_messages_in_one_batch() {
    let record = |index: u64| Record {
        index,
        octets: vec![index as u8; 20],
    };
    let (a, b) = pair().await;
    let ((mut sender, _a), (_b, mut receiver)) = (a.split(), b.split());
    for index in 0..10_000 {
        sender.queue(&record(index)).unwrap();
    }
    let take = async {
        let (mut next, mut turns) = (0, 0);
        while next < 10_000 {
            let mut message = Some(receiver.next::<Record>().await.unwrap());
            turns += 1;
            while let Some(taken) = message {
                assert_eq!(taken, record(next));
                next += 1;
                message = receiver.try_next().unwrap();
            }
        }
        turns
    };
    let (sent, turns) = tokio::join!(sender.flush(), take);
    sent.unwrap();
    assert_eq!(sender.queued_octets(), 0);
    // About 270 kB: many messages come with each read.
    assert!(turns < 1000, "{turns} turns");
}

#[tokio::test]
async fn a_message_beyond_the_limit_is_not_sent() {
    let (a, _b) = pair().await;
    let (mut sender, _receiver) = a.split();
    sender.queue(&1u8).unwrap();
    let before = sender.queued_octets();
    assert!(sender.queue(&vec![0u8; FRAME_OCTETS_MAX]).is_err());
    assert_eq!(sender.queued_octets(), before);
}

#[tokio::test]
async fn a_message_of_another_kind_ends_the_link() {
    let (a, b) = pair().await;
    let ((mut sender, _a), (_b, mut receiver)) = (a.split(), b.split());
    sender.queue(&7u8).unwrap();
    sender.flush().await.unwrap();
    let ended = receiver.next::<Record>().await.unwrap_err();
    assert!(
        matches!(&ended, Ended::Failed(why) if why.contains("version")),
        "{ended}"
    );
}

#[tokio::test]
async fn another_key_is_refused_and_the_right_one_is_still_served() {
    let key = PairKey::generate().unwrap();
    let (mut acceptor, address) = acceptor(&key).await;
    let other = PairKey::generate().unwrap();
    let outside = async {
        let error = connect(HERE, address, &other).await.err().unwrap();
        assert!(error.to_string().contains("another pair key"), "{error:#}");
        connect(HERE, address, &key).await.unwrap()
    };
    let (accepted, connected) = tokio::join!(acceptor.accept(), outside);
    let ((mut sender, _a), (_b, mut receiver)) = (connected.split(), accepted.split());
    sender.queue(&1u8).unwrap();
    sender.flush().await.unwrap();
    assert_eq!(receiver.next::<u8>().await.unwrap(), 1);
}

#[tokio::test]
async fn strangers_get_nothing_and_cost_only_time() {
    let key = PairKey::generate().unwrap();
    let (mut acceptor, address) = acceptor(&key).await;
    let outside = async {
        // Some that say nothing, and one that never stops.
        let mut silent = Vec::new();
        for _ in 0..3 {
            silent.push(TcpStream::connect(address).await.unwrap());
        }
        let mut endless = TcpStream::connect(address).await.unwrap();
        while endless.write_all(&[0x55; 4096]).await.is_ok() {}
        // It was thrown out at once, and the other node need not wait for the end of the others.
        let link = connect(HERE, address, &key).await.unwrap();
        (link, silent)
    };
    let (_accepted, (_link, silent)) = tokio::join!(acceptor.accept(), outside);
    let gone = async {
        for mut stranger in silent {
            let mut heard = Vec::new();
            // The end, or a reset: the stranger is out either way.
            let _ = stranger.read_to_end(&mut heard).await;
            assert!(heard.is_empty());
        }
    };
    tokio::select! {
        () = gone => {}
        _ = acceptor.accept() => unreachable!("nobody else has the key"),
        () = tokio::time::sleep(Duration::from_secs(30)) => panic!("silent strangers stay"),
    }
}

/// `cargo test --release -p replication --test link -- --ignored --nocapture`
#[tokio::test]
#[ignore = "measures"]
#[expect(clippy::disallowed_methods, reason = "it measures")]
async fn cost_of_a_small_message() {
    const ROUNDS: u32 = 20_000;
    let (a, b) = pair().await;
    let ((mut to_b, mut from_b), (mut to_a, mut from_a)) = (a.split(), b.split());
    tokio::spawn(async move {
        while let Ok(record) = from_a.next::<Record>().await {
            to_a.queue(&record.index).unwrap();
            while let Ok(Some(record)) = from_a.try_next::<Record>() {
                to_a.queue(&record.index).unwrap();
            }
            to_a.flush().await.unwrap();
        }
    });
    let octets = vec![1; 32];
    for batch in [1, 10, 100] {
        let start = std::time::Instant::now();
        for _ in 0..ROUNDS / batch {
            for index in 0..u64::from(batch) {
                to_b.queue(&(index, &octets)).unwrap();
            }
            to_b.flush().await.unwrap();
            for index in 0..u64::from(batch) {
                assert_eq!(from_b.next::<u64>().await.unwrap(), index);
            }
        }
        let us = start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS);
        println!(
            "batches of {batch}: {us:.2} us a message and its answer, both ends on one thread"
        );
    }
}
