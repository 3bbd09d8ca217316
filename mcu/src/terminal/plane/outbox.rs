//! What waits for the shell to take it.

use bytes::Bytes;
use media::plane::{Notice, Port, Transmit};
use media::room::limits::{NOTICES_MAX, TRANSMITS_MAX};
use std::collections::VecDeque;
use std::net::SocketAddr;

/// Packets and notices, both bounded.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    transmits: VecDeque<Transmit>,
    notices: VecDeque<Notice>,
}

impl Outbox {
    /// Queues a packet, if there is one. A caller that does not keep up loses the oldest: late
    /// media is worth nothing.
    pub fn send(&mut self, port: Port, packet: Option<(SocketAddr, Bytes)>) {
        let Some((to, packet)) = packet else {
            return;
        };
        if self.transmits.len() >= TRANSMITS_MAX {
            self.transmits.pop_front();
        }
        self.transmits.push_back(Transmit { port, to, packet });
    }

    pub fn notice(&mut self, notice: Notice) {
        if self.notices.len() < NOTICES_MAX {
            self.notices.push_back(notice);
        }
    }

    pub fn next_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    pub fn next_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }
}
