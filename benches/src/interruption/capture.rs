//! Which RTP packets of terminals come to a host.

use super::now;
use mcu::lab::Host;
use media::rtp::Header;
use replication::os::packet_socket::{BUFFER_OCTETS, PacketSocket};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the thread looks whether it should end.
const IDLE: Duration = Duration::from_millis(100);
const ETHERNET_OCTETS: usize = 14;
const UDP: u8 = 17;
const UDP_OCTETS: usize = 8;
/// The kernel's header before a frame (struct virtio_net_hdr), and where in it stands the size of the
/// packets that one frame holds, in the order of this machine; 0: one packet.
const VNET_OCTETS: usize = 10;
const VNET_SEGMENT: usize = 4;

/// When each packet came, by source and number; as numbers repeat after 65,536, all times.
pub type Arrivals = BTreeMap<(u32, u16), Vec<i64>>;

/// Notes what comes to an address on a host, whether anybody receives it or not.
pub struct Capture {
    ended: Arc<AtomicBool>,
    thread: JoinHandle<Arrivals>,
}

impl Capture {
    /// Begins. The host's interface has the host's name.
    pub fn start(host: &Host, destination: IpAddr) -> anyhow::Result<Capture> {
        let socket = host.inside(|| Ok(PacketSocket::open(&host.name, &[destination])?))?;
        let ended = Arc::<AtomicBool>::default();
        let asked = ended.clone();
        let thread = std::thread::Builder::new()
            .name("capture".into())
            .spawn(move || {
                let (mut arrivals, mut buffer) = (Arrivals::new(), vec![0; BUFFER_OCTETS]);
                while !asked.load(Ordering::Relaxed) {
                    if let Ok(Some(frame)) = socket.receive(&mut buffer, IDLE) {
                        let at = now();
                        for key in packets(frame.with_header()) {
                            arrivals.entry(key).or_default().push(at);
                        }
                    }
                }
                arrivals
            })?;
        Ok(Capture { ended, thread })
    }

    /// Ends, and gives what came.
    pub fn finish(self) -> Arrivals {
        self.ended.store(true, Ordering::Relaxed);
        self.thread.join().expect("the capture does not panic")
    }
}

/// Source and number of each RTP packet in a frame of IPv4 and UDP.
fn packets(frame: &[u8]) -> Vec<(u32, u16)> {
    let Some((vnet, ethernet)) = frame.split_at_checked(VNET_OCTETS) else {
        return Vec::new();
    };
    let segment = usize::from(u16::from_ne_bytes([
        vnet[VNET_SEGMENT],
        vnet[VNET_SEGMENT + 1],
    ]));
    let payload = ethernet.get(ETHERNET_OCTETS..).and_then(|ip| {
        let is_udp = ip.first()? >> 4 == 4 && *ip.get(9)? == UDP;
        let header = usize::from(ip[0] & 15) * 4;
        let length = usize::from(u16::from_be_bytes([*ip.get(2)?, *ip.get(3)?]));
        is_udp.then_some(())?;
        ip.get(header + UDP_OCTETS..length)
    });
    let payload = payload.filter(|payload| !payload.is_empty());
    let Some(payload) = payload else {
        return Vec::new();
    };
    let size = if segment == 0 { payload.len() } else { segment };
    let parsed = payload.chunks(size).map(Header::parse);
    parsed
        .filter_map(|header| header.ok())
        .map(|(header, _)| (header.ssrc, header.sequence))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_taken_apart() {
        let rtp = |sequence: u16| {
            let header = Header {
                marker: false,
                payload_type: 0,
                sequence,
                timestamp: 5,
                ssrc: 9,
            };
            header.packet(&[1, 2, 3])
        };
        let payload: Vec<u8> = [rtp(1), rtp(2)].concat();
        let mut frame = vec![0; VNET_OCTETS + ETHERNET_OCTETS];
        frame[VNET_SEGMENT..VNET_SEGMENT + 2].copy_from_slice(&15u16.to_ne_bytes());
        let length = (20 + UDP_OCTETS + payload.len()) as u16;
        let mut ip = [0; 20];
        (ip[0], ip[9]) = (0x45, UDP);
        ip[2..4].copy_from_slice(&length.to_be_bytes());
        frame.extend(ip);
        frame.extend([0; UDP_OCTETS]);
        frame.extend(&payload);
        assert_eq!(packets(&frame), [(9, 1), (9, 2)]);
        // Padding of short Ethernet frames is no packet.
        frame.extend([0; 10]);
        assert_eq!(packets(&frame), [(9, 1), (9, 2)]);
        assert_eq!(packets(&frame[..30]), []);
    }
}
