use super::node::{self, Node, SERVICE, claim, keep};
use super::{now, race, waits_for_the_lease};
use replication::arbiter::{
    Answer, Arbiter, ArbiterOptions, LEASE, NOBODY, Question, Witness, WitnessOptions,
};
use replication::failover::Epoch;
use replication::link::PairKey;
use std::collections::BTreeMap;
use std::io::Read;
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const ROUNDS: u64 = 1000;
/// How often the witness is killed.
const KILLS: u64 = 40;
/// Names its folder to a witness that is a process.
const PLACE: &str = "WITNESS_PLACE";

/// A folder with a witness's key and state, removed at the end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Place {
        let name = format!("arbiter-{name}-{}", std::process::id());
        let place = Place(std::env::temp_dir().join(name));
        std::fs::create_dir(&place.0).unwrap();
        node::key().write(&place.0.join("key"), false).unwrap();
        place
    }

    fn options(&self, listen: SocketAddr) -> WitnessOptions {
        WitnessOptions {
            listen,
            key: self.0.join("key"),
            state: self.0.join("state"),
        }
    }

    /// A witness at any port.
    fn witness(&self) -> (Witness, ArbiterOptions) {
        let witness = Witness::start(&self.options(any())).unwrap();
        let options = ArbiterOptions::Witness(witness.address());
        (witness, options)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn any() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

#[test]
fn of_two_claimants_exactly_one_reigns() {
    let place = Place::new("race");
    let (_witness, options) = place.witness();
    let begin = now();
    let won = race(&options, ROUNDS);
    println!("{ROUNDS} races in {:?}, won {won:?}", begin.elapsed());
}

#[test]
fn who_has_no_state_waits_for_the_lease() {
    let place = Place::new("fresh");
    let (_witness, options) = place.witness();
    waits_for_the_lease(&options);
}

#[test]
fn a_new_witness_grants_nothing_at_first() {
    let place = Place::new("new");
    let begin = now();
    let (_witness, options) = place.witness();
    let node = Node::start(&options, &node::key(), 1);
    let nothing = Answer::Refused {
        epoch: Epoch(0),
        node: NOBODY,
        boot: 0,
        fresh: false,
    };
    for question in [claim(1), Question::ClaimFresh] {
        assert_eq!(node.ask(question), nothing);
    }
    while node.ask(Question::ClaimFresh) == nothing {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(begin.elapsed() >= 2 * LEASE);
    assert_eq!(node.ask(keep(1)), Answer::Granted(Epoch(1)));
}

/// Nodes claim one reign after the other while the witness is killed at any moment, and started again.
#[test]
fn a_witness_that_is_killed_never_grants_a_reign_twice() {
    let place = Place::new("killed");
    // Nobody else gets this port as long as nothing asks for any on this address.
    let address = UdpSocket::bind("127.94.17.1:0").unwrap();
    let options = ArbiterOptions::Witness(address.local_addr().unwrap());
    drop(address);
    let ArbiterOptions::Witness(listen) = options else {
        unreachable!()
    };
    let granted: Mutex<BTreeMap<u64, u8>> = Mutex::default();
    let (ended, latest) = (AtomicBool::new(false), AtomicU64::new(1));
    let mut witness = Process::start(&place, listen);
    let first = Node::start(&options, &node::key(), 1);
    assert_eq!(first.ask(keep(1)), Answer::Granted(Epoch(1)));
    let claims = |number: u8| {
        let node = Node::start(&options, &node::key(), number);
        // What another one has already, and what nobody has yet.
        for turn in (0..2).cycle() {
            if ended.load(Ordering::SeqCst) {
                return;
            }
            let epoch = latest.load(Ordering::SeqCst) + turn;
            if let Some(Answer::Granted(Epoch(epoch))) = node.ask_once(claim(epoch)) {
                let former = granted.lock().unwrap().insert(epoch, number);
                assert!(
                    former.is_none_or(|node| node == number),
                    "epoch {epoch} was granted to {former:?} and {number}"
                );
                latest.fetch_max(epoch, Ordering::SeqCst);
            }
        }
    };
    let claims = &claims;
    std::thread::scope(|scope| {
        let claimants = [1, 2, 3].map(|number| scope.spawn(move || claims(number)));
        for kill in 0..KILLS {
            // Some claims, then a moment that is another one each time.
            let begin = latest.load(Ordering::SeqCst);
            while latest.load(Ordering::SeqCst) < begin + 5
                && !claimants.iter().any(|thread| thread.is_finished())
            {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(Duration::from_micros(kill * 137));
            witness.end();
            witness = Process::start(&place, listen);
        }
        ended.store(true, Ordering::SeqCst);
    });
    witness.end();
    let granted = granted.into_inner().unwrap();
    println!("{} grants, {KILLS} kills", granted.len());
    assert!(granted.len() as u64 >= 5 * KILLS);
}

/// A witness that is a process, killed when this is dropped.
struct Process(Child);

impl Process {
    fn start(place: &Place, listen: SocketAddr) -> Process {
        let this = std::env::current_exe().unwrap();
        let mut command = Command::new(this);
        command
            .args(["--exact", "witness::process_of_a_witness", "--ignored"])
            .env(PLACE, format!("{} {listen}", place.0.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        Process(command.spawn().unwrap())
    }

    fn end(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

#[test]
#[ignore = "it waits to be killed: started by the test above"]
fn process_of_a_witness() {
    let place = std::env::var(PLACE).unwrap();
    let (folder, listen) = place.rsplit_once(' ').unwrap();
    let options = WitnessOptions {
        listen: listen.parse().unwrap(),
        key: PathBuf::from(folder).join("key"),
        state: PathBuf::from(folder).join("state"),
    };
    let _witness = Witness::start(&options).unwrap();
    // Ends when the process that has started it is no more.
    let _ = std::io::stdin().read(&mut [0]);
}

/// Everything between a node and the witness goes through the hands of somebody who records and repeats it.
#[test]
fn repeated_datagrams_neither_prolong_a_lease_nor_answer_twice() {
    let place = Place::new("repeated");
    let (witness, direct) = place.witness();
    let inner = UdpSocket::bind(any()).unwrap();
    inner.connect(witness.address()).unwrap();
    let outer = UdpSocket::bind(any()).unwrap();
    let tapped = ArbiterOptions::Witness(outer.local_addr().unwrap());
    let key = node::key();
    let (sender, answers) = channel();
    let answer = move |id, answer| sender.send((id, answer)).unwrap();
    let first = Arbiter::start(&tapped, &key, SERVICE, 1, 77, answer).unwrap();

    first.ask(1, keep(5));
    let mut buffer = [0; 200];
    let (length, from) = outer.recv_from(&mut buffer).unwrap();
    let question = buffer[..length].to_vec();
    inner.send(&question).unwrap();
    let length = inner.recv(&mut buffer).unwrap();
    let kept = now();
    for _ in 0..3 {
        outer.send_to(&buffer[..length], from).unwrap();
    }
    let granted = Answer::Granted(Epoch(5));
    assert_eq!(answers.recv().unwrap(), (1, granted));

    // No answer comes to what is repeated, and the lease ends as if nothing had come.
    let second = Node::start(&direct, &key, 2);
    inner
        .set_read_timeout(Some(Duration::from_millis(10)))
        .unwrap();
    let waited = loop {
        inner.send(&question).unwrap();
        assert!(inner.recv(&mut buffer).is_err(), "answered twice");
        if second.ask(Question::ClaimFresh) == Answer::Granted(Epoch(6)) {
            break kept.elapsed();
        }
        assert!(kept.elapsed() < 4 * LEASE, "a lease was prolonged");
    };
    println!("granted {waited:?} after the last keep");
    drop(first);
    assert!(answers.recv().is_err(), "one answer was taken twice");
}

#[test]
fn noise_and_forgeries_have_no_answer_and_change_nothing() {
    let place = Place::new("noise");
    let (witness, options) = place.witness();
    let key = node::key();
    let node = Node::start(&options, &key, 1);
    assert_eq!(node.ask(keep(5)), Answer::Granted(Epoch(5)));
    let stranger = Node::start(&options, &PairKey::generate().unwrap(), 2);
    assert_eq!(stranger.ask_once(claim(6)), None);
    assert_eq!(stranger.ask_once(keep(7)), None);
    let socket = UdpSocket::bind(any()).unwrap();
    socket.connect(witness.address()).unwrap();
    let mut random = base::Rng::new(1741);
    for round in 0..20_000usize {
        let mut datagram: Vec<u8> = (0..round % 300).map(|_| random.next_u64() as u8).collect();
        if let Some(first) = datagram.first_mut() {
            *first = 0x52;
        }
        socket.send(&datagram).unwrap();
    }
    // Its thread has not died, and nothing is forgotten.
    let looked = Arbiter::look(&options, &key, SERVICE, Duration::from_secs(5)).unwrap();
    assert_eq!(looked, node.reigns(5));
    socket
        .set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    assert!(socket.recv(&mut [0; 200]).is_err(), "noise was answered");
}

#[test]
fn what_cannot_be_kept_is_not_granted() {
    let place = Place::new("full");
    let (_witness, options) = place.witness();
    let node = Node::start(&options, &node::key(), 1);
    assert_eq!(node.ask(keep(5)), Answer::Granted(Epoch(5)));
    let away = place.0.with_extension("away");
    std::fs::rename(&place.0, &away).unwrap();
    assert_eq!(node.ask(claim(6)), node.reigns(5));
    assert_eq!(node.ask(keep(5)), Answer::Granted(Epoch(5)));
    // A later reign is neither denied nor believed.
    assert_eq!(node.ask_once(keep(6)), None);
    std::fs::rename(&away, &place.0).unwrap();
    assert_eq!(node.ask(claim(6)), Answer::Granted(Epoch(6)));
}

/// The first claim of a witness's restart finds what was granted before.
#[test]
fn services_are_kept_apart_and_remembered() {
    let place = Place::new("services");
    let key = node::key();
    let (witness, options) = place.witness();
    let other = "198.18.0.200".parse().unwrap();
    let answered = Arc::new(Mutex::new(Vec::new()));
    let (sender, answers) = channel();
    let list = answered.clone();
    let answer = move |id, answer| {
        list.lock().unwrap().push((id, answer));
        sender.send(()).unwrap();
    };
    let second = Arbiter::start(&options, &key, other, 2, 7, answer).unwrap();
    second.ask(1, keep(9));
    answers.recv().unwrap();
    let first = Node::start(&options, &key, 1);
    assert_eq!(first.ask(keep(5)), Answer::Granted(Epoch(5)));
    let reigns = [
        first.reigns(5),
        Answer::Refused {
            epoch: Epoch(9),
            node: 2,
            boot: 7,
            fresh: false,
        },
    ];
    drop((first, second, witness));
    assert_eq!(*answered.lock().unwrap(), [(1, Answer::Granted(Epoch(9)))]);
    let (_witness, options) = place.witness();
    for (service, reigns) in [SERVICE, other].into_iter().zip(reigns) {
        let looked = Arbiter::look(&options, &key, service, Duration::from_secs(5)).unwrap();
        assert_eq!(looked, reigns);
    }
}
