use super::node::{self, Node, SERVICE, claim, keep};
use super::{now, race, waits_for_the_lease};
use replication::arbiter::{Answer, Arbiter, ArbiterOptions};
use replication::failover::Epoch;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const ROUNDS: u64 = 200;

/// An etcd of its own on the loopback, with its folder; killed and removed at the end.
struct Server {
    folder: PathBuf,
    ports: [u16; 2],
    process: Child,
}

impl Server {
    /// None if this host has no etcd.
    fn start(name: &str) -> Option<Server> {
        let folder = std::env::temp_dir().join(format!("etcd-{name}-{}", std::process::id()));
        let ports = [(), ()].map(|()| {
            let free = TcpListener::bind("127.0.0.1:0").unwrap();
            free.local_addr().unwrap().port()
        });
        let Some(process) = spawn(&folder, ports) else {
            println!("SKIPPED: there is no program `etcd` (Debian: apt install etcd-server)");
            return None;
        };
        Some(Server {
            folder,
            ports,
            process,
        })
    }

    /// A second address, at which nobody is, comes first.
    fn options(&self) -> ArbiterOptions {
        let [port, _] = self.ports;
        ArbiterOptions::Etcd(vec![
            "http://127.0.0.1:9".to_owned(),
            format!("http://127.0.0.1:{port}"),
        ])
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn spawn(folder: &PathBuf, ports: [u16; 2]) -> Option<Child> {
    let [client, peer] = ports.map(|port| format!("http://127.0.0.1:{port}"));
    let mut command = Command::new("etcd");
    command
        .arg("--data-dir")
        .arg(folder)
        .args(["--listen-client-urls", &client])
        .args(["--advertise-client-urls", &client])
        .args(["--listen-peer-urls", &peer])
        .args(["--initial-advertise-peer-urls", &peer])
        .args(["--initial-cluster", &format!("default={peer}")])
        // Debian's build wants to be told that other machines than amd64 are meant.
        .env("ETCD_UNSUPPORTED_ARCH", std::env::consts::ARCH)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    match command.spawn() {
        Ok(process) => Some(process),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => panic!("etcd does not start: {error}"),
    }
}

#[test]
fn of_two_claimants_exactly_one_reigns() {
    let Some(server) = Server::start("race") else {
        return;
    };
    let options = server.options();
    let begin = now();
    let won = race(&options, ROUNDS);
    println!("{ROUNDS} races in {:?}, won {won:?}", begin.elapsed());
}

#[test]
fn who_has_no_state_waits_for_the_lease() {
    let Some(server) = Server::start("fresh") else {
        return;
    };
    waits_for_the_lease(&server.options());
}

#[test]
fn an_etcd_that_dies_remembers_and_keeping_writes_nothing() {
    let Some(mut server) = Server::start("restart") else {
        return;
    };
    let options = server.options();
    let key = node::key();
    let nodes = [1, 2].map(|number| Node::start(&options, &key, number));
    assert_eq!(nodes[0].ask(claim(5)), Answer::Granted(Epoch(5)));
    let revision = server.revision();
    for _ in 0..20 {
        assert_eq!(nodes[0].ask(keep(5)), Answer::Granted(Epoch(5)));
    }
    assert_eq!(server.revision(), revision, "keeping has written");

    server.kill();
    assert_eq!(nodes[0].ask_once(keep(5)), None);
    server.process = spawn(&server.folder, server.ports).unwrap();
    let refused = nodes[0].reigns(5);
    assert_eq!(nodes[1].ask(claim(5)), refused);
    assert_eq!(nodes[1].ask(keep(5)), refused);
    assert_eq!(nodes[0].ask(keep(5)), Answer::Granted(Epoch(5)));
    let looked = Arbiter::look(&options, &key, SERVICE, Duration::from_secs(5)).unwrap();
    assert_eq!(looked, refused);
    assert_eq!(nodes[1].ask(claim(6)), Answer::Granted(Epoch(6)));
    assert_eq!(nodes[0].ask(keep(5)), nodes[1].reigns(6));
}

impl Server {
    /// Counts what was ever written.
    fn revision(&self) -> String {
        use std::io::{Read, Write};
        let [port, _] = self.ports;
        let mut connection = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        let body = "{\"key\":\"eA==\"}";
        write!(
            connection,
            "POST /v3/kv/range HTTP/1.0\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        let (_, after) = answer.split_once("\"revision\":\"").unwrap();
        after.split('"').next().unwrap().to_owned()
    }
}
