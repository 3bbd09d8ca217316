//! The reign moves on purpose: what the replica asks for (`replica/handover`) is done to threads, sockets and
//! the host.

use super::{Event, Host, Shell};
use crate::core::Replicated;
use crate::failover::membership::Event as News;
use crate::failover::{Role, Timeline};
use crate::os::tcp_repair;
use crate::replica::Step;
use base::Instant;
use bytes::Bytes;
use std::os::fd::AsFd;
use std::time::Duration;
use tokio::sync::oneshot;

/// A process that is asked to end waits so long for the other node to go on, whatever happens.
pub(super) const LEAVING_PATIENCE: Duration = Duration::from_secs(6);
/// How often a node that is to have the reign looks whether it has all that it needs.
const WARMTH_INTERVAL: Duration = Duration::from_millis(20);

/// What was done when, if the other node serves now; or why not.
pub type HandedOver = Result<Timeline, String>;

/// The reign is on its way to the other node.
pub(super) struct Moving<E> {
    timeline: Timeline,
    /// Who wants to know how it ends.
    asking: Vec<oneshot::Sender<HandedOver>>,
    /// What came when nothing was taken in any more.
    waiting: Vec<Event<E>>,
    /// The process is to end, and should nobody go on, the core is told this.
    last: Option<E>,
}

impl<E> Moving<E> {
    /// The process is to end whether the other node goes on or not.
    pub(super) fn end_with(&mut self, last: E) {
        self.last = Some(last);
    }
}

impl<C, H> Shell<C, H>
where
    C: Replicated + 'static,
    C::Event: Send + 'static,
    H: Host<C>,
{
    /// The other node is to serve.
    pub(super) fn hand_over(
        &mut self,
        now: Instant,
        why: &str,
        asking: Option<oneshot::Sender<HandedOver>>,
    ) {
        match (self.replica.hand_over(now), &mut self.moving) {
            (Ok(()), _) => {
                let last_sign = self.pair.as_ref().and_then(|pair| pair.last_sign());
                self.moving = Some(Moving {
                    timeline: Timeline::new("handover", why.into(), now, last_sign),
                    asking: asking.into_iter().collect(),
                    waiting: Vec::new(),
                    last: None,
                });
            }
            // It is on its way already.
            (Err(_), Some(moving)) => moving.asking.extend(asking),
            (Err(why), None) => {
                let pair = (self.pair.as_ref()).filter(|_| self.replica.role() == Role::Backup);
                let elsewhere = pair.and_then(|pair| pair.partner_address());
                let why = match elsewhere {
                    Some(other) => format!("{why}; the node at {other} serves: ask there"),
                    None => why,
                };
                if let Some(asking) = asking {
                    // Who has gone away need not know.
                    let _ = asking.send(Err(why));
                }
            }
        }
    }

    /// Carries out a step of a handover.
    pub(super) fn move_on(&mut self, now: Instant, step: Step<C::Event, C::Effect>) {
        let done = match step {
            Step::Prepare(wanted) => {
                self.host.prepare(wanted);
                if let (Some(pair), Role::Backup) = (&mut self.pair, self.replica.role()) {
                    pair.stand_as_heir(wanted);
                }
                if wanted {
                    self.replica.listening();
                }
                return;
            }
            Step::Succeed(marks) => {
                self.inheritance = Some(marks);
                return;
            }
            Step::Warm => {
                if let Some(pair) = &mut self.pair {
                    pair.share_media();
                }
                self.host.refresh();
                "the backup gets media"
            }
            Step::Pause => {
                if let Some(marks) = self.host.pause() {
                    self.replica.paused(now, marks);
                }
                "the backup is warm"
            }
            Step::Abdicate => {
                if let Some(pair) = &mut self.pair {
                    pair.pass_media_on();
                }
                self.silence(true);
                "this node is silent"
            }
            Step::Resume(why) => return self.resume(&why),
            _ => unreachable!("no step of a handover"),
        };
        if let Some(moving) = &mut self.moving {
            moving.timeline.step(done, self.clock.now());
        }
    }

    /// The service's own threads have paused.
    pub(super) fn paused(&mut self, now: Instant, marks: Bytes) {
        self.replica.paused(now, marks);
        if let Some(moving) = &mut self.moving {
            moving.timeline.step("media has stopped", now);
        }
    }

    /// Keeps an event for later if nothing is to be taken in now.
    pub(super) fn postpone(&mut self, event: Event<C::Event>) -> Option<Event<C::Event>> {
        match &mut self.moving {
            Some(moving) if self.replica.is_frozen() => {
                moving.waiting.push(event);
                None
            }
            _ => Some(event),
        }
    }

    /// The reign stays here.
    fn resume(&mut self, why: &str) {
        let Some(moving) = self.moving.take() else {
            return;
        };
        tracing::warn!("the handover was broken off: {why}");
        if let Some(pair) = &mut self.pair {
            pair.share_media_no_more();
        }
        self.silence(false);
        self.host.resume();
        for event in moving.waiting {
            self.take(event);
        }
        for asking in moving.asking {
            let _ = asking.send(Err(format!("{why}; this node goes on")));
        }
        let Some(last) = moving.last else { return };
        let now = self.clock.now();
        if self.stopping.is_some_and(|until| now < until) {
            // The machine may have been busy.
            self.hand_over(now, "this process is to end", None);
        }
        match &mut self.moving {
            Some(moving) => moving.end_with(last),
            None => self.stop(now, last),
        }
    }

    /// Another node serves in a later reign.
    pub(super) fn reign_has_moved(&mut self) {
        let Some(mut moving) = self.moving.take() else {
            return;
        };
        self.handed_over = true;
        (moving.timeline).step("the other node reigns", self.clock.now());
        tracing::warn!("{}", moving.timeline);
        for event in moving.waiting {
            match event {
                Event::Accepted(stream, ..) | Event::Established(_, stream) => {
                    // The other node has it, too.
                    let _ = tcp_repair::silence(stream.as_fd());
                }
                Event::Service(event) => self.host.refuse(event),
                _ => {}
            }
        }
        for asking in moving.asking {
            let _ = asking.send(Ok(moving.timeline.clone()));
        }
    }

    /// When to look again whether this node has all that it needs.
    pub(super) fn warmth_due(&self, now: Instant) -> Option<Instant> {
        self.replica.is_preparing().then_some(now + WARMTH_INTERVAL)
    }

    /// Tells the primary once this node can go on at once.
    pub(super) fn check_warmth(&mut self) {
        if self.replica.is_preparing() && self.host.is_prepared() {
            self.replica.prepared();
        }
    }

    /// Takes the reign that the other node has given away.
    pub(super) async fn succeed(&mut self) {
        if self.inheritance.is_none() {
            return;
        }
        // That there is a later reign is on its way to the other node before anything else is.
        tokio::task::yield_now().await;
        // This process may have been stopped, and the other node may go on without it.
        self.pair_timeout(self.clock.now());
        let partner = self.pair.as_ref().map(|pair| pair.partner_number());
        if let (Some(node), true) = (partner, self.inheritance.is_some()) {
            self.learn(News::HandedOver(node));
        }
        self.inheritance = None;
    }

    /// Nothing goes to clients, whatever else is known; or it may again.
    fn silence(&mut self, silent: bool) {
        let (role, epoch) = (self.replica.role(), self.replica.epoch());
        if let Some(pair) = &mut self.pair {
            let (now, view) = (pair.steady_now(), pair.view(role, epoch));
            pair.membership.silence(now, view, silent);
        }
        self.decide();
    }
}
