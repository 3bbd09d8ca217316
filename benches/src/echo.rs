//! The round trip of a LAN as a program sees it: TCP, few octets, no work.

use mcu::lab::Host;
use replication::shell::Clock;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// As small as a control message.
const OCTETS: usize = 16;

/// The time of each of `count` round trips from one host to the other and back.
pub fn round_trips(from: &Host, to: &Host, count: usize) -> anyhow::Result<Vec<Duration>> {
    let address = SocketAddr::from((to.address, 0));
    let listener = to.inside(|| Ok(TcpListener::bind(address)?))?;
    let address = listener.local_addr()?;
    std::thread::scope(|scope| {
        let answering = scope.spawn(move || -> anyhow::Result<()> {
            let (mut stream, _) = listener.accept()?;
            stream.set_nodelay(true)?;
            let mut octets = [0; OCTETS];
            for _ in 0..count {
                stream.read_exact(&mut octets)?;
                stream.write_all(&octets)?;
            }
            Ok(())
        });
        let taken = from.inside(|| {
            let mut stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            let (clock, mut octets) = (Clock::new(), [0; OCTETS]);
            let mut trip = || {
                let begun = clock.now();
                stream.write_all(&octets)?;
                stream.read_exact(&mut octets)?;
                anyhow::Ok(clock.now().since(begun))
            };
            (0..count).map(|_| trip()).collect()
        });
        answering.join().expect("the echo does not panic")?;
        taken
    })
}
