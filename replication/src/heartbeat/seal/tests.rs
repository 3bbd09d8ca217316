use super::super::{Part, Role, marks::PART_OCTETS_MAX};
use super::*;
use base::LogIndex;
use bytes::Bytes;

const NOW: Instant = Instant::from_millis(50);
/// The listening node and its boot; the other one speaks.
const OWN: (u8, u64) = (1, 1000);

fn key(secret: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret)
}

fn ear() -> Ear {
    Ear::new(key(b"pair"), OWN.0, OWN.1)
}

/// A beat of the other node that names our beat `echoed`.
fn beat(boot: u64, sequence: u64, echoed: Option<u64>) -> Beat {
    Beat {
        node: 2,
        boot,
        sequence,
        sent: Instant::from_millis(7),
        echo: echoed.map(|sequence| Echo {
            boot: OWN.1,
            sequence,
            sent: Instant::from_millis(30),
            held_nanos: 5_000_000,
        }),
        epoch: 3,
        position: LogIndex(9),
        role: Role::Primary,
        load_permille: 500,
        marks: Part {
            generation: 1,
            part: 0,
            parts: 1,
            octets: Bytes::from_static(b"marks"),
        },
    }
}

fn seal(beat: &Beat) -> Vec<u8> {
    Voice::new(key(b"pair")).seal(beat)
}

#[test]
fn a_beat_is_read_back_with_its_round_trip() {
    let said = beat(5, 1, Some(0));
    let heard = ear().open(NOW, &seal(&said), 0).unwrap();
    assert_eq!(heard, said);
    let round_trip = heard.round_trip(OWN.1, NOW).unwrap();
    assert_eq!(round_trip, std::time::Duration::from_millis(15));
    assert_eq!(heard.round_trip(OWN.1 + 1, NOW), None);
}

#[test]
fn a_changed_or_shortened_datagram_is_refused() {
    let datagram = seal(&beat(5, 1, Some(0)));
    for octet in 0..datagram.len() {
        for bit in 0..8 {
            let mut changed = datagram.clone();
            changed[octet] ^= 1 << bit;
            let refusal = ear().open(NOW, &changed, 0).unwrap_err();
            match octet {
                0 => assert_eq!(refusal, Refusal::Version(changed[0])),
                _ => assert_eq!(refusal, Refusal::Forged),
            }
        }
        assert_eq!(ear().open(NOW, &datagram[..octet], 0), Err(Refusal::Forged));
    }
    let other = Voice::new(key(b"other")).seal(&beat(5, 1, Some(0)));
    assert_eq!(ear().open(NOW, &other, 0), Err(Refusal::Forged));
}

#[test]
fn our_own_beat_led_back_to_us_is_refused() {
    let own = Beat {
        node: OWN.0,
        ..beat(5, 1, Some(0))
    };
    assert_eq!(ear().open(NOW, &seal(&own), 0), Err(Refusal::Own));
}

#[test]
fn the_sequence_must_rise() {
    let mut ear = ear();
    let mut open = |sequence| ear.open(NOW, &seal(&beat(5, sequence, Some(0))), 0);
    assert!(open(3).is_ok());
    assert_eq!(open(3), Err(Refusal::Replayed));
    assert_eq!(open(2), Err(Refusal::Replayed));
    assert!(open(4).is_ok());
    assert!(open(9).is_ok());
}

#[test]
fn a_new_boot_must_prove_that_it_hears_us_now() {
    let mut ear = ear();
    let first = seal(&beat(5, 1, None));
    assert_eq!(ear.open(NOW, &first, 10), Err(Refusal::Unproven));
    assert_eq!(
        ear.echo(NOW).map(|echo| (echo.boot, echo.sequence)),
        Some((5, 1))
    );
    let last_of_5 = seal(&beat(5, 8, Some(12)));
    assert!(ear.open(NOW, &seal(&beat(5, 2, Some(10))), 12).is_ok());
    // It starts again as boot 6, which has heard our beat 13.
    assert!(ear.open(NOW, &seal(&beat(6, 1, Some(13))), 14).is_ok());
    // A recording of boot 5, even one that never arrived here, changes nothing.
    assert_eq!(ear.open(NOW, &last_of_5, 15), Err(Refusal::Unproven));
    assert!(ear.open(NOW, &seal(&beat(6, 2, Some(15))), 15).is_ok());
    // Nor do beats that name another boot of ours.
    let mut stranger = beat(7, 1, Some(99));
    stranger.echo.as_mut().unwrap().boot += 1;
    assert_eq!(ear.open(NOW, &seal(&stranger), 15), Err(Refusal::Unproven));
}

#[test]
fn the_longest_beat_fits() {
    let mut longest = beat(u64::MAX, u64::MAX, Some(u64::MAX));
    longest.sent = Instant::from_nanos(u64::MAX);
    longest.echo = Some(Echo {
        boot: u64::MAX,
        sequence: u64::MAX,
        sent: longest.sent,
        held_nanos: u64::MAX,
    });
    (longest.epoch, longest.position) = (u64::MAX, LogIndex(u64::MAX));
    longest.load_permille = u16::MAX;
    longest.marks = Part {
        generation: u64::MAX,
        part: u8::MAX,
        parts: u8::MAX,
        octets: Bytes::from(vec![0; PART_OCTETS_MAX]),
    };
    assert!(seal(&longest).len() <= DATAGRAM_OCTETS_MAX);
}
