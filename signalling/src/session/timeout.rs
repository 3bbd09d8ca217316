//! Deadlines: each entity lends its own, and each has its clause's action.

use super::Session;
use super::event::Event;
use crate::call::ReleaseCause;
use crate::call::state::{CallState, Party};
use crate::call::timers::{self, TimerKind};
use crate::control::{capability, master_slave};
use crate::error::Error;
use base::Instant;

impl Session {
    /// The earliest deadline and what it is for.
    #[must_use]
    pub fn next_timeout(&self) -> Option<(Instant, TimerKind)> {
        if self.call == CallState::Released {
            return None;
        }
        let own = self.timers.iter().map(|(kind, at)| (*at, *kind));
        let (t103, t108) = self.channels.deadlines();
        let lent = [
            (self.capability_exchange.deadline(), TimerKind::T101),
            (t103, TimerKind::T103),
            (self.round_trip.deadline(), TimerKind::T105),
            (self.master_slave.deadline(), TimerKind::T106),
            (t108, TimerKind::T108),
            (self.mode_request.deadline(), TimerKind::T109),
        ];
        let lent = lent.into_iter().filter_map(|(at, kind)| Some((at?, kind)));
        own.chain(lent).min()
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((at, kind)) = self.next_timeout()
            && at <= now
        {
            self.on_timer(now, kind);
        }
        self.flush();
    }

    fn on_timer(&mut self, now: Instant, kind: TimerKind) {
        self.timers.remove(&kind);
        match kind {
            TimerKind::SetupExpected
            | TimerKind::AnswerExpected
            | TimerKind::T303
            | TimerKind::T304
            | TimerKind::T310
            | TimerKind::T301
            | TimerKind::ControlRestore => {
                let cause = match kind {
                    TimerKind::ControlRestore => ReleaseCause::ControlLost,
                    _ => ReleaseCause::TimedOut(kind),
                };
                self.finish(cause, Party::Local);
            }
            TimerKind::EndSession => {
                let (cause, by) = self.ending.unwrap_or((ReleaseCause::Normal, Party::Local));
                self.finish(cause, by);
            }
            TimerKind::ControlExpected => {
                // A call that fast connect gave its channels can do without H.245.
                if self.channels.is_empty() {
                    self.set(now, TimerKind::ControlRestore, timers::CONTROL_RESTORE);
                }
                self.offer_control();
            }
            TimerKind::ControlCrossed => self.on_crossed(),
            TimerKind::T101 => {
                let outcome = self.capability_exchange.on_timeout(&mut self.control_out);
                if outcome == Some(capability::Outcome::Failed) {
                    self.on_exchange_failed(Error::TimedOut(kind));
                }
            }
            TimerKind::T106 => {
                let outcome = self.master_slave.on_timeout(&mut self.control_out);
                if outcome == Some(master_slave::Outcome::Failed) {
                    self.on_exchange_failed(Error::TimedOut(kind));
                }
            }
            TimerKind::T103 => self.on_t103(now),
            TimerKind::T105 => {
                self.round_trip.on_timeout();
                self.protocol_error(Error::TimedOut(kind));
            }
            TimerKind::T108 => self.on_t108(now),
            TimerKind::T109 => {
                self.mode_request.on_timeout(&mut self.control_out);
                self.event(Event::ModeAnswered { accepted: false });
            }
        }
    }
}
