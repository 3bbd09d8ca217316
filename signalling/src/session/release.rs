//! How a call ends (H.323 §8.5), from either side or both at once.

use super::Session;
use super::envelope;
use super::event::{Event, Output};
use super::transport::Transport;
use crate::call::state::{CallState, Party};
use crate::call::timers::{self, TimerKind};
use crate::call::{Refusal, ReleaseCause};
use crate::wire::h225::{
    H323UuPduH323MessageBody as Body, ReleaseCompleteReason, ReleaseCompleteUuie,
};
use crate::wire::h245::{CommandMessage, EndSessionCommand};
use crate::wire::q931::{self, MessageType};
use base::Instant;

impl Session {
    /// Refuses the call that came.
    pub fn refuse(&mut self, now: Instant, refusal: Refusal) {
        self.release(now, refusal.into());
    }

    /// Ends the call: H.245 first, and the rest once the peer has ended it too.
    pub fn release(&mut self, now: Instant, cause: ReleaseCause) {
        self.stop(now, cause, Party::Local);
        self.flush();
    }

    pub(super) fn stop(&mut self, now: Instant, cause: ReleaseCause, by: Party) {
        if self.call == CallState::Released || self.ending.is_some() {
            return;
        }
        let separate = matches!(self.transport, Transport::Connected(_));
        if !separate || !self.control_started {
            return self.finish(cause, by);
        }
        self.ending = Some((cause, by));
        self.send_end_session();
        self.timers.clear();
        self.set(now, TimerKind::EndSession, timers::END_SESSION);
    }

    /// endSession from the peer. If it answers ours, the call ends. Else it is answered, and the
    /// peer's ReleaseComplete, which says why, is awaited.
    pub(super) fn on_end_session(&mut self, now: Instant) {
        if let Some((cause, by)) = self.ending {
            return self.finish(cause, by);
        }
        self.ending = Some((ReleaseCause::Normal, Party::Remote));
        self.send_end_session();
        self.timers.clear();
        self.set(now, TimerKind::EndSession, timers::RELEASE_EXPECTED);
    }

    pub(super) fn on_release_complete(
        &mut self,
        message: &q931::Message,
        reason: Option<&ReleaseCompleteReason>,
    ) {
        let told = match message.element(q931::CAUSE) {
            Some([.., value]) => ReleaseCause::from_q931(*value),
            _ => reason.map_or(ReleaseCause::Normal, ReleaseCause::from_reason),
        };
        let ours = self.ending.filter(|(_, by)| *by == Party::Local);
        let (cause, by) = ours.unwrap_or((told, Party::Remote));
        if let Transport::Connected(_) = self.transport {
            self.send_end_session();
            self.flush();
        }
        self.end(cause, by);
    }

    /// Sends what is still to be sent and ends the call.
    pub(super) fn finish(&mut self, cause: ReleaseCause, by: Party) {
        if self.control_started {
            self.send_end_session();
        }
        self.flush_separate();
        let elements = vec![(q931::CAUSE, vec![0x80, 0x80 | cause.q931()])];
        let body = Body::ReleaseComplete(ReleaseCompleteUuie {
            protocol_identifier: envelope::protocol(),
            // H.225.0 §7.3.9: the reason is left out where the cause element says it
            reason: None,
            call_identifier: self.call_identifier(),
            ..Default::default()
        });
        if self.call != CallState::Null {
            self.send(MessageType::ReleaseComplete, elements, body);
        }
        self.end(cause, by);
    }

    /// Nothing more is sent.
    pub(super) fn end(&mut self, cause: ReleaseCause, by: Party) {
        self.call = CallState::Released;
        if let Transport::Connected(opened_by) = self.transport {
            self.push(Output::CloseControl(opened_by));
        }
        self.transport = Transport::None;
        self.timers.clear();
        self.control_out.clear();
        self.push(Output::CloseSignalling);
        self.event(Event::Released { cause, by });
        self.ended = true;
    }

    fn flush_separate(&mut self) {
        if let Transport::Connected(_) = self.transport {
            self.flush();
        }
    }

    fn send_end_session(&mut self) {
        if !std::mem::replace(&mut self.end_session_sent, true) {
            let command = CommandMessage::EndSessionCommand(EndSessionCommand::Disconnect);
            self.control_out.push(command.into());
        }
    }
}
