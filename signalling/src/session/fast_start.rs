//! Fast connect (H.323 §8.1.7).

use super::Session;
use super::config::Local;
use base::Instant;

impl Session {
    pub(super) fn propose_fast_start(&mut self, _local: &Local) -> Vec<Vec<u8>> {
        Vec::new()
    }
    pub(super) fn keep_proposals(&mut self, _proposals: &[Vec<u8>]) {}
    pub(super) fn answer_fast_start(&mut self) -> Vec<Vec<u8>> {
        Vec::new()
    }
    pub(super) fn on_fast_start(
        &mut self,
        _now: Instant,
        _answers: Option<Vec<Vec<u8>>>,
        _refused: bool,
    ) {
    }
}
