//! The service's addresses on this host: taken, announced, renewed.

use super::clock::Clock;
use crate::host::{ANNOUNCEMENTS, ServiceHost, Standing};
use crate::os::arp;
use base::Instant;
use std::net::IpAddr;
use std::time::Duration;

/// How often the leases of service addresses are renewed. A lease lasts 2 s, of which the kernel may
/// take a quarter of a second: so a node that stands still for a second keeps its addresses.
const RENEWAL: Duration = Duration::from_millis(700);
/// How long after a refusal the host's addresses are tried again at the earliest.
const STANDING_RETRY: Duration = Duration::from_millis(100);
/// Probes beyond the LAN after a takeover, at most.
const PROBES_MAX: u16 = 20;
/// How long one waits for its answer.
const PROBE_PATIENCE: Duration = Duration::from_millis(250);

/// What this host is to the service, and is to be.
pub(super) struct ServiceAddresses {
    host: ServiceHost,
    /// Never adjusted.
    clock: Clock,
    renewed: Instant,
    /// What this host should be and is not yet, and why it was refused.
    wanted: Option<Standing>,
    refused: Option<String>,
    /// Addresses were taken then; the announcement of this number is next.
    announcing: Option<(Instant, usize)>,
}

impl ServiceAddresses {
    pub fn new(host: ServiceHost) -> Self {
        let clock = Clock::new();
        ServiceAddresses {
            host,
            renewed: clock.now(),
            clock,
            wanted: None,
            refused: None,
            announcing: None,
        }
    }

    pub fn host(&self) -> &ServiceHost {
        &self.host
    }

    pub fn host_mut(&mut self) -> &mut ServiceHost {
        &mut self.host
    }

    /// Takes a standing; what fails is tried again.
    pub fn take(&mut self, standing: Standing) -> Vec<(&'static str, Duration)> {
        self.wanted = Some(standing);
        self.announcing = Some((self.clock.now(), 0));
        match self.host.take(standing) {
            Ok(steps) => {
                self.wanted = None;
                steps
            }
            Err(error) => {
                if self.refused.as_ref() != Some(&error.to_string()) {
                    tracing::error!(%error, ?standing, "cannot arrange the service addresses; trying on (`mcu doctor` may say why)");
                    self.refused = Some(error.to_string());
                }
                Vec::new()
            }
        }
    }

    /// Ends what a former standing needed.
    pub fn tidy(&mut self) {
        self.host.tidy();
    }

    /// What is due by the clock: leases, announcements. True if leases were due.
    pub fn handle_timeout(&mut self) -> bool {
        let now = self.clock.now();
        if let Some(standing) = self.wanted
            && now.since(self.renewed) >= STANDING_RETRY
        {
            self.take(standing);
        }
        let due = now.since(self.renewed) >= RENEWAL;
        if due {
            self.renewed = now;
            if let Err(error) = self.host.renew() {
                // The lease has run out (the host slept?): nobody else has the reign, or this node would
                // have heard of it or be silent.
                tracing::warn!(%error, "cannot renew the service addresses");
                let standing = self.host.standing();
                let serves = matches!(standing, Standing::Simplex | Standing::Primary { .. });
                self.wanted = serves.then_some(standing);
            }
        }
        while let Some((since, next)) = self.announcing {
            match ANNOUNCEMENTS.get(next) {
                None => self.announcing = None,
                Some(after) if now.since(since) < *after => break,
                Some(_) => {
                    self.announcing = Some((since, next + 1));
                    if let Err(error) = self.host.announce() {
                        tracing::debug!(%error, "cannot announce the service addresses");
                    }
                }
            }
        }
        due
    }

    /// How long until `handle_timeout` has something to do.
    pub fn next_timeout(&self) -> Duration {
        let now = self.clock.now();
        let announce = self.announcing.map(|(since, next)| {
            let after = ANNOUNCEMENTS.get(next).copied().unwrap_or_default();
            since + after
        });
        let refused = self.wanted.map(|_| self.renewed + STANDING_RETRY);
        let next = [announce, refused].into_iter().flatten();
        next.fold(self.renewed + RENEWAL, Instant::min).since(now)
    }

    /// Undoes everything, but for passing on media if so wanted.
    pub fn leave(self, passes_on: bool) -> std::io::Result<()> {
        self.host.leave(passes_on)
    }
}

/// Asks a host beyond the LAN until its answers find the way here: then routers have learnt where the
/// addresses are now.
pub(super) fn confirm(services: [IpAddr; 2], beyond: IpAddr) {
    for service in services {
        let answered = (1..=PROBES_MAX).find(|sequence| {
            arp::probe(service, beyond, *sequence, PROBE_PATIENCE).unwrap_or(false)
        });
        match answered {
            Some(probes) => {
                tracing::info!(%service, %beyond, probes, "the world beyond the LAN finds the address here");
            }
            None => tracing::warn!(
                %service,
                %beyond,
                "no answer from beyond the LAN finds its way to the address here: do routers hold an old ARP \
                 entry, or is pair.probe down?"
            ),
        }
    }
}
